import { createHash } from 'node:crypto';

const seal = 'simulated sealed reasoning\n';

/** The signature under which the simulator gives out a reasoning text, and by which it knows the text again. */
export function signReasoning(text: string): string {
  return createHash('sha256').update(`simulated reasoning\n${text}`).digest('base64');
}

/** A reasoning text as the service gives out what nobody may read; base64. Here it is only wrapped. */
export function sealReasoning(text: string): string {
  return Buffer.from(`${seal}${text}`).toString('base64');
}

/** Whether `data` was given out by `sealReasoning`, and came back unchanged. */
export function isSealedReasoning(data: string): boolean {
  const bytes = Buffer.from(data, 'base64');
  return bytes.toString('utf8').startsWith(seal) && bytes.toString('base64') === data;
}

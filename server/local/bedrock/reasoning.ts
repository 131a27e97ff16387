import { createHash } from 'node:crypto';

/** The signature under which the simulator gives out a reasoning text, and by which it knows the text again. */
export function signReasoning(text: string): string {
  return createHash('sha256').update(`simulated reasoning\n${text}`).digest('base64');
}

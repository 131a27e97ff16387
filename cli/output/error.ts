import { redactApiKeys } from '../../shared/api-key.ts';
import type { CliError } from '../errors.ts';
import type { Io } from '../io.ts';
import { stripControl } from './strip-control.ts';

/** What happened, under which circumstances, what to do next: at most three lines, or one JSON object for programs. */
export function printError(io: Io, error: CliError, json: boolean): void {
  const message = redactApiKeys(stripControl(error.message));
  const { code, status, requestId, hint } = error;
  if (json) {
    const facts = { code, message, status, request_id: requestId, hint };
    io.err.write(`${JSON.stringify({ error: facts })}\n`);
    return;
  }
  const lines = [`${io.errStyle.red('Error:')} ${message}`];
  if (error.detail !== undefined) lines.push(`  ${redactApiKeys(stripControl(error.detail))}`);
  if (hint !== undefined) lines.push(`  → ${stripControl(hint)}`);
  io.err.write(`${lines.join('\n')}\n`);
}

/** Where it came from, for a report: stack traces of the error and its causes. Keys in them are cut, their lines stay. */
export function printTrace(io: Pick<Io, 'err'>, error: unknown): void {
  let cause = error;
  while (cause instanceof Error) {
    const lines = (cause.stack ?? cause.message).split('\n').map(stripControl);
    io.err.write(`${redactApiKeys(lines.join('\n'))}\n`);
    cause = cause.cause;
  }
}

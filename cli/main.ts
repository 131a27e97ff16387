import { isatty } from 'node:tty';
import { redactApiKeys } from '../shared/api-key.ts';
import type { Host } from './io.ts';
import { run } from './program.ts';

// The entry of the bundle: the one file that reads the process and sets its exit code.

/** A reader that left (`| head`) wants nothing more: that is no failure. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
  });
}

/** The last resort: whatever escaped is told in one line; a stack trace only to those who asked. */
function endWith(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const trace = process.argv.includes('--debug') && error instanceof Error ? `\n${error.stack}` : '';
  process.stderr.write(redactApiKeys(`Error: something unforeseen happened: ${message}${trace}\n`), () => {
    process.exit(1);
  });
}
process.on('uncaughtException', endWith);
process.on('unhandledRejection', endWith);

const host: Host = {
  env: process.env,
  get stdin() {
    return process.stdin;
  },
  stdinIsTty: isatty(0),
  stdout: process.stdout,
  stderr: process.stderr,
  now: Date.now,
  onInterrupt: (listener) => {
    process.on('SIGINT', listener);
    return () => process.off('SIGINT', listener);
  },
};

const code = await run(process.argv.slice(2), host);
process.exitCode = code;
// After a failure something may still be under way (a connection that was given up): it must not hold the command.
// `dev` ends with success here and lives on in what it started.
if (code !== 0) {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}

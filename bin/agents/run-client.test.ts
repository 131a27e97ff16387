import { expect, test } from 'vitest';
import { runClient } from './run-client.ts';

const node = (script: string) => [process.execPath, '-e', script] as const;
const cwd = import.meta.dirname;

test('a program gets its input and its own variables, and those of this process only where it needs them', async () => {
  process.env['OF_THIS_PERSON'] = 'secret';
  const script =
    'process.stdin.pipe(process.stdout); console.error(process.env.MINE, process.env.OF_THIS_PERSON); process.exitCode = 3';
  const outcome = await runClient(node(script), { cwd, env: { MINE: 'yes' }, limitMs: 20_000, input: 'Hello' });
  delete process.env['OF_THIS_PERSON'];
  expect(outcome).toMatchObject({ stdout: 'Hello', stderr: 'yes undefined\n', code: 3, isTimedOut: false });
});

test('one that hangs is killed with what it started', async () => {
  // The grandchild holds the pipes open: only its end lets the run end.
  const script =
    "require('node:child_process').spawn('sleep', ['600'], { stdio: 'inherit' }); setInterval(() => {}, 1000)";
  const outcome = await runClient(node(script), { cwd, env: {}, limitMs: 500 });
  expect(outcome).toMatchObject({ code: null, isTimedOut: true });
  expect(outcome.seconds).toBeLessThan(20);
});

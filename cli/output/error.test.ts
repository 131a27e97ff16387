import { PassThrough } from 'node:stream';
import { test } from 'vitest';
import { printTrace } from './error.ts';

test('a trace says nothing to the terminal that its causes carry from outside, and keeps its lines', ({ expect }) => {
  const cause = new Error('not JSON: "\u001b]0;owned\u0007\u001b[2J\u202e"');
  const err = new PassThrough();
  printTrace({ err }, new Error('the answer was not understood', { cause }));
  const text = String(err.read());
  expect(text).toMatch(/^Error: the answer was not understood\n {4}at /);
  expect(text).toContain('Error: not JSON: ""\n');
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
});

import { PassThrough, Readable } from 'node:stream';
import { test } from 'vitest';
import { LineReader } from './lines.ts';

test.for([
  ['with an end', ['a\nb\n'], ['a', 'b', undefined]],
  ['without one', ['a\nb'], ['a', 'b', undefined]],
  ['of Windows', ['a\r\nb\r\n'], ['a', 'b', undefined]],
  ['in pieces', ['a', 'b\nc', 'd'], ['ab', 'cd', undefined]],
  ['that are empty', ['\n\nx'], ['', '', 'x', undefined]],
  ['of a closed stream', [], [undefined, undefined]],
] as const)('lines %s', async ([, pieces, lines], { expect }) => {
  const reader = new LineReader(Readable.from(pieces));
  for (const line of lines) expect(await reader.next()).toBe(line);
});

test('a letter cut into two pieces stays whole', async ({ expect }) => {
  const bytes = Buffer.from('pässword\n');
  const reader = new LineReader(Readable.from([bytes.subarray(0, 2), bytes.subarray(2)]));
  expect(await reader.next()).toBe('pässword');
});

test('a line is had before the stream ends, and the stream is let go of', async ({ expect }) => {
  const stream = new PassThrough();
  const reader = new LineReader(stream);
  stream.write('first\n');
  expect(await reader.next()).toBe('first');
  await reader.close();
  expect(stream.destroyed).toBe(true);
});

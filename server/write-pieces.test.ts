import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { writePieces } from './write-pieces.ts';

const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

/** Ten pieces of 100 bytes, and how many of them were asked for. */
function source() {
  const asked = { count: 0 };
  const pieces = async function* () {
    for (; asked.count < 10; ) {
      asked.count += 1;
      yield 'x'.repeat(100);
    }
  };
  return { asked, pieces: pieces() };
}

test('no piece is asked for while the reader is behind', async () => {
  const stream = new PassThrough({ writableHighWaterMark: 150, readableHighWaterMark: 150 });
  const { asked, pieces } = source();
  const writing = writePieces(stream, pieces).then(() => stream.end());
  await settled();
  const atFirst = asked.count;
  expect(atFirst).toBeLessThanOrEqual(5);
  await settled();
  expect(asked.count).toBe(atFirst);
  let length = 0;
  for await (const bytes of stream) length += bytes.length;
  await writing;
  expect({ length, asked: asked.count }).toEqual({ length: 1_000, asked: 10 });
});

test('when the reader has left while it was behind, the rest is still read', async () => {
  const stream = new Writable({ highWaterMark: 150, write: () => undefined });
  const { asked, pieces } = source();
  const writing = writePieces(stream, pieces);
  await settled();
  expect(asked.count).toBe(2);
  stream.destroy();
  await once(stream, 'close');
  await writing;
  expect(asked.count).toBe(10);
});

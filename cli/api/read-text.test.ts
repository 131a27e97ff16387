import { test } from 'vitest';
import { readText } from './read-text.ts';

test('an answer is read whole, also where a character is cut in two', async ({ expect }) => {
  const bytes = new TextEncoder().encode('ä€🔑');
  const pieces = Array.from(bytes, (byte) => new Uint8Array([byte]));
  expect(await readText(new Response(ReadableStream.from(pieces)))).toBe('ä€🔑');
  expect(await readText(new Response(null))).toBe('');
});

test('an answer without end is left, and its connection with it', async ({ expect }) => {
  let isLeft = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(1_000)),
    cancel: () => {
      isLeft = true;
    },
  });
  await expect(readText(new Response(endless), 10_000)).rejects.toMatchObject({ code: 'bad_answer' });
  expect(isLeft).toBe(true);
});

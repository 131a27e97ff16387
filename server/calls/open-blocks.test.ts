import { expect, test } from 'vitest';
import { OpenBlocks } from './open-blocks.ts';

test('what is open is ended once, in the order it began', () => {
  const blocks = new OpenBlocks();
  expect([blocks.hasBegun, blocks.close()]).toEqual([false, []]);
  blocks.read([
    { type: 'start', model: 'm' },
    { type: 'reasoning-start', index: 0 },
    { type: 'reasoning-end', index: 0 },
    { type: 'text-start', index: 1 },
    { type: 'text-delta', index: 1, text: 'Hi' },
    { type: 'tool-call-start', index: 2, id: 't', name: 'f' },
  ]);
  expect(blocks.hasBegun).toBe(true);
  expect(blocks.close()).toEqual([
    { type: 'text-end', index: 1 },
    { type: 'tool-call-end', index: 2 },
  ]);
  expect(blocks.close()).toEqual([]);
});

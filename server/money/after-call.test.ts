import { expect, test } from 'vitest';
import { createAfterCall } from './after-call.ts';

test('an instance looks once a day whether days are to be closed, and not before the longest call’s time', async () => {
  let now = Date.UTC(2026, 10, 21, 0, 5);
  let looked = 0;
  const books = {
    closeAfterCall: async () => {
      looked++;
    },
  };
  const afterCall = createAfterCall({ now: () => now }, async () => books);
  await afterCall();
  expect([looked, afterCall()]).toEqual([1, undefined]);
  now += 12 * 60_000;
  expect(afterCall()).toBeUndefined();
  now += 4 * 60_000;
  await afterCall();
  await afterCall();
  expect(looked).toBe(2);
});

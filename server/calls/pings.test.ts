import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'vitest';
import { withSilences } from './pings.ts';

async function* batches(...pauses: readonly (number | Error)[]): AsyncGenerator<number> {
  for (const pause of pauses) {
    if (pause instanceof Error) throw pause;
    if (pause > 0) await delay(pause);
    yield pause;
  }
}

async function collect(source: AsyncIterable<number>, silenceMs: number) {
  const seen: (number | undefined | string)[] = [];
  try {
    for await (const each of withSilences(source, silenceMs)) seen.push(each);
  } catch (error) {
    seen.push(String(error));
  }
  return seen;
}

test('batches that come in time pass alone, in order', async ({ expect }) => {
  expect(await collect(batches(0, 5, 0, 5), 200)).toEqual([0, 5, 0, 5]);
});

test('a long silence is told again and again, and no batch is lost', async ({ expect }) => {
  const seen = await collect(batches(0, 130, 0), 40);
  expect(seen.filter((each) => each !== undefined)).toEqual([0, 130, 0]);
  expect(seen.indexOf(undefined)).toBe(1);
  expect(seen.lastIndexOf(undefined)).toBe(seen.indexOf(130) - 1);
  expect(seen.filter((each) => each === undefined).length).toBeGreaterThanOrEqual(2);
});

test('a silence is counted from the last batch, not from the beginning', async ({ expect }) => {
  expect(await collect(batches(60, 60, 60, 60), 150)).toEqual([60, 60, 60, 60]);
});

test('an error comes through, after a silence too', async ({ expect }) => {
  expect(await collect(batches(0, new Error('broken')), 100)).toEqual([0, 'Error: broken']);
});

test('whoever leaves early closes the source', async ({ expect }) => {
  let isClosed = false;
  async function* source() {
    try {
      yield 1;
      yield 2;
    } finally {
      isClosed = true;
    }
  }
  for await (const each of withSilences(source(), 100)) {
    expect(each).toBe(1);
    break;
  }
  expect(isClosed).toBe(true);
});

import { afterEach, beforeEach, describe, test } from 'vitest';
import { startBooks, type TestBooks } from './test-books.ts';
import { rowOf } from './test-rows.ts';

const now = Date.UTC(2026, 10, 21, 12);
const dayMs = 86_400_000;
let books: TestBooks;
beforeEach(async () => {
  books = await startBooks();
  books.setTime(now);
});
afterEach(() => books.store.close());

const pending = (part: Parameters<typeof rowOf>[0]) => JSON.stringify(rowOf({ username: 'ada', ...part }));

describe('the import of logged rows', () => {
  test('takes each row once, settles what is still held for it, and reports count it', async ({ expect }) => {
    const { reports, balances } = books;
    const generation = await balances.generationOf('ada');
    const hold = { username: 'ada', keyId: null, generation, estimateNanoUsd: 5_000, now, expiresAt: now + 1_000 };
    await balances.reserve({ ...hold, requestId: 'req_held' });
    const rows = [
      pending({ requestId: 'req_held', time: now, costNanoUsd: 700 }),
      pending({ requestId: 'req_old', time: now - 30 * dayMs, costNanoUsd: 80 }),
    ];
    const told = (result: string, settled: boolean) => ({ result, settled, reason: null });
    expect(await reports.replay(rows)).toEqual([
      { request_id: 'req_held', ...told('imported', true) },
      { request_id: 'req_old', ...told('imported', false) },
    ]);
    expect(await reports.replay([...rows, ...rows])).toMatchObject(
      Array.from({ length: 4 }, () => told('known', false)),
    );
    const { total } = await reports.usage({ username: 'ada' }, { from: '2026-10-01', to: '2026-11-30' });
    expect(total).toMatchObject({ requests: 2, cost_nano_usd: 780 });
    const [item] = await books.items('U#ada');
    expect(item).toMatchObject({ r: {}, t: { s: 700 } });
  });

  test('of one row by many at once imports it once', async ({ expect }) => {
    const row = pending({ requestId: 'req_1', time: now, costNanoUsd: 1 });
    const results = await Promise.all(Array.from({ length: 10 }, () => books.reports.replay([row])));
    expect(results.flat().filter(({ result }) => result === 'imported')).toHaveLength(1);
    expect((await books.reports.usage({ username: 'ada' }, {})).total.requests).toBe(1);
  });

  test.for<[string, string]>([
    ['{"requestId":"req_1', 'not JSON'],
    ['{}', 'requestId'],
    [pending({ requestId: 'a#b' }), 'requestId'],
    [pending({ time: 1.5 }), 'time'],
    [pending({ time: now + dayMs }), 'still to come'],
    [pending({ costNanoUsd: -1 }), 'costNanoUsd'],
    [pending({ status: 'correction' }), 'status'],
    [pending({ username: 'ada#2026' }), 'username'],
  ])('refuses %s', async ([text, reason], { expect }) => {
    const [result] = await books.reports.replay([text]);
    expect(result).toMatchObject({ request_id: null, result: 'refused', settled: false });
    expect(result?.reason).toContain(reason);
    expect(await books.items('E#2026-11-21')).toEqual([]);
  });
});

import { afterEach, beforeEach, describe, test } from 'vitest';
import { startBooks, type TestBooks } from './test-books.ts';
import { reserveRequest } from './test-requests.ts';
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
  test('takes each row once, and reports count it', async ({ expect }) => {
    const { reports } = books;
    const rows = [
      pending({ requestId: 'req_new', time: now, costNanoUsd: 700 }),
      pending({ requestId: 'req_old', time: now - 30 * dayMs, costNanoUsd: 80 }),
    ];
    expect(await reports.replay(rows)).toEqual([
      { request_id: 'req_new', result: 'imported', reason: null },
      { request_id: 'req_old', result: 'imported', reason: null },
    ]);
    const again = await reports.replay([...rows, ...rows]);
    expect(again.map(({ result }) => result)).toEqual(['known', 'known', 'known', 'known']);
    const { total } = await reports.usage({ username: 'ada' }, { from: '2026-10-01', to: '2026-11-30' });
    expect(total).toMatchObject({ requests: 2, cost_nano_usd: 780 });
  });

  test.for([
    ['before', 'imported', 700],
    ['after', 'corrected', 700],
  ] as const)('%s the sweep settles the hold, the call is %s', async ([when, result, spent], { expect }) => {
    const { reports, balances } = books;
    const generation = await balances.generationOf('ada');
    const request = reserveRequest({ username: 'ada', generation, requestId: 'req_held', now });
    await balances.reserve(request);
    const row = pending({ requestId: 'req_held', time: now, costNanoUsd: spent });
    books.setTime(request.expiresAt + 1);
    if (when === 'after') await balances.sweep('ada');
    expect((await reports.replay([row, row])).map((told) => told.result)).toEqual([result, 'known']);
    const { total, unpriced_requests } = await reports.usage({ username: 'ada' }, {});
    expect([total.requests, total.cost_nano_usd, unpriced_requests]).toEqual([1, spent, 0]);
    expect(total.output_tokens).toBe(rowOf({}).usage.outputTokens);
    const [item] = await books.items('U#ada');
    expect(item).toMatchObject({ r: {} });
    books.setTime(now + 3 * dayMs);
    const repriced = await reports.recompute({ from: '2026-11-21', to: '2026-11-22', apply: true });
    expect(repriced).toMatchObject({ corrections: 0 });
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
    expect(result).toMatchObject({ request_id: null, result: 'refused' });
    expect(result?.reason).toContain(reason);
    expect(await books.items('E#2026-11-21')).toEqual([]);
  });
});

import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, test } from 'vitest';
import { AwsFault } from '../local/emulator.ts';
import { startBooks, type TestBooks } from './test-books.ts';
import { rowOf, tenTokens } from './test-rows.ts';

const day = '2026-11-10';
const noon = Date.parse(day) + 43_200_000;
const dayMs = 86_400_000;
const range = { from: '2026-11-01', to: '2026-11-15' };

let books: TestBooks;
beforeEach(async () => {
  books = await startBooks();
});
afterEach(() => books.store.close());

async function fill(): Promise<void> {
  const rows = [
    { target: 'x', costNanoUsd: 10 },
    { target: 'x', costNanoUsd: 10, username: 'bob' },
    { target: 'x', costNanoUsd: 20, time: noon + dayMs },
    { target: 'y', costNanoUsd: null, model: 'why' },
    { target: 'gone', costNanoUsd: 7, model: 'gone' },
  ];
  for (const [index, part] of rows.entries()) {
    const row = rowOf({ username: 'ada', model: 'ex', time: noon + index, usage: tenTokens, ...part });
    books.setTime(row.time);
    await books.call(row);
  }
  books.setTime(noon + 7 * dayMs);
}

const total = async () => {
  const { total: its, unpriced_requests } = await books.usage(range);
  return [its.requests, its.cost_nano_usd, unpriced_requests];
};
const of = (model: string, ledger: number, repriced: number) => ({
  model,
  ledger: { nano_usd: ledger },
  repriced: { nano_usd: repriced },
  difference: { nano_usd: repriced - ledger },
});

describe('pricing a time again', () => {
  test('tells the difference by model and changes nothing; applied, reports have it and the rows are as they were', async ({
    expect,
  }) => {
    await fill();
    books.prices.set('x', { input: 1_000, output: 0 });
    books.prices.set('y', { input: 2_000, output: 0 });
    const differences = [of('ex', 40, 30), of('gone', 7, 7), of('why', 0, 20)];
    expect(await total()).toEqual([5, 47, 1]);
    const shown = await books.reports.recompute(range);
    expect(shown).toMatchObject({ applied: false, corrections: 0, next: null, data: differences });
    expect(shown.data[2]).toMatchObject({ unpriced_requests: 1, unpriced_requests_repriced: 0 });
    expect(await total()).toEqual([5, 47, 1]);

    const before = await books.items(`L#ada#${day}`);
    const applied = await books.reports.recompute({ ...range, apply: true });
    expect(applied).toMatchObject({ applied: true, corrections: 2, data: differences });
    expect(await total()).toEqual([5, 57, 0]);
    expect(await books.items(`L#ada#${day}`)).toEqual(expect.arrayContaining([...before]));
    const again = await books.reports.recompute({ ...range, apply: true });
    expect(again).toMatchObject({ corrections: 0, data: [of('ex', 30, 30), of('gone', 7, 7), of('why', 20, 20)] });

    books.setTime(noon + 10 * dayMs);
    expect(await total()).toEqual([5, 57, 0]);
    expect(await books.reports.verify({ from: '2026-11-01' })).toMatchObject({ finding: null, rows: 7 });
    const fixes = (await books.reports.calls('everyone', range)).data.filter(({ status }) => status === 'correction');
    expect(fixes.map(({ cost_nano_usd }) => cost_nano_usd).toSorted()).toEqual([-10, 20]);
  });

  test('goes there and back as often as prices do, and by two at once once', async ({ expect }) => {
    await fill();
    for (const input of [5_000, 1_000, 5_000, 1_000]) {
      books.prices.set('x', { input, output: 0 });
      const runs = Array.from({ length: 3 }, () => books.reports.recompute({ ...range, apply: true }));
      const written = (await Promise.all(runs)).reduce((sum, { corrections }) => sum + corrections, 0);
      expect(written).toBeGreaterThan(0);
      expect(await total()).toEqual([5, 7 + (3 * input) / 100, 1]);
    }
  });

  test('may break off anywhere: whoever goes on comes to the same', async ({ expect }) => {
    await fill();
    books.prices.set('x', { input: 3_000, output: 0 });
    await books.usage(range);
    await fc.assert(
      fc.asyncProperty(fc.nat(40), async (survived) => {
        let left = survived;
        books.store.setFault(() => (left-- > 0 ? undefined : new AwsFault('AccessDeniedException', 'crashed')));
        await books.reports.recompute({ ...range, apply: true }).catch(() => {});
        books.store.setFault(undefined);
        await books.reports.recompute({ ...range, apply: true });
        expect(await total()).toEqual([5, 7 + 90, 1]);
      }),
      { numRuns: 10 },
    );
  });

  test('is of closed days only', async ({ expect }) => {
    await fill();
    const open = books.reports.recompute({ from: day, to: '2026-11-17' });
    await expect(open).rejects.toMatchObject({ status: 400, param: 'to' });
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InsufficientQuotaError } from './quota-errors.ts';
import { leastLeftOf } from './standing.ts';
import { newAccount, noon } from './test-account.ts';
import { exactly, held } from './test-requests.ts';
import { startTable, type TestTable } from './test-table.ts';

let store: TestTable;
beforeAll(async () => {
  store = await startTable();
});
afterAll(() => store.close());

test('tells limit, spent, held and left of key, person and team, and what a reserve then says', async () => {
  const limits = { key: { day: 9_000 }, person: { month: 5_000, rpm: 10 }, team: { total: 8_000, concurrency: 3 } };
  const { balances, request } = await newAccount(store, limits);
  const first = held(await balances.reserve(request({ estimate: exactly(1_000) })));
  await balances.settle(first, 700);
  held(await balances.reserve(request({ estimate: exactly(2_000) })));
  const standings = await balances.standings(request());
  expect(standings).toMatchObject([
    { whose: 'key', budgets: [{ period: 'day', limit: 9_000, spent: 700, left: 6_300 }] },
    {
      whose: 'person',
      budgets: [{ period: 'month', limit: 5_000, spent: 700, left: 2_300 }],
      rates: { requests: { limit: 10, remaining: 8 } },
    },
    {
      whose: 'team',
      budgets: [{ period: 'total', limit: 8_000, spent: 700, left: 5_300 }],
      concurrency: { limit: 3, open: 1 },
    },
  ]);
  expect(leastLeftOf(standings)).toBe(2_300);
  const refusal = await balances.reserve(request({ estimate: exactly(2_301) })).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(InsufficientQuotaError);
  expect(refusal).toMatchObject({ leftNanoUsd: 2_300 });
  held(await balances.reserve(request({ estimate: exactly(2_300) })));
  expect(leastLeftOf(await balances.standings(request()))).toBe(0);
});

test('knows what was spent before the first limit, and before the first call under it', async () => {
  const spent = { day: 300, month: 400, total: 500 };
  const { balances, request } = await newAccount(store, {}, spent);
  await balances.settle(held(await balances.reserve(request())), 500);
  const limited = request({
    limits: { person: {}, key: { total: 2_000 } },
    payingTeam: { name: `team-${randomUUID()}`, generation: 1, limits: { day: 1_000 } },
  });
  const standings = await balances.standings(limited);
  expect(standings.map(({ whose, budgets }) => [whose, budgets[0]])).toEqual([
    ['key', { period: 'total', limit: 2_000, spent: 500, left: 1_500 }],
    ['team', { period: 'day', limit: 1_000, spent: 300, left: 700 }],
  ]);
  await balances.settle(
    held(await balances.reserve({ ...limited, requestId: randomUUID(), estimate: exactly(500) })),
    100,
  );
  const after = await balances.standings(limited);
  expect(after.map(({ budgets }) => budgets[0]?.left)).toEqual([1_400, 600]);
});

test('a limit below what was spent leaves nothing; no limit, nothing to tell', async () => {
  const { balances, request } = await newAccount(store);
  await balances.settle(held(await balances.reserve(request())), 900);
  expect(await balances.standings(request())).toEqual([]);
  expect(leastLeftOf([])).toBeUndefined();
  const lowered = await balances.standings(request({ limits: { person: { total: 600 }, key: {} } }));
  expect(lowered[0]?.budgets).toEqual([{ period: 'total', limit: 600, spent: 900, left: -300 }]);
  expect(leastLeftOf(lowered)).toBe(0);
});

test('a call of another day, and one whose server died, hold nothing any more', async () => {
  const { balances, request } = await newAccount(store, { person: { day: 5_000, total: 5_000 } });
  const yesterday = noon - 86_400_000;
  await balances.settle(held(await balances.reserve(request({ now: yesterday }))), 1_000);
  held(await balances.reserve(request({ expiresAt: noon - 1, estimate: exactly(500) })));
  const [person] = await balances.standings(request());
  expect(person?.budgets).toEqual([
    { period: 'day', limit: 5_000, spent: 500, left: 4_500 },
    { period: 'total', limit: 5_000, spent: 1_500, left: 3_500 },
  ]);
});

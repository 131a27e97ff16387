import { afterAll, beforeAll, test } from 'vitest';
import type { Limits } from './limits.ts';
import { newAccount, noon } from './test-account.ts';
import { exactly, held } from './test-requests.ts';
import { startTable, type TestTable } from './test-table.ts';

// What a call costs at DynamoDB: a unit for each started kilobyte of the item that a write leaves behind, by what the
// table says in ConsumedCapacity; a write whose condition is refused costs as much, so none may be.

let store: TestTable;
beforeAll(async () => {
  store = await startTable();
});
afterAll(() => store.close());

const budgets: Limits = { day: 1e12, month: 1e13, total: 1e14 };
const rates: Limits = { rpm: 1_000, tpm: 1_000_000 };

const cases: readonly [string, { person?: Limits; key?: Limits; team?: Limits }, open: number, withTag: number][] = [
  ['nothing', {}, 5, 5],
  ['a budget of the key', { key: { month: 1e12 } }, 5, 4],
  ['rates of the key', { key: rates }, 4, 4],
  ['budgets and rates of the key', { key: { month: 1e12, ...rates, concurrency: 10 } }, 4, 4],
  [
    'all budgets and rates of key and person',
    { key: { ...budgets, ...rates }, person: { ...budgets, ...rates } },
    4,
    3,
  ],
  [
    'budgets and rates of a team too',
    { key: { ...budgets, ...rates }, person: budgets, team: { ...budgets, ...rates } },
    3,
    3,
  ],
];

test.for(
  cases.flatMap(([name, limits, open, tagged]) => [
    [name, limits, null, open] as const,
    [`${name} and a tag`, limits, 'project-12', tagged] as const,
  ]),
)(
  'with %s, a call reserves and settles in one unit each, beside a few open ones',
  async ([, limits, tag, open], { expect }) => {
    const { balances, request, username, team } = await newAccount(store, limits);
    const model = { endpoint: 'chat/completions', provider: 'bedrock', model: 'claude-sonnet-4-5' };
    const facts = { ...model, team: limits.team ? team : null, tag };
    const items = [{ pk: `U#${username}`, sk: 'B' }, ...(limits.team ? [{ pk: `G#${team}`, sk: 'B' }] : [])];
    let now = noon;
    const call = async () => {
      now += 100;
      const estimate = exactly(12_345_678, 9_000);
      const before = store.requests();
      const reservation = held(await balances.reserve(request({ now, estimate, facts })));
      const reserved = store.requests() - before;
      return { reservation, reserved, units: await unitsOf() };
    };
    const unitsOf = async () => {
      const each = await Promise.all(items.map((item) => store.writeUnits(item)));
      return each.reduce<number>((sum, count) => sum + (count ?? 0), 0);
    };
    const settle = async ({ reservation }: Awaited<ReturnType<typeof call>>) => {
      const before = store.requests();
      await balances.settle(reservation, 10_020_000, 3_000);
      return { requests: store.requests() - before, units: await unitsOf() };
    };
    await settle(await call());
    const others = [];
    while (others.length < open - 1) others.push(await call());
    const last = await call();
    expect([last.reserved, last.units]).toEqual([items.length, items.length]);
    const settled = await settle(last);
    expect(settled).toEqual({ requests: items.length, units: items.length });
    for (const other of others) await settle(other);
    // Later, when no rate is in use any more.
    now += 600_000;
    expect((await call()).reserved).toBe(items.length);
  },
);

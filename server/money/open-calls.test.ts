import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { AwsFault } from '../local/emulator.ts';
import { nothingSpent, type Reservation } from './balance.ts';
import { createBalances } from './dynamo-balances.ts';
import { createLedger } from './dynamo-ledger.ts';
import type { Limits } from './limits.ts';
import { itemOf, keyId, newAccount, noon } from './test-account.ts';
import { exactly, held, reserveRequest } from './test-requests.ts';
import { rowOf } from './test-rows.ts';
import { startTable, type TestTable } from './test-table.ts';

let store: TestTable;
beforeAll(async () => {
  store = await startTable();
});
afterAll(() => store.close());

describe('the first limit of a key of which a call is open', () => {
  /** A call without limits, and the same account as the ledger counts it. */
  const openCall = async (meanwhile: (write: () => Promise<unknown>, settle: () => Promise<unknown>) => unknown) => {
    const ledger = createLedger(store);
    const username = randomUUID();
    let isSumming = false;
    const balances = createBalances({
      ...store,
      clock: { now: () => noon },
      ledger,
      async spentBefore() {
        const rows = await ledger.rowsOf(username, '2026-11-21');
        const sum = rows.reduce((all, { costNanoUsd }) => all + (costNanoUsd ?? 0), 0);
        if (!isSumming) await meanwhile(write, settle);
        isSumming = true;
        return { day: sum, month: sum, total: sum };
      },
    });
    const generation = await balances.generationOf(username);
    const request = (key: Limits) => reserveRequest({ username, generation, now: noon, limits: { person: {}, key } });
    const open = held(await balances.reserve(request({})));
    const write = () =>
      ledger.write(rowOf({ requestId: open.requestId, time: noon, username, keyId, costNanoUsd: 700 }));
    const settle = () => balances.settle(open, 700);
    const limit = async () => held(await balances.reserve(request({ total: 10_000 })));
    const spent = async () => (await balances.view(username)).keys.get(keyId)?.total;
    return { write, settle, limit, spent };
  };
  const nothingHappens = () => undefined;

  test('counts it once, when it settles, also if its row is written already', async ({ expect }) => {
    const { write, settle, limit, spent } = await openCall(nothingHappens);
    await write();
    await limit();
    expect(await spent()).toBe(0);
    await settle();
    expect(await spent()).toBe(700);
  });

  test.for([
    ['is written', (write: () => Promise<unknown>) => write()],
    [
      'is written and settled',
      async (write: () => Promise<unknown>, settle: () => Promise<unknown>) => {
        await write();
        await settle();
      },
    ],
  ] as const)('counts it once if it %s while the ledger is read', async ([, meanwhile], { expect }) => {
    const { settle, limit, spent } = await openCall(meanwhile);
    await limit();
    await settle();
    expect(await spent()).toBe(700);
  });

  test('counts it also for a call that comes when it has settled and the ledger is still being read', async ({
    expect,
  }) => {
    let second: Promise<unknown> | undefined;
    const account = await openCall(async (write, settle) => {
      if (second) return;
      await write();
      await settle();
      second = account.limit();
      await Promise.race([second, delay(300)]);
    });
    await account.limit();
    await second;
    expect(await account.spent()).toBe(700);
  });
});

test('a call that is refused because the table did not answer leaves no hold, also where the hold was written', async ({
  expect,
}) => {
  const { balances, request, username } = await newAccount(store, { key: { total: 5_000 } });
  await balances.settle(held(await balances.reserve(request())), 1);
  const throttled = new AwsFault('ThrottlingException', 'Rate exceeded');
  const faults = ['lost', throttled, throttled, throttled] as const;
  let update = 0;
  store.setFault((operation) => (operation === 'UpdateItem' ? faults[update++] : undefined));
  await expect(balances.reserve(request())).rejects.toMatchObject({ code: 'budget_unavailable' });
  store.setFault(undefined);
  const item = await itemOf(store, `U#${username}`);
  expect([item['r'], item['t']]).toEqual([{}, { s: 1 }]);
  held(await balances.reserve(request({ estimate: exactly(4_999) })));
});

test('a call that the table did not answer hears that its budget is used up, or held, where it is', async ({
  expect,
}) => {
  const { balances, request } = await newAccount(store, { key: { total: 1_500 }, team: { total: 1_500 } });
  await balances.settle(held(await balances.reserve(request())), 1_000);
  const throttled = new AwsFault('ThrottlingException', 'Rate exceeded');
  store.setFault((operation) => (operation === 'UpdateItem' ? throttled : undefined));
  try {
    await expect(balances.reserve(request())).rejects.toMatchObject({ status: 402, leftNanoUsd: 500 });
    await expect(balances.reserve(request({ estimate: exactly(500) }))).rejects.toMatchObject({ status: 503 });
    store.setFault(undefined);
    held(await balances.reserve(request({ estimate: exactly(500) })));
    store.setFault((operation) => (operation === 'UpdateItem' ? throttled : undefined));
    await expect(balances.reserve(request({ estimate: exactly(500) }))).rejects.toMatchObject({ status: 402 });
  } finally {
    store.setFault(undefined);
  }
});

describe('a call whose server died', () => {
  const abandon = async ({ balances, request }: Awaited<ReturnType<typeof newAccount>>): Promise<Reservation> =>
    held(await balances.reserve(request({ expiresAt: noon - 1 })));

  test('is settled at what was held by the next call that needs the room, with a row that says so', async ({
    expect,
  }) => {
    const account = await newAccount(store, { key: { total: 2_500 }, team: { total: 9_000 } });
    const { balances, request, ledger, username, team } = account;
    const gone = await abandon(account);
    await expect(balances.reserve(request({ estimate: exactly(2_000) }))).rejects.toMatchObject({ leftNanoUsd: 1_500 });
    expect(await ledger.rowsOf(username, '2026-11-21')).toEqual([
      expect.objectContaining({
        requestId: gone.requestId,
        status: 'abandoned',
        costNanoUsd: 1_000,
        usageEstimated: true,
      }),
    ]);
    expect((await balances.view(username)).keys.get(keyId)?.total).toBe(1_000);
    expect(await balances.settle(gone, 1)).toMatchObject({ isSettled: false });
    expect((await itemOf(store, `G#${team}`))['t']).toEqual({ s: 1_000, l: 9_000, a: 8_000 });
  });

  test('has its own path in that row, also where that is not below /v1', async ({ expect }) => {
    const { balances, request, ledger, username } = await newAccount(store);
    const facts = { provider: 'bedrock', model: 'nova-lite', team: null, tag: null };
    for (const endpoint of ['chat/completions', '/mcp']) {
      held(await balances.reserve(request({ expiresAt: noon - 1, facts: { endpoint, ...facts } })));
    }
    await balances.sweep(username);
    const rows = await ledger.rowsOf(username, '2026-11-21');
    expect(rows.map(({ endpoint }) => endpoint).toSorted()).toEqual(['/mcp', '/v1/chat/completions']);
  });

  test('is settled in the team’s balance with the person’s, and what that brought about is told', async ({
    expect,
  }) => {
    const told: string[] = [];
    const ledger = createLedger(store);
    const balances = createBalances({
      ...store,
      clock: { now: () => noon },
      ledger,
      spentBefore: async () => nothingSpent,
      async onSwept(crossings, { username }) {
        for (const { whose, percent } of crossings) told.push(`${username} ${whose} ${percent}`);
      },
    });
    const account = await newAccount(store, { key: { total: 1_900 }, team: { total: 1_200 } });
    await abandon({ ...account, balances });
    await balances.sweep(account.username);
    const { r, t } = await itemOf(store, `G#${account.team}`);
    expect([r, t]).toEqual([{}, { s: 1_000, l: 1_200, a: 200 }]);
    expect(told).toEqual([`${account.username} key 50`, `${account.username} team 80`]);
  });

  test('has its tag in the row, whoever is swept, and the tag only once in the balances', async ({ expect }) => {
    const account = await newAccount(store, { team: { total: 1_500 } });
    const { balances, request, ledger, username, team } = account;
    const { facts } = request();
    await abandon({ ...account, request: (part) => request({ ...part, facts: { ...facts, tag: 'nightly' } }) });
    const holds = await Promise.all([`U#${username}`, `G#${team}`].map((pk) => itemOf(store, pk)));
    expect(holds.map(({ r }) => JSON.stringify(r).includes('nightly'))).toEqual([true, false]);
    await expect(balances.reserve(request())).rejects.toMatchObject({ leftNanoUsd: 500 });
    const rows = await ledger.rowsOf(username, '2026-11-21');
    expect(rows).toMatchObject([{ status: 'abandoned', tag: 'nightly', costNanoUsd: 1_000 }]);
  });

  test('or that was refused, is not charged for what its team’s balance still holds', async ({ expect }) => {
    const account = await newAccount(store, { team: { total: 2_500 } });
    const { balances, request, ledger, username, team } = account;
    const gone = await abandon(account);
    // Given back in the person's balance, and no further.
    const [own] = gone.holds;
    if (own) await balances.settle({ ...gone, holds: [own] }, 0, 0);
    held(await balances.reserve(request({ estimate: exactly(2_000) })));
    expect((await itemOf(store, `G#${team}`))['t']).toEqual({ s: 0, l: 2_500, a: 500 });
    const rows = await ledger.rowsOf(username, '2026-11-21');
    expect(rows.map(({ costNanoUsd }) => costNanoUsd)).toEqual([0]);
  });

  test('that had written its row is settled at that', async ({ expect }) => {
    const account = await newAccount(store, { key: { total: 2_500 } });
    const { balances, ledger, username } = account;
    const gone = await abandon(account);
    await balances.sweep(username);
    const [row] = await ledger.rowsOf(username, '2026-11-21');
    const next = await newAccount(store, { key: { total: 2_500 } });
    const late = await abandon(next);
    if (!row) throw new Error('the sweep wrote no row');
    await next.ledger.write({ ...row, username: next.username, requestId: late.requestId, costNanoUsd: 70 });
    await Promise.all([next.balances.sweep(next.username), next.balances.sweep(next.username)]);
    expect((await next.balances.view(next.username)).spent.total).toBe(70);
    expect(gone.requestId).toBe(row.requestId);
  });
});

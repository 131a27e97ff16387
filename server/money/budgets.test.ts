import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { Item } from '../aws/dynamodb.ts';
import { AwsFault } from '../local/emulator.ts';
import { mostAtOnce } from '../local/services-for-tests.ts';
import type { Balances, PayingTeam, Reservation, ReserveRequest, Spent } from './balance.ts';
import { createBalances } from './dynamo-balances.ts';
import { createLedger } from './dynamo-ledger.ts';
import type { Limits } from './limits.ts';
import { exactly, held, reserveRequest } from './test-requests.ts';
import { rowOf } from './test-rows.ts';
import { startTable, type TestTable } from './test-table.ts';

const noon = Date.UTC(2026, 10, 21, 12);
const keyId = 'key_abcdefghijkl';
const nothing: Spent = { day: 0, month: 0, total: 0 };

let store: TestTable;
beforeAll(async () => {
  store = await startTable();
});
afterAll(() => store.close());

async function newAccount(limits: { person?: Limits; key?: Limits; team?: Limits } = {}, spentBefore = nothing) {
  const ledger = createLedger(store);
  const clock = { now: () => noon };
  const balances = createBalances({ ...store, clock, ledger, spentBefore: async () => spentBefore });
  const username = randomUUID();
  const generation = await balances.generationOf(username);
  const team = `team-${username.slice(0, 8)}`;
  const facts = { endpoint: 'chat/completions', provider: 'bedrock', model: 'nova-lite', team };
  const paying = limits.team && { payingTeam: { name: team, generation: 1, limits: limits.team }, facts };
  const request = (part: Partial<ReserveRequest> = {}) =>
    reserveRequest({
      username,
      generation,
      now: noon,
      limits: { person: limits.person ?? {}, key: limits.key ?? {} },
      ...paying,
      ...part,
    });
  return { username, team, balances, ledger, request };
}

/** What of a wave of calls came through, and how the others were refused. */
async function wave(balances: Balances, requests: readonly ReserveRequest[]) {
  const outcomes = await Promise.allSettled(requests.map((request) => balances.reserve(request)));
  const admitted = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [held(outcome.value)] : []));
  const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  return { admitted, refusals, codes: [...new Set(refusals.map(({ status, code }) => `${status} ${code}`))] };
}

async function itemOf(pk: string): Promise<Item> {
  return (await store.dynamo.getItem(store.table, { pk, sk: 'B' }, { consistent: true })) ?? {};
}

const requestsOf = (count: number, make: () => ReserveRequest) => Array.from({ length: count }, make);

describe('a budget', () => {
  const tenCalls: Limits = { total: 10_000 };

  test.for([
    ['of the key', { key: tenCalls }],
    ['of the person', { person: tenCalls }],
    ['of the team', { team: tenCalls }],
    ['of the key’s day', { key: { day: 10_000 } }],
    ['of the person’s month', { person: { month: 10_000 } }],
    ['of all three, the team’s the least', { key: { day: 30_000 }, person: { month: 20_000 }, team: tenCalls }],
    ['of all three, the key’s the least', { key: tenCalls, person: { month: 20_000 }, team: { total: 30_000 } }],
  ] as const)(
    '%s for ten calls admits ten of many at once, and is used up to the last nano-dollar',
    async ([, limits], { expect }) => {
      const { balances, request } = await newAccount(limits);
      const first = await wave(balances, requestsOf(mostAtOnce, request));
      expect([first.admitted.length, first.codes]).toEqual([10, ['402 insufficient_quota']]);
      // Four cost half of what was held: two more fit, and not a third.
      await Promise.all(first.admitted.map((each, index) => balances.settle(each, index < 4 ? 500 : 1_000)));
      const second = await wave(balances, requestsOf(mostAtOnce, request));
      expect(second.admitted.length).toBe(2);
      await Promise.all(second.admitted.map((each) => balances.settle(each, 1_000)));
      expect((await wave(balances, [request()])).codes).toEqual(['402 insufficient_quota']);
    },
  );

  test('is told with what is left, and when it begins anew', async ({ expect }) => {
    const { balances, request } = await newAccount({ key: { month: 5_000_000_000 } });
    const estimate = exactly(4_000_000_000);
    await balances.settle(held(await balances.reserve(request({ estimate }))), 2_500_000_000);
    await expect(balances.reserve(request({ estimate }))).rejects.toMatchObject({
      status: 402,
      leftNanoUsd: 2_500_000_000,
      shouldRetry: false,
      // To the first of December.
      retryAfterSeconds: 9.5 * 86_400,
      message: expect.stringMatching(
        /monthly budget of this API key has \$2\.5\d* left of \$5\.0\d*; this call may cost/,
      ),
    });
  });

  test('begins anew with its period; the total does not', async ({ expect }) => {
    const { balances, request } = await newAccount({ key: { day: 1_000 }, person: { total: 2_000 } });
    const spend = async (now: number) => balances.settle(held(await balances.reserve(request({ now }))), 1_000);
    await spend(noon);
    await expect(spend(noon)).rejects.toMatchObject({ message: expect.stringContaining('daily') });
    await spend(noon + 86_400_000);
    await expect(spend(noon + 172_800_000)).rejects.toMatchObject({ message: expect.stringContaining('total') });
  });

  test('that is raised, lowered, taken away and set again counts what was spent meanwhile', async ({ expect }) => {
    const { balances, request, username } = await newAccount();
    const limits = (key: Limits) => ({ limits: { person: {}, key } });
    const spend = async (key: Limits) => balances.settle(held(await balances.reserve(request(limits(key)))), 1_000);
    await spend({ month: 1_000 });
    await expect(spend({ month: 1_999 })).rejects.toMatchObject({ leftNanoUsd: 999 });
    await spend({ month: 2_000 });
    await expect(spend({ month: 1_500 })).rejects.toMatchObject({ leftNanoUsd: -500 });
    await spend({});
    await expect(spend({ month: 3_999 })).rejects.toMatchObject({ leftNanoUsd: 999 });
    await spend({ month: 4_000 });
    expect((await balances.view(username)).keys.get(keyId)).toEqual({ day: 4_000, month: 4_000, total: 4_000 });
  });

  test('that a key gets when it has spent already begins with that', async ({ expect }) => {
    const before = { day: 100, month: 700, total: 900 };
    const { balances, request } = await newAccount({}, before);
    await balances.settle(held(await balances.reserve(request())), 100);
    const limited = (month: number) => request({ limits: { person: {}, key: { month } } });
    await expect(balances.reserve(limited(1_699))).rejects.toMatchObject({ leftNanoUsd: 999 });
    held(await balances.reserve(limited(1_700)));
  });

  describe('that a key gets while a call of it is open', () => {
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
  });

  test('holds the most that is possible; where nothing limits, what is likely', async ({ expect }) => {
    const estimate = { likelyNanoUsd: 4_000, mostNanoUsd: 9_000, tokens: 1 };
    const amounts = [];
    for (const limits of [
      {},
      { person: { total: 100_000 } },
      { key: { day: 100_000 } },
      { team: { month: 100_000 } },
    ]) {
      const { balances, request } = await newAccount(limits);
      amounts.push(held(await balances.reserve(request({ estimate }))).holds.map(({ nanoUsd }) => nanoUsd));
    }
    expect(amounts).toEqual([[4_000], [9_000], [9_000], [4_000, 9_000]]);
  });

  test('that goes and comes back while a call is open knows what that call holds', async ({ expect }) => {
    const { balances, request } = await newAccount();
    const limited = (key: Limits, now = noon) => request({ now, limits: { person: {}, key } });
    const open = held(await balances.reserve(limited({ total: 2_500 })));
    await balances.settle(held(await balances.reserve(limited({}))), 1_000);
    await expect(balances.reserve(limited({ total: 2_500 }))).rejects.toMatchObject({ leftNanoUsd: 500 });
    await balances.settle(open, 200);
    await balances.settle(held(await balances.reserve(limited({ total: 2_500 }))), 1_000);
    await expect(balances.reserve(limited({ total: 2_500 }))).rejects.toMatchObject({ leftNanoUsd: 300 });
    // Without a limit the day goes on, and is another when the limit comes back.
    const tomorrow = noon + 86_400_000;
    await balances.settle(held(await balances.reserve(limited({}, tomorrow))), 700);
    await expect(balances.reserve(limited({ day: 1_600 }, tomorrow))).rejects.toMatchObject({ leftNanoUsd: 900 });
  });

  test('of another period than the first counts from when the key got that', async ({ expect }) => {
    const { balances, request } = await newAccount();
    const limited = (key: Limits) => request({ limits: { person: {}, key } });
    await balances.settle(held(await balances.reserve(limited({ rpm: 100 }))), 1_000);
    await expect(balances.reserve(limited({ rpm: 100, month: 1_999 }))).rejects.toMatchObject({ leftNanoUsd: 999 });
  });

  test('is one for a key and all it was rotated from', async ({ expect }) => {
    const { balances, request, username } = await newAccount({ key: { total: 2_000 } });
    const keyIds = [keyId, 'key_2', 'key_3'];
    const by = (id: string) => request({ keyId: id, budget: { id: keyId, keyIds } });
    await balances.settle(held(await balances.reserve(by(keyId))), 1_000);
    const second = held(await balances.reserve(by('key_3')));
    await expect(balances.reserve(by('key_2'))).rejects.toMatchObject({ leftNanoUsd: 0 });
    await balances.settle(second, 600);
    expect((await balances.view(username)).keys.get(keyId)?.total).toBe(1_600);
  });

  test('that only open calls use up gives them a moment to end', async ({ expect }) => {
    const { balances, request } = await newAccount({ key: { total: 1_500 } });
    const first = held(await balances.reserve(request()));
    const second = balances.reserve(request());
    setTimeout(() => void balances.settle(first, 100), 50);
    expect(held(await second).estimateNanoUsd).toBe(1_000);
  });

  test('does not refuse a model without a price until it is used up', async ({ expect }) => {
    const { balances, request } = await newAccount({ key: { total: 1_000 } });
    const unpriced = () => request({ estimate: exactly(null) });
    await balances.settle(held(await balances.reserve(unpriced())), null);
    await balances.settle(held(await balances.reserve(request())), 1_000);
    await expect(balances.reserve(unpriced())).rejects.toMatchObject({ code: 'insufficient_quota' });
  });

  test('says once when a half, four fifths and all of it are spent', async ({ expect }) => {
    const { balances, request } = await newAccount({ key: { day: 10_000 }, person: { month: 20_000 } });
    const told: string[] = [];
    for (let call = 0; call < 10; call++) {
      const { crossings } = await balances.settle(held(await balances.reserve(request())), 1_000);
      told.push(
        ...crossings.map(({ whose, period, percent, spentNanoUsd }) => `${whose} ${period} ${percent} ${spentNanoUsd}`),
      );
    }
    expect(told).toEqual(['key day 50 5000', 'key day 80 8000', 'person month 50 10000', 'key day 100 10000']);
  });
});

describe('a team that pays', () => {
  test('refuses without a trace in the person’s balance', async ({ expect }) => {
    const { balances, request, username } = await newAccount({ team: { total: 500 }, key: { concurrency: 1 } });
    await expect(balances.reserve(request())).rejects.toMatchObject({
      message: expect.stringContaining('paying team'),
    });
    const item = await itemOf(`U#${username}`);
    expect([item['r'], item['t'], item['k']]).toEqual([{}, { s: 0 }, { [keyId]: expect.objectContaining({ o: 0 }) }]);
  });

  test('counts what its members spent before it had a limit', async ({ expect }) => {
    const { balances, request } = await newAccount({ team: { month: 1_000 } }, { day: 1, month: 1, total: 1 });
    await expect(balances.reserve(request())).rejects.toMatchObject({ leftNanoUsd: 999 });
  });

  test('with a newer policy makes calls that know the old one stale, and the old one never comes back', async ({
    expect,
  }) => {
    const { balances, request, team } = await newAccount();
    const paying = (generation: number, total: number): PayingTeam => ({ name: team, generation, limits: { total } });
    await balances.settle(held(await balances.reserve(request({ payingTeam: paying(1, 9_000) }))), 1_000);
    await balances.settle(held(await balances.reserve(request({ payingTeam: paying(2, 2_000) }))), 1_000);
    expect(await balances.reserve(request({ payingTeam: paying(1, 9_000) }))).toBe('stale');
    await expect(balances.reserve(request({ payingTeam: paying(2, 2_000) }))).rejects.toMatchObject({ leftNanoUsd: 0 });
  });
});

describe('rates', () => {
  test('of five requests a minute: five of many at once, then one each twelve seconds, told exactly', async ({
    expect,
  }) => {
    const { balances, request } = await newAccount({ key: { rpm: 5 } });
    const first = await wave(balances, requestsOf(mostAtOnce, request));
    expect([first.admitted.length, first.codes]).toEqual([5, ['429 rate_limit_exceeded']]);
    expect(first.refusals[0]).toMatchObject({
      retryAfterSeconds: 12,
      message: expect.stringContaining('5 requests a minute'),
    });
    const at = (seconds: number) => request({ now: noon + seconds * 1000 });
    await expect(balances.reserve(at(11))).rejects.toMatchObject({ retryAfterSeconds: 1 });
    const { rates } = held(await balances.reserve(at(12)));
    expect(rates).toEqual({ requests: { limit: 5, remaining: 0, resetMs: 60_000 }, tokens: undefined });
    await expect(balances.reserve(at(12))).rejects.toMatchObject({ retryAfterSeconds: 12 });
    expect(held(await balances.reserve(at(300))).rates.requests).toEqual({ limit: 5, remaining: 4, resetMs: 12_000 });
  });

  test('of tokens: what was counted too much comes back when the call has ended', async ({ expect }) => {
    const { balances, request } = await newAccount({ person: { tpm: 1_000 } });
    const call = (tokens: number) => request({ estimate: exactly(1, tokens) });
    const large = held(await balances.reserve(call(900)));
    await expect(balances.reserve(call(200))).rejects.toMatchObject({
      code: 'rate_limit_exceeded',
      retryAfterSeconds: 6,
    });
    await balances.settle(large, 1, 300);
    expect(held(await balances.reserve(call(200))).rates.tokens).toEqual({
      limit: 1_000,
      remaining: 500,
      resetMs: 30_000,
    });
    // More than a minute has: it goes when nothing else is counted.
    await expect(balances.reserve(call(5_000))).rejects.toMatchObject({ retryAfterSeconds: 30 });
    held(await balances.reserve({ ...call(5_000), now: noon + 30_000 }));
  });

  test('of requests alone, of a key whose person has called today', async ({ expect }) => {
    const { balances, request } = await newAccount();
    await balances.settle(held(await balances.reserve(request({ keyId: null }))), 1);
    const limited = (key: Limits) => request({ limits: { person: {}, key } });
    held(await balances.reserve(limited({ rpm: 1 })));
    await expect(balances.reserve(limited({ rpm: 1 }))).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
  });

  test('of tokens give back neither what was not counted nor what has passed', async ({ expect }) => {
    const { balances, request } = await newAccount({ person: { tpm: 1_000 } });
    // Ten times a minute's worth counts as one, and is used up by what it came to.
    const huge = held(await balances.reserve(request({ estimate: exactly(1, 10_000) })));
    await balances.settle(huge, 1, 1_000);
    const next = request({ estimate: exactly(1, 100), now: noon });
    await expect(balances.reserve(next)).rejects.toMatchObject({ retryAfterSeconds: 6 });
  });

  test('of open calls: of the key, of the person', async ({ expect }) => {
    const { balances, request } = await newAccount({ key: { concurrency: 2 }, person: { concurrency: 3 } });
    const { admitted, codes } = await wave(balances, requestsOf(10, request));
    expect([admitted.length, codes]).toEqual([2, ['429 concurrency_limit']]);
    const other = () => request({ keyId: 'key_other' });
    held(await balances.reserve({ ...other(), limits: { person: { concurrency: 3 }, key: {} } }));
    await expect(
      balances.reserve({ ...other(), limits: { person: { concurrency: 3 }, key: {} } }),
    ).rejects.toMatchObject({
      message: expect.stringContaining('3 calls of this person'),
    });
    const [first] = admitted;
    if (first) await balances.settle(first, 1);
    held(await balances.reserve(request()));
  });
});

test('a call that is refused because the table did not answer leaves no hold, also where the hold was written', async ({
  expect,
}) => {
  const { balances, request, username } = await newAccount({ key: { total: 5_000 } });
  await balances.settle(held(await balances.reserve(request())), 1);
  const throttled = new AwsFault('ThrottlingException', 'Rate exceeded');
  const faults = ['lost', throttled, throttled, throttled] as const;
  let update = 0;
  store.setFault((operation) => (operation === 'UpdateItem' ? faults[update++] : undefined));
  await expect(balances.reserve(request())).rejects.toMatchObject({ code: 'budget_unavailable' });
  store.setFault(undefined);
  const item = await itemOf(`U#${username}`);
  expect([item['r'], item['t']]).toEqual([{}, { s: 1 }]);
  held(await balances.reserve(request({ estimate: exactly(4_999) })));
});

test('a call that the table did not answer hears that its budget is used up, or held, where it is', async ({
  expect,
}) => {
  const { balances, request } = await newAccount({ key: { total: 1_500 }, team: { total: 1_500 } });
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
    const account = await newAccount({ key: { total: 2_500 }, team: { total: 9_000 } });
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
    expect((await itemOf(`G#${team}`))['t']).toEqual({ s: 1_000, l: 9_000, a: 8_000 });
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
      spentBefore: async () => nothing,
      async onSwept(crossings, { username }) {
        for (const { whose, percent } of crossings) told.push(`${username} ${whose} ${percent}`);
      },
    });
    const account = await newAccount({ key: { total: 1_900 }, team: { total: 1_200 } });
    await abandon({ ...account, balances });
    await balances.sweep(account.username);
    const { r, t } = await itemOf(`G#${account.team}`);
    expect([r, t]).toEqual([{}, { s: 1_000, l: 1_200, a: 200 }]);
    expect(told).toEqual([`${account.username} key 50`, `${account.username} team 80`]);
  });

  test('or that was refused, is not charged for what its team’s balance still holds', async ({ expect }) => {
    const account = await newAccount({ team: { total: 2_500 } });
    const { balances, request, ledger, username, team } = account;
    const gone = await abandon(account);
    // Given back in the person's balance, and no further.
    const [own] = gone.holds;
    if (own) await balances.settle({ ...gone, holds: [own] }, 0, 0);
    held(await balances.reserve(request({ estimate: exactly(2_000) })));
    expect((await itemOf(`G#${team}`))['t']).toEqual({ s: 0, l: 2_500, a: 500 });
    const rows = await ledger.rowsOf(username, '2026-11-21');
    expect(rows.map(({ costNanoUsd }) => costNanoUsd)).toEqual([0]);
  });

  test('that had written its row is settled at that', async ({ expect }) => {
    const account = await newAccount({ key: { total: 2_500 } });
    const { balances, ledger, username } = account;
    const gone = await abandon(account);
    await balances.sweep(username);
    const [row] = await ledger.rowsOf(username, '2026-11-21');
    const next = await newAccount({ key: { total: 2_500 } });
    const late = await abandon(next);
    if (!row) throw new Error('the sweep wrote no row');
    await next.ledger.write({ ...row, username: next.username, requestId: late.requestId, costNanoUsd: 70 });
    await Promise.all([next.balances.sweep(next.username), next.balances.sweep(next.username)]);
    expect((await next.balances.view(next.username)).spent.total).toBe(70);
    expect(gone.requestId).toBe(row.requestId);
  });
});

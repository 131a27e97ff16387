import { afterAll, beforeAll, describe, test } from 'vitest';
import { mostAtOnce } from '../local/services-for-tests.ts';
import type { PayingTeam } from './balance.ts';
import type { Limits } from './limits.ts';
import { itemOf, keyId, newAccount, noon, requestsOf, wave } from './test-account.ts';
import { exactly, held } from './test-requests.ts';
import { startTable, type TestTable } from './test-table.ts';

let store: TestTable;
beforeAll(async () => {
  store = await startTable();
});
afterAll(() => store.close());

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
      const { balances, request } = await newAccount(store, limits);
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
    const { balances, request } = await newAccount(store, { key: { month: 5_000_000_000 } });
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
    const { balances, request } = await newAccount(store, { key: { day: 1_000 }, person: { total: 2_000 } });
    const spend = async (now: number) => balances.settle(held(await balances.reserve(request({ now }))), 1_000);
    await spend(noon);
    await expect(spend(noon)).rejects.toMatchObject({ message: expect.stringContaining('daily') });
    await spend(noon + 86_400_000);
    await expect(spend(noon + 172_800_000)).rejects.toMatchObject({ message: expect.stringContaining('total') });
  });

  test('that is raised, lowered, taken away and set again counts what was spent meanwhile', async ({ expect }) => {
    const { balances, request, username } = await newAccount(store);
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
    const { balances, request } = await newAccount(store, {}, before);
    await balances.settle(held(await balances.reserve(request())), 100);
    const limited = (month: number) => request({ limits: { person: {}, key: { month } } });
    await expect(balances.reserve(limited(1_699))).rejects.toMatchObject({ leftNanoUsd: 999 });
    held(await balances.reserve(limited(1_700)));
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
      const { balances, request } = await newAccount(store, limits);
      amounts.push(held(await balances.reserve(request({ estimate }))).holds.map(({ nanoUsd }) => nanoUsd));
    }
    expect(amounts).toEqual([[4_000], [9_000], [9_000], [4_000, 9_000]]);
  });

  test('that goes and comes back while a call is open knows what that call holds', async ({ expect }) => {
    const { balances, request } = await newAccount(store);
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
    const { balances, request } = await newAccount(store);
    const limited = (key: Limits) => request({ limits: { person: {}, key } });
    await balances.settle(held(await balances.reserve(limited({ rpm: 100 }))), 1_000);
    await expect(balances.reserve(limited({ rpm: 100, month: 1_999 }))).rejects.toMatchObject({ leftNanoUsd: 999 });
  });

  test('is one for a key and all it was rotated from', async ({ expect }) => {
    const { balances, request, username } = await newAccount(store, { key: { total: 2_000 } });
    const keyIds = [keyId, 'key_2', 'key_3'];
    const by = (id: string) => request({ keyId: id, budget: { id: keyId, keyIds } });
    await balances.settle(held(await balances.reserve(by(keyId))), 1_000);
    const second = held(await balances.reserve(by('key_3')));
    await expect(balances.reserve(by('key_2'))).rejects.toMatchObject({ leftNanoUsd: 0 });
    await balances.settle(second, 600);
    expect((await balances.view(username)).keys.get(keyId)?.total).toBe(1_600);
  });

  test('that only open calls use up gives them a moment to end', async ({ expect }) => {
    const { balances, request } = await newAccount(store, { key: { total: 1_500 } });
    const first = held(await balances.reserve(request()));
    const second = balances.reserve(request());
    setTimeout(() => void balances.settle(first, 100), 50);
    expect(held(await second).estimateNanoUsd).toBe(1_000);
  });

  test('does not refuse a model without a price until it is used up', async ({ expect }) => {
    const { balances, request } = await newAccount(store, { key: { total: 1_000 } });
    const unpriced = () => request({ estimate: exactly(null) });
    await balances.settle(held(await balances.reserve(unpriced())), null);
    await balances.settle(held(await balances.reserve(request())), 1_000);
    await expect(balances.reserve(unpriced())).rejects.toMatchObject({ code: 'insufficient_quota' });
  });

  test('that is overspent refuses what costs money, and nothing else', async ({ expect }) => {
    const { balances, request } = await newAccount(store, { key: { total: 1_000 }, person: { day: 1_000 } });
    await balances.settle(held(await balances.reserve(request({ estimate: exactly(1_000) }))), 5_000);
    expect((await wave(balances, [request({ estimate: exactly(1) })])).codes).toEqual(['402 insufficient_quota']);
    const free = await wave(balances, [request({ estimate: exactly(0, 0) })]);
    expect(free.admitted).toHaveLength(1);
    await Promise.all(free.admitted.map((each) => balances.settle(each, 0, 0)));
    expect((await balances.view(request().username)).keys.get(keyId)?.total).toBe(5_000);
  });

  test('says once when a half, four fifths and all of it are spent', async ({ expect }) => {
    const { balances, request } = await newAccount(store, { key: { day: 10_000 }, person: { month: 20_000 } });
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
    const { balances, request, username } = await newAccount(store, { team: { total: 500 }, key: { concurrency: 1 } });
    await expect(balances.reserve(request())).rejects.toMatchObject({
      message: expect.stringContaining('paying team'),
    });
    const item = await itemOf(store, `U#${username}`);
    expect([item['r'], item['t'], item['k']]).toEqual([{}, { s: 0 }, { [keyId]: expect.objectContaining({ o: 0 }) }]);
  });

  test('counts what its members spent before it had a limit', async ({ expect }) => {
    const { balances, request } = await newAccount(store, { team: { month: 1_000 } }, { day: 1, month: 1, total: 1 });
    await expect(balances.reserve(request())).rejects.toMatchObject({ leftNanoUsd: 999 });
  });

  test('and is in the new month already takes the person’s hold there too, so that no month is overrun', async ({
    expect,
  }) => {
    const [before, after] = [Date.UTC(2026, 10, 30, 23, 59, 59, 900), Date.UTC(2026, 11, 1, 0, 0, 0, 100)];
    const team = { month: 3_000 };
    const first = await newAccount(store, { team });
    const spend = async ({ balances, request }: typeof first, now: number) => {
      const payingTeam = { name: first.team, generation: 1, limits: team };
      const reservation = held(await balances.reserve(request({ now, payingTeam })));
      await balances.settle(reservation, 1_000);
      return reservation.holds.map(({ day, since }) => [day, since]);
    };
    for (let call = 0; call < 3; call++) await spend(first, before);
    await expect(spend(first, before)).rejects.toMatchObject({ leftNanoUsd: 0 });
    await spend(first, after);
    // Others of the team, whose own balance is in the old month.
    const midnight = ['2026-12-01', Date.UTC(2026, 11, 1)];
    for (let call = 0; call < 2; call++) {
      const other = await newAccount(store, { team, person: { month: 9_000 } });
      expect(await spend(other, before)).toEqual([midnight, midnight]);
      expect(await itemOf(store, `U#${other.username}`)).toMatchObject({ r: {}, m: { n: '2026-12', s: 1_000 } });
    }
    expect(await itemOf(store, `G#${first.team}`)).toMatchObject({ r: {}, m: { n: '2026-12', s: 3_000 } });
  });

  test('with a newer policy makes calls that know the old one stale, and the old one never comes back', async ({
    expect,
  }) => {
    const { balances, request, team } = await newAccount(store);
    const paying = (generation: number, total: number): PayingTeam => ({ name: team, generation, limits: { total } });
    await balances.settle(held(await balances.reserve(request({ payingTeam: paying(1, 9_000) }))), 1_000);
    await balances.settle(held(await balances.reserve(request({ payingTeam: paying(2, 2_000) }))), 1_000);
    expect(await balances.reserve(request({ payingTeam: paying(1, 9_000) }))).toBe('stale');
    await expect(balances.reserve(request({ payingTeam: paying(2, 2_000) }))).rejects.toMatchObject({ leftNanoUsd: 0 });
  });
});

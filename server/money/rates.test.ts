import { afterAll, beforeAll, describe, test } from 'vitest';
import { mostAtOnce } from '../local/services-for-tests.ts';
import { nothingSpent } from './balance.ts';
import { createBalances } from './dynamo-balances.ts';
import type { Limits } from './limits.ts';
import { newAccount, noon, requestsOf, wave } from './test-account.ts';
import { exactly, held } from './test-requests.ts';
import { startTable, type TestTable } from './test-table.ts';

let store: TestTable;
beforeAll(async () => {
  store = await startTable();
});
afterAll(() => store.close());

describe('rates', () => {
  test('of five requests a minute: five of many at once, then one each twelve seconds, told exactly', async ({
    expect,
  }) => {
    const { balances, request } = await newAccount(store, { key: { rpm: 5 } });
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
    const { balances, request } = await newAccount(store, { person: { tpm: 1_000 } });
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
    const { balances, request } = await newAccount(store);
    await balances.settle(held(await balances.reserve(request({ keyId: null }))), 1);
    const limited = (key: Limits) => request({ limits: { person: {}, key } });
    held(await balances.reserve(limited({ rpm: 1 })));
    await expect(balances.reserve(limited({ rpm: 1 }))).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
  });

  test('of tokens give back neither what was not counted nor what has passed', async ({ expect }) => {
    const { balances, request } = await newAccount(store, { person: { tpm: 1_000 } });
    // Ten times a minute's worth counts as one, and is used up by what it came to.
    const huge = held(await balances.reserve(request({ estimate: exactly(1, 10_000) })));
    await balances.settle(huge, 1, 1_000);
    const next = request({ estimate: exactly(1, 100), now: noon });
    await expect(balances.reserve(next)).rejects.toMatchObject({ retryAfterSeconds: 6 });
  });

  test('of tokens are counted from midnight on for a call from before it that the new day pays', async ({ expect }) => {
    const { balances, request, ledger } = await newAccount(store, { person: { tpm: 60_000 } });
    const midnight = Date.UTC(2026, 10, 22);
    const sixSeconds = midnight + 6_000;
    const after = createBalances({
      ...store,
      ledger,
      clock: { now: () => sixSeconds },
      spentBefore: async () => nothingSpent,
    });
    const call = (now: number, tokens: number) => request({ now, estimate: exactly(1, tokens) });
    await balances.reserve(request({ now: midnight, limits: { person: {}, key: {} } }));
    const late = held(await balances.reserve(call(midnight - 30_000, 10_000)));
    expect(late.rates.tokens).toEqual({ limit: 60_000, remaining: 50_000, resetMs: 10_000 });
    held(await balances.reserve(call(midnight + 5_000, 50_000)));
    // What has passed until then does not come back, and nothing has before midnight.
    await after.settle(late, 1, 0);
    await expect(balances.reserve(call(sixSeconds, 12_000))).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
    held(await balances.reserve(call(sixSeconds, 10_000)));
  });

  test('of open calls: of the key, of the person', async ({ expect }) => {
    const { balances, request } = await newAccount(store, { key: { concurrency: 2 }, person: { concurrency: 3 } });
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

  test.for<[tpm: number, tokens: number]>([
    [100_000_000, 1_000_000],
    [70_000_000, 999_999],
    [40_000_000, 410_003],
    [7_000, 1_000],
    [17, 5],
  ])('of %i tokens a minute: all of them, in calls of %i, and no more', async ([tpm, tokens], { expect }) => {
    const { balances, request } = await newAccount(store, { key: { tpm } });
    const call = () => request({ estimate: exactly(1, tokens) });
    const fits = Math.floor(tpm / tokens);
    let resetMs = 0;
    for (let index = 1; index <= fits; index++) {
      const { rates } = held(await balances.reserve(call()));
      resetMs = rates.tokens?.resetMs ?? 0;
      // Each step is rounded up to a µs, which at these rates is a token or two.
      const rounded = tpm - index * tokens - (rates.tokens?.remaining ?? 0);
      expect([rounded >= 0, rounded <= Math.ceil((index * tpm) / 60_000_000)]).toEqual([true, true]);
    }
    const rest = tpm - fits * tokens;
    // All of a minute's rate is there again after a minute.
    expect(resetMs - Math.ceil(((fits * tokens) / tpm) * 60_000)).toBeOneOf([0, 1]);
    const waitsFor = Math.ceil(((tokens - rest) / tpm) * 60);
    await expect(balances.reserve(call())).rejects.toMatchObject({ retryAfterSeconds: waitsFor });
  });
});

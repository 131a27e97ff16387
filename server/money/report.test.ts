import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { GroupBy, UsageCallList, UsageReport } from '../../shared/api/usage.ts';
import { createLogger } from '../observe/logger.ts';
import { createBooks } from './create-books.ts';
import { createBalances } from './dynamo-balances.ts';
import { createLedger } from './dynamo-ledger.ts';
import type { Ledger, LedgerRow } from './ledger.ts';
import type { Reports } from './report.ts';
import { rowOf } from './test-rows.ts';
import { startTable, type TestTable } from './test-table.ts';

const now = Date.UTC(2026, 10, 21, 12);
const dayMs = 86_400_000;

let store: TestTable;
let ledger: Ledger;
let reports: Reports;
beforeAll(async () => {
  store = await startTable();
  const clock = { now: () => now };
  ledger = createLedger({ ...store, clock });
  const balances = createBalances({
    ...store,
    clock,
    ledger,
    spentBefore: async () => ({ day: 0, month: 0, total: 0 }),
  });
  const catalogue = { pricesAsOf: '2026-11-20', find: () => undefined };
  reports = createBooks({ ...store, clock, logger: createLogger(() => {}), ledger, balances, catalogue });
});
afterAll(() => store.close());

/** Writes rows of a new person. */
async function personWith(parts: readonly Partial<LedgerRow>[]): Promise<string> {
  const username = randomUUID();
  await Promise.all(parts.map((part) => ledger.write(rowOf({ time: now, ...part, username }))));
  return username;
}

describe('a usage report', () => {
  test('sums the current month by model, dearest first, with errors and unknown costs', async ({ expect }) => {
    const username = await personWith([
      { model: 'nova-lite', costNanoUsd: 1_000 },
      { model: 'nova-lite', costNanoUsd: 500, status: 'client_closed', time: now - dayMs },
      { model: 'claude-sonnet-4-5', costNanoUsd: 2_000_000_001, status: 'deadline' },
      { model: 'own-model', costNanoUsd: null, status: 'error' },
      { model: 'nova-lite', costNanoUsd: null },
      { model: 'nova-lite', costNanoUsd: 77, time: Date.UTC(2026, 9, 31, 23, 59) },
    ]);
    const report = await reports.usage({ username }, {});
    const tokens = (requests: number) => ({
      requests,
      input_tokens: 10 * requests,
      cache_read_tokens: 20 * requests,
      cache_write_tokens: 7 * requests,
      output_tokens: 50 * requests,
      reasoning_tokens: 6 * requests,
    });
    expect(report).toEqual({
      from: '2026-11-01',
      to: '2026-11-30',
      group_by: 'model',
      currency: 'USD',
      rows: [
        {
          group: 'claude-sonnet-4-5',
          ...tokens(1),
          errors: 1,
          cost_nano_usd: 2_000_000_001,
          cost_usd: '2.000000001',
        },
        { group: 'nova-lite', ...tokens(3), errors: 0, cost_nano_usd: 1_500, cost_usd: '0.000001500' },
        { group: 'own-model', ...tokens(1), errors: 1, cost_nano_usd: null, cost_usd: null },
      ],
      total: { ...tokens(5), errors: 2, cost_nano_usd: 2_000_001_501, cost_usd: '2.000001501' },
      unpriced_requests: 2,
      prices_as_of: '2026-11-20',
      // 20.5 of 30 days are over.
      forecast: { to: '2026-11-30', cost_nano_usd: 2_926_831_465, cost_usd: '2.926831465' },
    });
    expect(UsageReport.parse(report)).toEqual(report);
  });

  test.for([
    ['day', ['2026-11-20', '2026-11-21']],
    ['month', ['2026-11']],
    ['key', ['key_a', null]],
    ['team', ['research', null]],
    ['endpoint', ['/v1/messages', '/v1/responses']],
    ['provider', ['bedrock']],
    ['tag', ['ci', null]],
  ] as const)('by %s has the groups %j', async ([group_by, groups], { expect }) => {
    const username = await personWith([
      { time: now - dayMs, keyId: 'key_a', team: 'research', tag: 'ci', endpoint: '/v1/messages' },
      { time: now, keyId: null, team: null, endpoint: '/v1/responses' },
    ]);
    const report = await reports.usage({ username }, { group_by });
    expect(report.rows.map(({ group }) => group)).toEqual(groups);
    expect((await reports.usage({ username }, { group_by: 'user' })).rows).toMatchObject([
      { group: username, requests: 2 },
    ]);
  });

  test('can be narrowed to days, a key and a model', async ({ expect }) => {
    const username = await personWith([
      { time: now - dayMs, keyId: 'key_a', model: 'a', costNanoUsd: 1 },
      { time: now - dayMs, keyId: 'key_b', model: 'a', costNanoUsd: 2 },
      { time: now - dayMs, keyId: 'key_a', model: 'b', costNanoUsd: 4 },
      { time: now - 2 * dayMs, keyId: 'key_a', model: 'a', costNanoUsd: 8 },
    ]);
    const cost = async (query: Parameters<Reports['usage']>[1]) =>
      (await reports.usage({ username }, query)).total.cost_nano_usd;
    expect([
      await cost({}),
      await cost({ from: '2026-11-20', to: '2026-11-20' }),
      await cost({ from: '2026-11-20' }),
      await cost({ to: '2026-11-19' }),
      await cost({ key_id: 'key_a' }),
      await cost({ key_id: 'key_a', model: 'a' }),
      await cost({ model: 'none' }),
    ]).toEqual([15, 7, 7, 8, 13, 9, 0]);
  });

  test('of nobody is empty and has cost nothing', async ({ expect }) => {
    const report = await reports.usage({ username: randomUUID() }, { from: '2026-10-01', to: '2026-10-31' });
    expect(report).toMatchObject({ rows: [], total: { requests: 0, cost_nano_usd: 0, cost_usd: '0.000000000' } });
  });

  test('of ten years reads nothing of the months without calls; more is refused', async ({ expect }) => {
    const before = store.requests();
    await reports.usage({ username: randomUUID() }, { from: '2016-11-22', to: '2026-11-22' });
    expect(store.requests() - before).toBeLessThan(10);
    const tooLong = reports.usage({ username: randomUUID() }, { from: '2016-11-21', to: '2026-11-22' });
    await expect(tooLong).rejects.toMatchObject({ status: 400, param: 'from' });
  });

  test('from a day after its end is refused', async ({ expect }) => {
    const wrong = reports.usage({ username: 'nobody' }, { from: '2026-11-22', to: '2026-11-21' });
    await expect(wrong).rejects.toMatchObject({ status: 400, param: 'from' });
  });

  test('adds up to the nano-dollar, however it is grouped', async ({ expect }) => {
    const row = fc.record({
      time: fc.integer({ min: now - 20 * dayMs, max: now }),
      model: fc.constantFrom('a', 'b', 'c'),
      keyId: fc.constantFrom('key_a', 'key_b', null),
      team: fc.constantFrom('x', null),
      tag: fc.constantFrom('a', 'b', null),
      status: fc.constantFrom('ok', 'error', 'client_closed', 'upstream_truncated', 'deadline'),
      costNanoUsd: fc.option(fc.nat(2_000_000_000), { nil: null }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 25 }), async (rows) => {
        const username = await personWith(rows);
        const priced = rows.flatMap(({ costNanoUsd }) => costNanoUsd ?? []);
        const sum = priced.reduce((a, b) => a + b, 0);
        for (const group_by of GroupBy.options) {
          const report = await reports.usage({ username }, { group_by });
          const add = (name: 'cost_nano_usd' | 'requests' | 'errors' | 'output_tokens') =>
            report.rows.reduce((total, figures) => total + (figures[name] ?? 0), 0);
          expect(report.unpriced_requests).toBe(rows.length - priced.length);
          expect(report.total).toMatchObject({
            requests: rows.length,
            cost_nano_usd: rows.length > 0 && priced.length === 0 ? null : sum,
          });
          expect([add('requests'), add('errors'), add('output_tokens'), add('cost_nano_usd')]).toEqual([
            report.total.requests,
            report.total.errors,
            report.total.output_tokens,
            report.total.cost_nano_usd ?? 0,
          ]);
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe('the list of calls', () => {
  test('shows each call newest first', async ({ expect }) => {
    const username = await personWith([
      { requestId: 'req_1', time: now - dayMs },
      { requestId: 'req_2', time: now, costNanoUsd: null, keyId: null, dropped: ['seed'], team: 'research', tag: 'ci' },
    ]);
    const list = await reports.calls({ username }, {});
    expect(list.data.map(({ request_id }) => request_id)).toEqual(['req_2', 'req_1']);
    expect(list.next).toBeNull();
    expect(list.data[0]).toEqual({
      request_id: 'req_2',
      time: '2026-11-21T12:00:00.000Z',
      user_id: username,
      key_id: null,
      team: 'research',
      endpoint: '/v1/chat/completions',
      model: 'nova-lite',
      provider: 'bedrock',
      status: 'ok',
      stream: false,
      duration_ms: 12,
      attempts: 1,
      input_tokens: 10,
      cache_read_tokens: 20,
      cache_write_tokens: 7,
      output_tokens: 50,
      reasoning_tokens: 6,
      cost_nano_usd: null,
      cost_usd: null,
      dropped: ['seed'],
      tag: 'ci',
    });
    expect(UsageCallList.parse(list)).toEqual(list);
  });

  test('comes in pages that hold every call once', async ({ expect }) => {
    const times = [0, 0, 0, 1, 5, dayMs, dayMs, 9 * dayMs, 20 * dayMs, 20 * dayMs + 1];
    const username = await personWith(times.map((ago) => ({ time: now - ago, keyId: ago === 5 ? 'key_b' : 'key_a' })));
    const all = (await reports.calls({ username }, {})).data;
    expect(all.length).toBe(10);
    for (const limit of [1, 3, 10, 11]) {
      const pages: UsageCallList[] = [];
      let cursor: string | undefined;
      do {
        const page = await reports.calls({ username }, { limit, cursor });
        pages.push(page);
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      expect(pages.flatMap(({ data }) => data)).toEqual(all);
      expect(pages.length).toBe(Math.ceil(10 / limit));
    }
    expect((await reports.calls({ username }, { key_id: 'key_b' })).data.length).toBe(1);
  });

  test.for([
    '',
    'x',
    'bm90IGEgcGxhY2U',
    Buffer.from('2026-10-31T00:00:00.000Z#req_1').toString('base64url'),
    Buffer.from('2026-11-21T00:00:00.000Z#').toString('base64url'),
    Buffer.from('2026-11-21T00:00:00.000Z#a\nb').toString('base64url'),
  ])('refuses the cursor %j', async (cursor, { expect }) => {
    await expect(reports.calls({ username: 'nobody' }, { cursor })).rejects.toMatchObject({
      status: 400,
      param: 'cursor',
    });
  });
});

import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { AwsFault } from '../local/emulator.ts';
import { createLedger } from './dynamo-ledger.ts';
import type { LedgerRow } from './ledger.ts';
import { figureAttributes, readFigures, readRow } from './ledger-row.ts';
import { startTable, type TestTable } from './test-table.ts';

let store: TestTable;
beforeAll(async () => {
  store = await startTable();
});
afterAll(() => store.close());

const time = Date.UTC(2026, 10, 21, 4, 44, 0, 7);

function rowOf(part: Partial<LedgerRow> = {}): LedgerRow {
  return {
    requestId: `req_${randomUUID()}`,
    time,
    username: randomUUID(),
    keyId: 'key_abcdefghijkl',
    team: null,
    tag: null,
    endpoint: '/v1/chat/completions',
    model: 'claude-sonnet-4-5',
    target: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    provider: 'bedrock',
    status: 'ok',
    errorCode: null,
    stream: true,
    durationMs: 1_234,
    attempts: 1,
    usage: {
      inputTokens: 100,
      cacheReadTokens: 900,
      cacheWrite5mTokens: 200,
      cacheWrite1hTokens: 3,
      outputTokens: 50,
      reasoningTokens: 20,
      tier: 'default',
      raw: { inputTokens: 100, outputTokens: 50, totalTokens: 1_253 },
    },
    estimatedNanoUsd: 9_000_000,
    costNanoUsd: 2_296_800,
    dropped: ['seed', 'logit_bias'],
    upstreamRequestId: 'd2d4c1f0-0000-4000-8000-000000000000',
    usageEstimated: false,
    ...part,
  };
}

describe('a ledger row', () => {
  test('is read back as it was written', async ({ expect }) => {
    const row = rowOf();
    const bare = rowOf({
      username: row.username,
      time: time + 1,
      keyId: null,
      team: 'research',
      tag: 'ci:nightly',
      costNanoUsd: null,
      estimatedNanoUsd: null,
      upstreamRequestId: null,
      status: 'error',
      errorCode: 'upstream_error',
      dropped: [],
      usage: { ...row.usage, reasoningTokens: undefined, tier: undefined, raw: undefined },
    });
    const ledger = createLedger(store);
    await ledger.write(bare);
    await ledger.write(row);
    expect(await ledger.rowsOf(row.username, '2026-11-21')).toEqual([row, bare]);
    expect(await ledger.rowsOf(row.username, '2026-11-22')).toEqual([]);
  });

  test('is written once however often it is sent, and never changed', async ({ expect }) => {
    const ledger = createLedger(store);
    const row = rowOf();
    await Promise.all([ledger.write(row), ledger.write(row), ledger.write(row)]);
    await ledger.write({ ...row, costNanoUsd: 1 });
    expect(await ledger.rowsOf(row.username, '2026-11-21')).toEqual([row]);
  });

  test('carries an HMAC over everything else in it', async ({ expect }) => {
    const row = rowOf();
    await createLedger(store).write(row);
    const { items } = await store.dynamo.query(store.table, { pk: `L#${row.username}#2026-11-21` });
    const { mac, ...content } = items[0] ?? {};
    const { ledgerKey } = await store.rootSecret.keys();
    const names = Object.keys(content).toSorted();
    const canonical = JSON.stringify(content, (_, value: unknown) =>
      value !== null && typeof value === 'object' && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : value,
    );
    expect(names).toContain('cost');
    expect(mac).toBe(createHmac('sha256', ledgerKey).update(canonical).digest('base64url'));
  });

  test('fits one write unit, and carries neither a limit of time nor a long usage object', async ({ expect }) => {
    const row = rowOf({ usage: { ...rowOf().usage, raw: 'x'.repeat(3_000) } });
    await createLedger(store).write(row);
    const { items } = await store.dynamo.query(store.table, { pk: `L#${row.username}#2026-11-21` });
    expect(items[0]).not.toHaveProperty('raw');
    expect(items[0]).not.toHaveProperty('ttl');
    expect(await store.writeUnits({ pk: `L#${row.username}#2026-11-21`, sk: String(items[0]?.['sk']) })).toBe(1);
  });

  test('is read for reports without what they do not sum up, which is more than half of it', async ({ expect }) => {
    const rows = [
      rowOf({ tag: 'ci', team: 'research' }),
      rowOf({ status: 'correction', unpricedChange: -2, costNanoUsd: null, keyId: null }),
    ];
    for (const row of rows) {
      await createLedger(store).write(row);
      const pk = `L#${row.username}#2026-11-21`;
      const whole = (await store.dynamo.query(store.table, { pk })).items[0] ?? {};
      const part = (await store.dynamo.query(store.table, { pk, attributes: figureAttributes })).items[0] ?? {};
      expect(Object.keys(part).every((name) => figureAttributes.includes(name))).toBe(true);
      expect(JSON.stringify(part).length).toBeLessThan(JSON.stringify(whole).length / 2);
      const { reasoningTokens, raw: _raw, tier: _tier, ...tokens } = row.usage;
      expect(row).toMatchObject({ ...readFigures(part), usage: { ...tokens, reasoningTokens } });
      expect(readFigures(whole)).toEqual(readFigures(part));
    }
  });

  test.for([readRow, readFigures])('of another layout is refused by name: %o', (read, { expect }) => {
    expect(() => read({ pk: 'L#x#2026-11-21', sk: '2026-11-21T00:00:00.000Z#req_1', v: 2 })).toThrow(
      'ledger row 2026-11-21T00:00:00.000Z#req_1 has layout 2; this server knows 1',
    );
  });
});

test('a write is tried three times, and one whose answer was lost is not written twice', async ({ expect }) => {
  const ledger = createLedger(store);
  const row = rowOf();
  const failing = (times: number, fault: AwsFault | 'lost') => {
    let left = times;
    store.setFault(() => (left-- > 0 ? fault : undefined));
  };
  const fault = new AwsFault('InternalServerError', 'again', 500);
  failing(2, fault);
  await ledger.write(row);
  failing(3, fault);
  await expect(ledger.write(rowOf())).rejects.toMatchObject({ name: 'InternalServerError' });
  failing(1, 'lost');
  const lost = rowOf({ username: row.username, time: time + 1 });
  await ledger.write(lost);
  expect(await ledger.rowsOf(row.username, '2026-11-21')).toEqual([row, lost]);
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { createModel } from '../local/bedrock/test-models.ts';
import { AwsFault } from '../local/emulator.ts';
import { noUsage } from '../model/usage.ts';
import { nothingSpent, type PayingTeam } from '../money/balance.ts';
import { createBalances } from '../money/dynamo-balances.ts';
import { createLedger } from '../money/dynamo-ledger.ts';
import { type Limits, noLimits } from '../money/limits.ts';
import { createReplay } from '../money/replay.ts';
import { exactly, held, reserveRequest } from '../money/test-requests.ts';
import { startTable, type TestTable } from '../money/test-table.ts';
import { createLogger } from '../observe/logger.ts';
import { createMetrics } from '../observe/metrics.ts';
import type { Notice } from '../observe/notices.ts';
import { testPerson } from '../people/test-person.ts';
import { Meter } from './meter.ts';
import { OpenCall } from './open-call.ts';

let store: TestTable;
beforeEach(async () => {
  store = await startTable();
});
afterEach(() => store.close());

const username = '6d0f3f0e-5f0d-4b53-9a3c-0f3f6d6b7c11';
const day = new Date().toISOString().slice(0, 10);

async function openCall(limits: Limits = noLimits, payingTeam?: PayingTeam) {
  const { dynamo, table, rootSecret } = store;
  const lines: string[] = [];
  const ledger = createLedger({ dynamo, table, rootSecret });
  const spentBefore = async () => nothingSpent;
  const balances = createBalances({ dynamo, table, clock: systemClock, ledger, spentBefore });
  const logger = createLogger((line) => lines.push(line));
  const figures: string[] = [];
  const metrics = createMetrics({ write: (line) => figures.push(line), namespace: 'Pennyworth', service: 'test' });
  const told: Notice[] = [];
  const notices = async () => ({
    publish: async (notice: Notice) => {
      told.push(notice);
    },
  });
  const generation = await balances.generationOf(username);
  const now = Date.now();
  const estimate = { ...exactly(100_000), likelyNanoUsd: 5_000 };
  const facts = { endpoint: 'chat/completions', provider: 'bedrock', model: 'claude', tag: null };
  const request = reserveRequest({
    requestId: 'req_1',
    username,
    keyId: null,
    generation,
    estimate,
    now,
    limits: { person: limits, key: noLimits },
    payingTeam,
    facts: { ...facts, team: payingTeam?.name ?? null },
  });
  const reservation = held(await balances.reserve(request));
  const open = new OpenCall(
    { ledger, balances, logger, metrics, notices, keySpending: { note: () => undefined }, clock: systemClock },
    {
      requestId: 'req_1',
      startedAt: now,
      identity: {
        kind: 'token',
        client: 'cli',
        person: { ...testPerson, username, generation },
        groups: [],
        team: null,
      },
      endpoint: '/v1/chat/completions',
      tag: null,
      target: {
        provider: 'bedrock',
        modelId: 'us.anthropic.claude-test',
        model: createModel('anthropic.claude-test', 'anthropic', {}),
        price: { input: 3_000_000, output: 15_000_000 },
      },
      stream: true,
      reservation,
    },
  );
  const outcome = {
    status: 'ok',
    errorCode: null,
    usage: { ...noUsage, inputTokens: 10, outputTokens: 2 },
    usageEstimated: false,
    attempts: 1,
    // As many and as long names as a caller can have dropped.
    dropped: Array.from({ length: 50 }, (_, index) => `${index}`.padEnd(64, 'x')),
    upstreamRequestId: 'up',
  } as const;
  return { open, outcome, ledger, balances, reservation, lines, figures, told };
}

test('writes the row and settles the hold, once', async () => {
  const { open, outcome, ledger, balances, reservation, lines, figures } = await openCall();
  open.begun();
  await open.close(outcome);
  expect(await ledger.rowsOf(username, day)).toEqual([
    expect.objectContaining({ requestId: 'req_1', costNanoUsd: 60_000 }),
  ]);
  expect((await balances.settle(reservation, 60_000)).isSettled).toBe(false);
  expect(lines).toEqual([]);
  expect(figures.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({
      InputTokens: 10,
      OutputTokens: 2,
      CostUsd: 0.00006,
      TimeToFirstByte: expect.any(Number),
    }),
  ]);
  expect(figures.join()).not.toContain('LedgerPending');
});

test('a budget that the call brought to half is told, once', async () => {
  const { open, outcome, lines, told } = await openCall({ ...noLimits, day: 100_000, month: 1_000_000 });
  await open.close(outcome);
  await open.close(outcome);
  expect(told).toMatchObject([
    { event: 'budget_threshold', facts: { budget_of: 'person', period: 'day', percent: 50 } },
  ]);
  expect(lines.map((line) => JSON.parse(line).event)).toEqual(['budget_threshold']);
});

test('with DynamoDB down the whole row is in the log, and nothing is thrown at the caller', async () => {
  const { open, outcome, ledger, lines, figures } = await openCall();
  store.setFault(() => new AwsFault('InternalServerError', 'down', 500));
  await open.close(outcome);
  store.setFault(undefined);
  expect(figures.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ request_id: 'req_1', Errors: 0, LedgerPending: 1 }),
  ]);
  const [pending, settle] = lines.map((line) => JSON.parse(line));
  expect(pending).toMatchObject({ event: 'ledger_pending', request_id: 'req_1' });
  const row = JSON.parse(pending.row);
  expect(row).toMatchObject({ requestId: 'req_1', costNanoUsd: 60_000, dropped: outcome.dropped });
  expect(settle).toMatchObject({ event: 'settle_pending', request_id: 'req_1' });
  // What the line holds is enough to write the row later.
  await ledger.write(row);
  expect(await ledger.rowsOf(username, day)).toHaveLength(1);
});

test.for([
  ['before', 60_000],
  // As much as was held: it was sent, and what it came to stands only in the log.
  ['after', 100_000],
] as const)(
  'a call whose row is only in the log is paid by its team too, if it is imported %s the sweep',
  async ([when, spent]) => {
    const { open, outcome, ledger, lines } = await openCall(noLimits, {
      name: 'payers',
      generation: 1,
      limits: { total: 1_000_000 },
    });
    const throttled = new AwsFault('ThrottlingException', 'Rate exceeded');
    let settlements = 0;
    store.setFault((operation) => {
      if (operation === 'UpdateItem' && settlements++ === 0) return undefined;
      return throttled;
    });
    await open.close(outcome);
    store.setFault(undefined);
    const [pending, settle] = lines.map((line) => JSON.parse(line));
    expect([pending.event, settle.event]).toEqual(['ledger_pending', 'settle_pending']);

    const clock = { now: () => Date.now() + 2_000_000 };
    const later = createBalances({ ...store, clock, ledger, spentBefore: async () => nothingSpent });
    const replay = createReplay({ ledger, balances: later, clock });
    if (when === 'after') await later.sweep(username);
    await replay([pending.row]);
    const spentOf = async (pk: string) => {
      const item = await store.dynamo.getItem(store.table, { pk, sk: 'B' }, { consistent: true });
      return [item?.['t'], item?.['r']];
    };
    expect(await spentOf(`U#${username}`)).toEqual([{ s: spent }, {}]);
    expect(await spentOf('G#payers')).toEqual([{ s: spent, l: 1_000_000, a: 1_000_000 - spent }, {}]);
    const rows = await ledger.rowsOf(username, day);
    expect(rows.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0), 0)).toBe(60_000);
  },
);

test.for([
  ['text-delta', { type: 'text-delta', index: 0, text: '漢字漢字' }, 4],
  ['tool-call-delta', { type: 'tool-call-delta', index: 0, json: '"é"' }, 2],
  ['reasoning-delta', { type: 'reasoning-delta', index: 0, text: '🙂' }, 2],
] as const)('a broken answer is charged by the bytes of its %s, not by its letters', ([, event, tokens]) => {
  const meter = new Meter(4);
  meter.read([event]);
  expect(meter.estimate()).toEqual({ ...noUsage, inputTokens: 4, outputTokens: tokens });
});

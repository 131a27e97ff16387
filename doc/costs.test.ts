import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTemplate } from '../bin/template/read.ts';
import { at } from '../bin/template/tree.ts';
import { createBalances } from '../server/money/dynamo-balances.ts';
import { createLedger } from '../server/money/dynamo-ledger.ts';
import { exactly, reserveRequest } from '../server/money/test-requests.ts';
import { startTable, type TestTable } from '../server/money/test-table.ts';

// Every figure of costs.md once more: the arithmetic from its own rows, the units by doing to a table what a call does.

const root = path.dirname(import.meta.dirname);
const page = readFileSync(path.join(root, 'doc', 'costs.md'), 'utf8');
const numberOf = (text = '') => Number(text.replaceAll(',', '').replace('$', ''));

function tableAfter(mark: string): readonly (readonly string[])[] {
  const [, rest = ''] = page.split(`<!-- ${mark} -->\n`);
  const [table = ''] = rest.split('\n\n');
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1),
    );
}

interface Part {
  readonly name: string;
  readonly amount: number;
  readonly usd: number;
  readonly told: string;
}

function partsOf(mark: string): { readonly parts: readonly Part[]; readonly sum: number; readonly told: string } {
  const rows = tableAfter(mark);
  const parts = rows.slice(0, -1).map(([name = '', amountCell = '', price = '', told = '']) => {
    const amount = numberOf(amountCell.split(' ')[0]);
    const [usd, units] = price.split(' / ').map(numberOf);
    return { name, amount, usd: (amount * (usd ?? Number.NaN)) / (units ?? Number.NaN), told };
  });
  return { parts, sum: parts.reduce((sum, { usd }) => sum + usd, 0), told: rows.at(-1)?.at(-1) ?? '' };
}

const calls = partsOf('calls');
const month = partsOf('month');
const time = calls.parts.find(({ name }) => name.startsWith('Lambda, time'));
const smallSum = calls.sum - (time?.usd ?? Number.NaN) * (1 - 256 / 1024);

describe('costs.md', () => {
  it.each([calls, month])('multiplies and adds rightly', ({ parts, sum, told }) => {
    expect(parts.length).toBeGreaterThan(5);
    for (const part of parts) expect(part.told, part.name).toBe(part.usd.toFixed(6));
    expect(told).toBe(`**${sum.toFixed(6)}**`);
  });

  it('has the memory of the template, for the seconds it names', () => {
    const template = readTemplate(readFileSync(path.join(root, 'template.yaml'), 'utf8'));
    const memory = Number(at(template, 'Parameters', 'MemoryMegabytes', 'Default'));
    const [, seconds] = /whose model takes (\d+) s, with the default of ([\d,]+) MB/.exec(page) ?? [];
    expect(time?.amount).toBe(1_000 * Number(seconds) * (memory / 1024));
    expect(page).toContain(`<!-- small -->$${smallSum.toFixed(6)} for`);
  });

  it('compares by the two sums', () => {
    const rows = tableAfter('compared').map(([count, ...cells]) => [numberOf(count), ...cells.slice(0, 2)]);
    expect(rows).toEqual(
      [0, 1_000, 10_000, 100_000, 1_000_000, 10_000_000].map((count) => {
        return [count, ...[calls.sum, smallSum].map((sum) => `$${((sum * count) / 1_000).toFixed(2)}`)];
      }),
    );
    const thousands = [calls.sum, smallSum].map((sum) => Math.round(month.sum / sum).toLocaleString('en-US'));
    expect(page).toContain(`<!-- even -->${thousands[0]},000 calls a month with 1,024 MB and ${thousands[1]},000 with`);
    const [, milliseconds] = /took LiteLLM (\d+) ms/.exec(page) ?? [];
    expect(page).toContain(`<!-- full -->${Math.floor(1_000 / Number(milliseconds))} such streams`);
    const containers = tableAfter('compared').map((row) => row[3]);
    expect(new Set(containers.slice(0, -1))).toEqual(new Set([`$${month.sum.toFixed(2)}`]));
  });
});

describe('the units of a call', () => {
  let store: TestTable;
  beforeAll(async () => {
    store = await startTable();
  });
  afterAll(() => store.close());

  it('are what costs.md says', async () => {
    const time = Date.UTC(2026, 10, 21, 12);
    const username = '0b6c1f2e-7d3a-4c58-9a41-5d2f6e8b9c10';
    const balances = createBalances({
      ...store,
      clock: { now: () => time },
      ledger: createLedger(store),
      spentBefore: async () => ({ day: 0, month: 0, total: 0 }),
    });
    const generation = await balances.generationOf(username);
    const call = async (index: number) => {
      const requestId = `req_${String(index).padStart(32, '0')}`;
      const keyId = `key_${String(index % 5).padStart(12, 'k')}`;
      const estimate = exactly(12_345_678);
      const request = reserveRequest({ requestId, username, keyId, generation, estimate, now: time });
      const started = store.requests();
      const reservation = await balances.reserve(request);
      const requestsToReserve = store.requests() - started;
      if (reservation === 'stale') throw new Error('the generation was stale');
      const held = await store.writeUnits({ pk: `U#${username}`, sk: 'B' });
      const row = {
        requestId,
        time: time + index,
        username,
        keyId,
        team: 'platform',
        tag: null,
        endpoint: '/v1/chat/completions',
        model: 'claude-sonnet-4-5',
        target: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
        provider: 'bedrock',
        status: 'ok',
        errorCode: null,
        stream: true,
        durationMs: 5_000,
        attempts: 1,
        usage: {
          inputTokens: 1_000,
          cacheReadTokens: 900,
          cacheWrite5mTokens: 200,
          cacheWrite1hTokens: 0,
          outputTokens: 500,
          reasoningTokens: undefined,
          tier: 'default',
          raw: {
            inputTokens: 1_000,
            outputTokens: 500,
            totalTokens: 2_600,
            cacheReadInputTokens: 900,
            cacheWriteInputTokens: 200,
          },
        },
        estimatedNanoUsd: 12_345_678,
        costNanoUsd: 10_020_000,
        dropped: [],
        upstreamRequestId: 'd2d4c1f0-0000-4000-8000-000000000000',
        usageEstimated: false,
      } as const;
      await createLedger(store).write(row);
      const written = await store.writeUnits({
        pk: `L#${username}#2026-11-21`,
        sk: `${new Date(row.time).toISOString()}#${requestId}`,
      });
      const before = store.requests();
      await balances.settle(reservation, row.costNanoUsd);
      expect(store.requests() - before).toBe(1);
      const settled = await store.writeUnits({ pk: `U#${username}`, sk: 'B' });
      return { requestsToReserve, units: [held, written, settled] };
    };
    for (let index = 0; index < 4; index++) await call(index);
    // A fifth key, and a day that has begun: what every further call is like.
    const { requestsToReserve, units } = await call(4);
    expect(requestsToReserve).toBe(1);
    expect(units).toEqual([1, 1, 1]);
    const writes = calls.parts.find(({ name }) => name.startsWith('DynamoDB, writes'));
    expect(writes?.amount).toBe(1_000 * units.length);
  });
});

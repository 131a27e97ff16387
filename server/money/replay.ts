import * as z from 'zod/mini';
import type { ReplayedRow } from '../../shared/api/usage-books.ts';
import { dayOf, monthOf } from '../../shared/period.ts';
import type { Clock } from '../clock.ts';
import type { Balances } from './balance.ts';
import type { Ledger, LedgerRow } from './ledger.ts';

const count = z.number().check(z.int(), z.gte(0));
const name = z.string().check(z.regex(/^[\x21-\x7e]{1,512}$/));
/** Parts of keys of the table, where `#` divides. */
const keyPart = z.string().check(z.regex(/^[\x21-\x22\x24-\x7e]{1,128}$/));
const maybeName = z.nullable(name);

/** As `ledger_pending` has it: what was undefined in it is absent. */
const PendingRow = z.object({
  requestId: keyPart,
  time: count,
  username: keyPart,
  keyId: maybeName,
  team: z.nullable(z.string().check(z.maxLength(128))),
  endpoint: name,
  model: name,
  target: name,
  provider: name,
  status: z.enum(['ok', 'error', 'client_closed', 'upstream_truncated', 'deadline']),
  errorCode: maybeName,
  stream: z.boolean(),
  durationMs: count,
  attempts: count,
  usage: z.object({
    inputTokens: count,
    cacheReadTokens: count,
    cacheWrite5mTokens: count,
    cacheWrite1hTokens: count,
    outputTokens: count,
    reasoningTokens: z.optional(count),
    tier: z.optional(z.string()),
    raw: z.optional(z.unknown()),
  }),
  estimatedNanoUsd: z.nullable(count),
  costNanoUsd: z.nullable(count),
  dropped: z.array(z.string()),
  upstreamRequestId: z.nullable(z.string()),
  usageEstimated: z.boolean(),
});

/** Clocks may differ by so much. */
const futureMs = 60_000;

/** Imports rows that could not be written when their call ended, from the log, and settles what is still held for them. */
export function createReplay(options: {
  readonly ledger: Ledger;
  readonly balances: Pick<Balances, 'settle'>;
  readonly clock: Clock;
}): (rows: readonly string[]) => Promise<readonly ReplayedRow[]> {
  const { ledger, balances, clock } = options;
  const replay = async (text: string): Promise<ReplayedRow> => {
    const row = parseRow(text, clock.now());
    if (typeof row === 'string') return { request_id: null, result: 'refused', settled: false, reason: row };
    const isNew = await ledger.write(row);
    const { requestId, username, keyId, estimatedNanoUsd: estimateNanoUsd, time } = row;
    const hold = { requestId, username, keyId, estimateNanoUsd, day: dayOf(time), month: monthOf(time) };
    const settled = await balances.settle(hold, row.costNanoUsd);
    return { request_id: requestId, result: isNew ? 'imported' : 'known', settled, reason: null };
  };
  return async (rows) => {
    const results: ReplayedRow[] = [];
    for (const row of rows) results.push(await replay(row));
    return results;
  };
}

/** @returns why it is no row of ours, in words */
function parseRow(text: string, now: number): LedgerRow | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'it is not JSON: the line was cut, or is no `row` of a `ledger_pending` line';
  }
  const parsed = PendingRow.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `${issue?.path.map(String).join('.') || 'it'} is not as a ledger row has it`;
  }
  if (parsed.data.time > now + futureMs) return 'its time is still to come';
  const { usage, ...row } = parsed.data;
  return { ...row, usage: { raw: undefined, reasoningTokens: undefined, tier: undefined, ...usage } };
}

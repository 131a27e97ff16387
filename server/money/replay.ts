import * as z from 'zod/mini';
import { tagPattern } from '../../shared/api/usage.ts';
import type { ReplayedRow } from '../../shared/api/usage-books.ts';
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
  /** Absent in lines of a Pennyworth that knew no tags. */
  tag: z._default(z.nullable(z.string().check(z.regex(tagPattern))), null),
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

/**
 * Imports rows that could not be written when their call ended, from the log. Where the sweep has meanwhile written of a
 * call that it was abandoned, the difference is booked. Holds whose time is over are settled then, by the rows.
 */
export function createReplay(options: {
  readonly ledger: Ledger;
  readonly balances: Pick<Balances, 'sweep'>;
  readonly clock: Clock;
}): (rows: readonly string[]) => Promise<readonly ReplayedRow[]> {
  const { ledger, balances, clock } = options;
  const write = async (row: LedgerRow): Promise<ReplayedRow['result']> => {
    const standing = await ledger.write(row);
    if (standing === row) return 'imported';
    if (standing.status !== 'abandoned') return 'known';
    const correction = correctionOf(standing, row);
    return (await ledger.write(correction)) === correction ? 'corrected' : 'known';
  };
  return async (rows) => {
    const results: ReplayedRow[] = [];
    const usernames = new Set<string>();
    for (const text of rows) {
      const row = parseRow(text, clock.now());
      if (typeof row === 'string') {
        results.push({ request_id: null, result: 'refused', reason: row });
        continue;
      }
      usernames.add(row.username);
      results.push({ request_id: row.requestId, result: await write(row), reason: null });
    }
    for (const username of usernames) await balances.sweep(username);
    return results;
  };
}

/** What the call came to beyond what was held for it. That it was a call says the row that stands. */
function correctionOf(abandoned: LedgerRow, row: LedgerRow): LedgerRow {
  return {
    ...row,
    requestId: `late_${row.requestId}`,
    status: 'correction',
    costNanoUsd: (row.costNanoUsd ?? 0) - (abandoned.costNanoUsd ?? 0),
    unpricedChange: Number(row.costNanoUsd === null) - Number(abandoned.costNanoUsd === null),
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

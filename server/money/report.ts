import type {
  GroupBy,
  UsageCall,
  UsageCallList,
  UsageCallsQuery,
  UsageQuery,
  UsageReport,
  UsageRow,
} from '../../shared/api/usage.ts';
import { formatUsd } from '../../shared/money.ts';
import { countDays, type DayRange, dayOf, daysOf, monthOf, parseMonth } from '../../shared/period.ts';
import type { Clock } from '../clock.ts';
import { invalidRequest } from '../errors.ts';
import type { Ledger, LedgerRow } from './ledger.ts';
import { ledgerOrder } from './ledger-row.ts';

const longestRangeDays = 400;
const daysAtOnce = 8;
const defaultPageSize = 100;

export interface Reports {
  /** One person's usage over whole UTC days. @throws GatewayError 400 naming the field. */
  usage(username: string, query: UsageQuery): Promise<UsageReport>;
  /** One person's calls, newest first. @throws GatewayError 400 naming the field. */
  calls(username: string, query: UsageCallsQuery): Promise<UsageCallList>;
}

export function createReports(options: {
  readonly ledger: Ledger;
  /** The day the catalogue's prices were read, `YYYY-MM-DD`. */
  readonly pricesAsOf: string;
  readonly clock: Clock;
}): Reports {
  const { ledger, pricesAsOf, clock } = options;
  return {
    async usage(username, query) {
      const range = rangeOf(query, clock.now());
      const groupBy = query.group_by ?? 'model';
      const groups = new Map<string | null, Sum>();
      const total = emptySum();
      for (const rows of await readDays(ledger, username, daysWithRows(range, clock.now()))) {
        for (const row of rows.filter((candidate) => matches(candidate, query))) {
          const group = groupOf(row, groupBy);
          const sum = groups.get(group) ?? emptySum();
          groups.set(group, sum);
          add(sum, row);
          add(total, row);
        }
      }
      return {
        ...range,
        group_by: groupBy,
        currency: 'USD',
        rows: [...groups].map(([group, sum]) => ({ group, ...figuresOf(sum) })).toSorted(byCostThenName),
        total: figuresOf(total),
        unpriced_requests: total.unpriced,
        prices_as_of: pricesAsOf,
      };
    },
    async calls(username, query) {
      const range = rangeOf(query, clock.now());
      const before = query.cursor === undefined ? undefined : decodeCursor(query.cursor, range);
      const limit = query.limit ?? defaultPageSize;
      const to = before === undefined ? range.to : before.slice(0, 10);
      const days = daysWithRows({ from: range.from, to }, clock.now()).toReversed();
      const found: LedgerRow[] = [];
      // One row more than asked for tells whether there is a next page.
      for (let start = 0; start < days.length && found.length <= limit; start += daysAtOnce) {
        for (const rows of await readDays(ledger, username, days.slice(start, start + daysAtOnce))) {
          const older = rows.filter((row) => before === undefined || ledgerOrder(row) < before);
          found.push(...older.filter((row) => matches(row, query)).toReversed());
        }
      }
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return { data: page.map(callOf), next: last && found.length > limit ? encodeCursor(last) : null };
    },
  };
}

/** The current UTC month where nothing is asked; `from` alone of `to` is the first of that month. */
function rangeOf(query: { from?: string | undefined; to?: string | undefined }, now: number): DayRange {
  const month = parseMonth(query.to?.slice(0, 7) ?? monthOf(now));
  const from = query.from ?? month?.from;
  const to = query.to ?? month?.to;
  if (from === undefined || to === undefined) throw invalidRequest('`to` is a day between 2000 and 2099.', 'to');
  const days = countDays({ from, to });
  if (days < 1) throw invalidRequest(`\`from\` (${from}) is after \`to\` (${to}).`, 'from');
  if (days > longestRangeDays) {
    throw invalidRequest(
      `A report covers at most ${longestRangeDays} days, not ${days}. Set a later \`from\`.`,
      'from',
    );
  }
  return { from, to };
}

/** Nothing was called on a day that has not begun. */
function daysWithRows({ from, to }: DayRange, now: number): readonly string[] {
  const today = dayOf(now);
  return daysOf({ from, to: to < today ? to : today });
}

/** In the order of `days`. */
async function readDays(
  ledger: Ledger,
  username: string,
  days: readonly string[],
): Promise<readonly (readonly LedgerRow[])[]> {
  const read: (readonly LedgerRow[])[] = [];
  for (let start = 0; start < days.length; start += daysAtOnce) {
    const batch = days.slice(start, start + daysAtOnce).map((day) => ledger.rowsOf(username, day));
    read.push(...(await Promise.all(batch)));
  }
  return read;
}

function matches(row: LedgerRow, query: { key_id?: string | undefined; model?: string | undefined }): boolean {
  if (query.key_id !== undefined && row.keyId !== query.key_id) return false;
  return query.model === undefined || row.model === query.model;
}

function groupOf(row: LedgerRow, groupBy: GroupBy): string | null {
  const groups: Readonly<Record<GroupBy, string | null>> = {
    day: dayOf(row.time),
    month: monthOf(row.time),
    model: row.model,
    key: row.keyId,
    user: row.username,
    team: row.team,
    endpoint: row.endpoint,
    provider: row.provider,
  };
  return groups[groupBy];
}

interface Sum {
  requests: number;
  errors: number;
  inputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  outputTokens: number;
  reasoningTokens: number;
  costNanoUsd: number;
  unpriced: number;
}

function emptySum(): Sum {
  return {
    requests: 0,
    errors: 0,
    inputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    costNanoUsd: 0,
    unpriced: 0,
  };
}

function add(sum: Sum, { status, usage, costNanoUsd }: LedgerRow): void {
  sum.requests++;
  // A caller who left was served all the same.
  if (status !== 'ok' && status !== 'client_closed') sum.errors++;
  sum.inputTokens += usage.inputTokens;
  sum.cacheReadTokens += usage.cacheReadTokens;
  sum.cacheWriteTokens += usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  sum.outputTokens += usage.outputTokens;
  sum.reasoningTokens += usage.reasoningTokens ?? 0;
  if (costNanoUsd === null) sum.unpriced++;
  else sum.costNanoUsd += costNanoUsd;
}

/** The cost is unknown where there were calls and none of them had a price; no calls have cost nothing. */
function figuresOf(sum: Sum): UsageReport['total'] {
  const costNanoUsd = sum.requests > 0 && sum.unpriced === sum.requests ? null : sum.costNanoUsd;
  return {
    requests: sum.requests,
    errors: sum.errors,
    input_tokens: sum.inputTokens,
    cache_read_tokens: sum.cacheReadTokens,
    cache_write_tokens: sum.cacheWriteTokens,
    output_tokens: sum.outputTokens,
    reasoning_tokens: sum.reasoningTokens,
    ...costFields(costNanoUsd),
  };
}

function costFields(costNanoUsd: number | null): { cost_nano_usd: number | null; cost_usd: string | null } {
  return { cost_nano_usd: costNanoUsd, cost_usd: costNanoUsd === null ? null : formatUsd(costNanoUsd) };
}

/** Dearest first, unknown costs last; then by name, with what has none (calls without a key) last. */
function byCostThenName(a: UsageRow, b: UsageRow): number {
  const byCost = (b.cost_nano_usd ?? -1) - (a.cost_nano_usd ?? -1);
  if (byCost !== 0) return byCost;
  if (a.group === null || b.group === null) return Number(a.group === null) - Number(b.group === null);
  return a.group < b.group ? -1 : 1;
}

function callOf(row: LedgerRow): UsageCall {
  return {
    request_id: row.requestId,
    time: new Date(row.time).toISOString(),
    user_id: row.username,
    key_id: row.keyId,
    team: row.team,
    endpoint: row.endpoint,
    model: row.model,
    provider: row.provider,
    status: row.status,
    stream: row.stream,
    duration_ms: row.durationMs,
    attempts: row.attempts,
    input_tokens: row.usage.inputTokens,
    cache_read_tokens: row.usage.cacheReadTokens,
    cache_write_tokens: row.usage.cacheWrite5mTokens + row.usage.cacheWrite1hTokens,
    output_tokens: row.usage.outputTokens,
    reasoning_tokens: row.usage.reasoningTokens ?? 0,
    ...costFields(row.costNanoUsd),
    dropped: [...row.dropped],
  };
}

/** A cursor is the place of the last row that was shown. */
function encodeCursor(row: LedgerRow): string {
  return Buffer.from(ledgerOrder(row)).toString('base64url');
}

function decodeCursor(cursor: string, range: DayRange): string {
  const place = Buffer.from(cursor, 'base64url').toString();
  const isPlace = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[\x21-\x7e]+$/.test(place);
  const day = place.slice(0, 10);
  if (!isPlace || day < range.from || day > range.to) {
    throw invalidRequest(
      'The cursor is none of this list. Send `next` of the page before, with the same query.',
      'cursor',
    );
  }
  return place;
}

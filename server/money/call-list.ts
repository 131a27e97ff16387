import { otherTags, type UsageCall, type UsageCallList, type UsageCallsQuery } from '../../shared/api/usage.ts';
import type { DayRange } from '../../shared/period.ts';
import type { DynamoClient } from '../aws/dynamodb.ts';
import type { Clock } from '../clock.ts';
import { invalidRequest } from '../errors.ts';
import type { Books, Closing } from './closing.ts';
import type { Scope } from './condensed.ts';
import type { LedgerRow } from './ledger.ts';
import { ledgerOrder } from './ledger-row.ts';
import { newestRows } from './newest-rows.ts';
import { openSegments } from './open-days.ts';
import type { CellNames } from './report-cells.ts';
import { rangeOf } from './report-range.ts';
import { costFields, isAsked } from './usage-figures.ts';

const defaultPageSize = 100;

export interface CallList {
  /** Single calls, newest first. @throws GatewayError 400 naming the field; 503 `days_open` */
  calls(scope: Scope, query: UsageCallsQuery): Promise<UsageCallList>;
}

export function createCallList(options: {
  readonly dynamo: DynamoClient;
  readonly table: string;
  readonly books: Books;
  readonly closing: Closing;
  readonly clock: Clock;
}): CallList {
  const { dynamo, table, books, closing, clock } = options;

  /** Who called on which day, the newest day first; a day on which nobody called is not read. */
  async function* activeDays(scope: Scope, query: UsageCallsQuery, range: DayRange): AsyncGenerator<ActiveDay> {
    const through = await closing.closeDue();
    const open: Call[] = [];
    for await (const some of openSegments(books.segments, scope, range, through, clock.now())) open.push(...some);
    const months = new Set([...(await books.condensed.months(range)), ...open.map(({ day }) => day.slice(0, 7))]);
    for (const month of [...months].toSorted().toReversed()) {
      const kind = query.tag === undefined ? 'cells' : 'tagged';
      const days = await books.condensed.month(scope, month, range, { through, kind });
      const closed = days.flatMap(({ day, cells }) =>
        cells.filter((cell) => mayHoldAsked(cell, query)).map(({ username }) => ({ day, username })),
      );
      yield* newestDays([...closed, ...open.filter(({ day }) => day.startsWith(month))]);
    }
  }

  return {
    async calls(scope, query) {
      const range = rangeOf(query, clock.now());
      const before = query.cursor === undefined ? undefined : decodeCursor(query.cursor, range);
      const limit = query.limit ?? defaultPageSize;
      const to = before === undefined ? range.to : before.slice(0, 10);
      const found: LedgerRow[] = [];
      for await (const [day, usernames] of activeDays(scope, query, { from: range.from, to })) {
        // One row more than asked for tells whether there is a next page.
        const wanted = { day, usernames, before, limit: limit + 1 - found.length };
        found.push(...(await newestRows(dynamo, table, { ...wanted, isAsked: (row) => isAsked(row, query) })));
        if (found.length > limit) break;
      }
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return { data: page.map(callOf), next: last && found.length > limit ? encodeCursor(last) : null };
    },
  };
}

type Call = Pick<LedgerRow, 'username'> & { readonly day: string };
type ActiveDay = readonly [day: string, usernames: readonly string[]];

/** A tag that is not told apart on that day may be among the others. */
function mayHoldAsked(cell: CellNames, query: UsageCallsQuery): boolean {
  return isAsked(cell, query) || (cell.tag === otherTags && isAsked(cell, { ...query, tag: otherTags }));
}

function newestDays(calls: readonly Call[]): readonly ActiveDay[] {
  const days = new Map<string, Set<string>>();
  for (const { day, username } of calls) days.set(day, (days.get(day) ?? new Set()).add(username));
  const newestFirst = [...days].toSorted(([a], [b]) => (a < b ? 1 : -1));
  return newestFirst.map(([day, usernames]) => [day, [...usernames]]);
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
    tag: row.tag,
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
      'cursor: is none of this list; send `next` of the page before, with the same query.',
      'cursor',
    );
  }
  return place;
}

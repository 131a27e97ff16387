import type { AuditEvent, AuditList, AuditQuery } from '../../shared/api/audit.ts';
import { monthOf } from '../../shared/period.ts';
import { authorize, getTokenIdentity } from '../auth/authorize.ts';
import type { Identity } from '../auth/identity.ts';
import { AwsError } from '../aws/aws-error.ts';
import type { DynamoClient, Item, Key } from '../aws/dynamodb.ts';
import type { Clock } from '../clock.ts';
import { invalidRequest, unavailable } from '../errors.ts';
import { auditPartition } from './audit-row.ts';
import { readRow } from './read-row.ts';

const defaultPageSize = 100;
/** How many rows one request looks at, however few of them match. */
const mostRows = 5_000;
const rowsAtOnce = 500;
/** Ten years of empty months, some milliseconds each. */
const mostQueries = 120;
/** No row comes to be seen later than this after its time: the longest that writing one may take. */
export const settledAfterMs = 10_000;
const dayMs = 86_400_000;

export interface AuditReader {
  /**
   * Newest first, or oldest first while following. Admins and auditors see everything, anybody else what they did and
   * what was done to them. A page may be shorter than `limit`, even empty, and have a `next`: then the request had
   * looked at as much as one may.
   * @throws GatewayError 400 naming the field, 403 `insufficient_scope`, `mfa_required`, 503 `budget_unavailable`
   */
  list(identity: Identity, query: AuditQuery): Promise<AuditList>;
}

/** Places are sort keys or what comes before all of a time: `<ISO time>` or `<ISO time>#<id>`. The end is exclusive. */
interface Stretch {
  readonly from: string;
  readonly to: string;
  readonly descending: boolean;
}

interface Trail {
  readonly dynamo: Pick<DynamoClient, 'query'>;
  readonly table: string;
  readonly clock: Clock;
}

export function createAuditReader(trail: Trail): AuditReader {
  return {
    async list(identity, query) {
      const seesAll = seesEverything(identity);
      const show = showTo(identity.person.username, seesAll);
      const isNarrow = !seesAll || [query.actor, query.action, query.target].some((filter) => filter !== undefined);
      const { limit = defaultPageSize } = query;
      const now = trail.clock.now();
      const stretch = query.follow === 'true' ? stretchToFollow(query, now) : stretchOf(query, now);
      const choose = (event: AuditEvent) => (matches(event, query) ? show(event) : undefined);
      return collect(walk(trail, stretch, isNarrow ? rowsAtOnce : limit + 1), stretch, limit, choose);
    },
  };
}

/** One page, and where the next begins. */
async function collect(
  batches: ReturnType<typeof walk>,
  { from, to, descending }: Stretch,
  limit: number,
  choose: (event: AuditEvent) => AuditEvent | undefined,
): Promise<AuditList> {
  const data: AuditEvent[] = [];
  let examined = descending ? to : from;
  let lastPlace = examined;
  for await (const { items, place } of batches) {
    for (const item of items) {
      const event = choose(readRow(item));
      if (!event) continue;
      // One more than asked for tells that there is a next page.
      if (data.length === limit) return { data, next: encodeCursor(lastPlace) };
      data.push(event);
      lastPlace = String(item['sk']);
    }
    examined = place;
  }
  return { data, next: descending && examined <= from ? null : encodeCursor(examined) };
}

/**
 * What of an event somebody gets to see, if anything. From where another person did it is not told; nor, of what they did
 * themselves, whose it was: who has revoked a key that they found does not learn by that whose it is, or what it could.
 */
function showTo(username: string, seesAll: boolean): (event: AuditEvent) => AuditEvent | undefined {
  return (event) => {
    const { actor, user_id: owner } = event;
    if (seesAll || (actor === username && (owner === username || owner === null))) return event;
    if (actor === username) return { ...event, user_id: null, before: null, after: null };
    return owner === username ? { ...event, source_ip: null } : undefined;
  };
}

/** An administrator without a second factor is told so: a list that lacks rows must not look like the whole. */
function seesEverything(identity: Identity): boolean {
  const { groups } = getTokenIdentity(identity);
  if (!groups.includes('admin') && !groups.includes('auditor')) return false;
  authorize(identity, 'auditor');
  return true;
}

function matches(event: AuditEvent, { actor, action, target }: AuditQuery): boolean {
  if (actor !== undefined && event.actor !== actor && event.actor_key !== actor) return false;
  if (action !== undefined && event.action !== action && !event.action.startsWith(`${action}.`)) return false;
  return target === undefined || event.target === target;
}

/**
 * Month by month, until the stretch or what one request may do is at its end. `place` is how far it has come: everything
 * on this side of it was looked at.
 */
async function* walk(
  { dynamo, table }: Trail,
  stretch: Stretch,
  atOnce: number,
): AsyncGenerator<{ readonly items: readonly Item[]; readonly place: string }> {
  const { from, to, descending } = stretch;
  let rows = 0;
  let queries = 0;
  for (const { month, end } of monthsOf(stretch)) {
    let startAfter: Key | undefined;
    do {
      const range = { pk: auditPartition(month), skBetween: [from, to], descending, limit: atOnce } as const;
      const { items, last } = await orUnavailable(dynamo.query(table, { ...range, ...(startAfter && { startAfter }) }));
      // The place that a cursor names was looked at by the page before.
      yield { items: items.filter(({ sk }) => sk !== from && sk !== to), place: last?.sk ?? end };
      rows += items.length;
      queries++;
      if (rows >= mostRows || queries >= mostQueries) return;
      startAfter = last;
    } while (startAfter);
  }
}

/** The months of a stretch in its order, and the place where each is left. */
function* monthsOf({ from, to, descending }: Stretch): Generator<{ readonly month: string; readonly end: string }> {
  const [first, last] = descending ? [to, from] : [from, to];
  let month = first.slice(0, 7);
  while (from < to) {
    const end = startOf(descending ? month : monthAfter(month));
    const isLast = descending ? end <= last : end >= last;
    yield { month, end: isLast ? last : end };
    if (isLast) return;
    month = descending ? monthBefore(month) : monthAfter(month);
  }
}

function startOf(month: string): string {
  return `${month}-01T00:00:00.000Z`;
}

function monthBefore(month: string): string {
  return monthOf(Date.parse(startOf(month)) - dayMs);
}

function monthAfter(month: string): string {
  return monthOf(Date.parse(startOf(month)) + 31 * dayMs);
}

async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const message = 'The trail does not answer at the moment. Send the request again.';
    throw unavailable('budget_unavailable', message, 2, error);
  }
}

/** The current UTC month where nothing is asked; `from` alone of `to` is the first of that month. */
function stretchOf(query: AuditQuery, now: number): Stretch {
  const asked = query.to === undefined ? undefined : endOf(query.to);
  const from = Date.parse(query.from ?? startOf(monthOf(asked === undefined ? now : asked - 1)));
  if (asked !== undefined && from >= asked) {
    throw invalidRequest('from: is not before `to`; ask for an earlier moment.', 'from');
  }
  // Nothing happened later than now; a day more than that costs nothing, and clocks differ.
  const end = isoOf(Math.min(asked ?? Number.POSITIVE_INFINITY, now + dayMs));
  const cursor = query.cursor === undefined ? end : decodeCursor(query.cursor);
  return { from: isoOf(from), to: cursor < end ? cursor : end, descending: true };
}

/** From a moment on, up to where nothing can come before what is there any more. */
function stretchToFollow(query: AuditQuery, now: number): Stretch {
  if (query.to !== undefined) throw invalidRequest('to: what is followed has no end; leave it out.', 'to');
  const cursor = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
  const from = cursor ?? isoOf(query.from === undefined ? now : Date.parse(query.from));
  return { from, to: isoOf(now - settledAfterMs), descending: false };
}

/** The first moment after it: a day counts whole. */
function endOf(when: string): number {
  return Date.parse(when) + (when.length === 'YYYY-MM-DD'.length ? dayMs : 0);
}

function isoOf(time: number): string {
  return new Date(time).toISOString();
}

function encodeCursor(place: string): string {
  return Buffer.from(place).toString('base64url');
}

function decodeCursor(cursor: string): string {
  const place = Buffer.from(cursor, 'base64url').toString();
  if (
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z(?:#[\w-]+)?$/.test(place) &&
    !Number.isNaN(Date.parse(place.slice(0, 24)))
  ) {
    return place;
  }
  throw invalidRequest('cursor: is none of this list. Send `next` of the page before, with the same query.', 'cursor');
}

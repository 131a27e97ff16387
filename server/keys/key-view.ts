import type { Key, KeyList, ListKeysQuery } from '../../shared/api/keys.ts';
import { invalidRequest } from '../errors.ts';
import type { Person } from '../people/person.ts';
import type { StoredKey } from './stored-key.ts';

/** Key id → ms since the epoch. */
export type LastUse = ReadonlyMap<string, number>;

export function isExpired(key: StoredKey, now: number): boolean {
  return key.e !== 0 && now >= key.e * 1000;
}

/** A stored key as callers see it. */
export function toKey(person: Person, key: StoredKey, lastUse: LastUse, now: number): Key {
  const lastUsedAt = lastUse.get(key.id);
  return {
    id: key.id,
    name: key.n,
    last4: key.l,
    status: key.s === 'r' ? 'revoked' : isExpired(key, now) ? 'expired' : 'active',
    user_id: person.username,
    email: person.email,
    team: key.t ?? null,
    scopes: key.sc,
    models: key.m,
    budgets: [],
    rpm: null,
    tpm: null,
    concurrency: null,
    created_at: isoTime(key.c * 1000),
    expires_at: key.e === 0 ? null : isoTime(key.e * 1000),
    last_used_at: lastUsedAt === undefined ? null : isoTime(lastUsedAt),
  };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

const defaultPage = 100;

/** One page, newest first. The cursor tells where the page before it ended. @throws GatewayError 400 `cursor` */
export function toPage(keys: readonly Key[], { status, limit = defaultPage, cursor }: ListKeysQuery): KeyList {
  const end = cursor === undefined ? undefined : decodeCursor(cursor);
  const rest = keys
    .filter((key) => (status === undefined || key.status === status) && (end === undefined || placeOf(key) < end))
    .sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1));
  const data = rest.slice(0, limit);
  const last = data.at(-1);
  return { data, next: last && rest.length > limit ? Buffer.from(placeOf(last)).toString('base64url') : null };
}

/** Keys made in the same second still have one order. */
function placeOf(key: Key): string {
  return `${key.created_at} ${key.id}`;
}

function decodeCursor(cursor: string): string {
  const place = Buffer.from(cursor, 'base64url').toString();
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z key_\w+$/.test(place)) return place;
  throw invalidRequest('cursor: is not one that this list gave; start again without it.', 'cursor');
}

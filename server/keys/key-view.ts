import type { Key, KeyList, ListKeysQuery } from '../../shared/api/keys.ts';
import { payingTeamOfKey, type TeamMember } from '../auth/teams.ts';
import { type GatewayError, invalidRequest } from '../errors.ts';
import { type BalanceView, nothingSpent } from '../money/balance.ts';
import { budgetIdOf } from '../money/identity-limits.ts';
import { showBudgets, showLimits, showRates } from '../money/limit-settings.ts';
import { fromStoredLimits } from '../money/limits.ts';
import type { Person } from '../people/person.ts';
import type { StoredKey } from './stored-key.ts';

export function isExpired(key: StoredKey, now: number): boolean {
  return key.e !== 0 && now >= key.e * 1000;
}

export function statusOf(key: StoredKey, now: number): Key['status'] {
  if (key.s === 'r') return 'revoked';
  return isExpired(key, now) ? 'expired' : 'active';
}

/** Whose a key is, for those who see it. */
export type KeyOwner = Pick<Person, 'username' | 'email'>;

/** A stored key as callers see it, with the team that pays now. */
export function toKey(owner: KeyOwner & TeamMember, key: StoredKey, balance: BalanceView, now: number): Key {
  const lastUsedAt = balance.lastUsed.get(key.id);
  const limits = fromStoredLimits(key.b);
  return {
    ...describeKey(owner, key, now),
    team: payingTeamOfKey(owner, key),
    budgets: showBudgets(limits, balance.keys.get(budgetIdOf(key)) ?? nothingSpent, now),
    ...showRates(limits),
    last_used_at: lastUsedAt === undefined ? null : isoTime(lastUsedAt),
  };
}

/** What stands in the slot, in words; `team` only if it names one. */
export function describeKey(owner: KeyOwner, key: StoredKey, now: number) {
  return {
    id: key.id,
    name: key.n,
    last4: key.l,
    status: statusOf(key, now),
    user_id: owner.username,
    email: owner.email,
    team: key.t ?? null,
    scopes: key.sc,
    models: key.m,
    mcp_tools: key.mt ?? ['*'],
    created_at: isoTime(key.c * 1000),
    expires_at: expiryTime(key),
  };
}

/** What the trail keeps of a key. */
export function toAuditState(key: StoredKey) {
  return {
    name: key.n,
    status: key.s === 'r' ? 'revoked' : 'active',
    team: key.t ?? null,
    scopes: key.sc,
    models: key.m,
    ...(key.mt && { mcp_tools: key.mt }),
    ...(key.b && showLimits(fromStoredLimits(key.b))),
    expires_at: expiryTime(key),
  };
}

function expiryTime({ e }: StoredKey): string | null {
  return e === 0 ? null : isoTime(e * 1000);
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
  throw wrongCursor();
}

export function wrongCursor(): GatewayError {
  return invalidRequest('cursor: is not one that this list gave; start again without it.', 'cursor');
}

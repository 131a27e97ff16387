import { randomInt } from 'node:crypto';
import type { CreateKey } from '../../shared/api/keys.ts';
import { encodeBase62, slotCount } from '../../shared/api-key.ts';
import type { TokenIdentity } from '../auth/identity.ts';
import { teamsOf } from '../auth/teams.ts';
import { forbidden, GatewayError, invalidRequest } from '../errors.ts';
import type { Person } from '../people/person.ts';
import type { KeyFormat } from './key-format.ts';
import { isExpired } from './key-view.ts';
import type { StoredKey } from './stored-key.ts';

const secondMs = 1_000;
const hourMs = 3_600 * secondMs;
const dayMs = 24 * hourMs;
const defaultLifeMs = 90 * dayMs;
const longestLifeMs = 3_650 * dayMs;
/** What a time that the caller worked out may be short of an hour when it arrives. */
const toleranceMs = 60 * secondMs;
/** Cognito's limit for one custom attribute. */
const longestValueBytes = 2_048;

/** What a caller asked for, with every rule but those about their slots applied. */
export interface KeyRequest extends Pick<StoredKey, 'n' | 'c' | 'e' | 'sc' | 'm'> {
  readonly team: string | null;
}

/** @throws GatewayError 400 naming the field, 403 for a team the caller is not in */
export function parseKeyRequest(input: CreateKey, identity: TokenIdentity, now: number): KeyRequest {
  refuseLimits(input);
  return {
    n: input.name,
    c: Math.floor(now / secondMs),
    e: expiryOf(input, now),
    sc: input.scopes ? [...new Set(input.scopes)] : ['inference', 'mcp'],
    m: input.models ?? ['*'],
    team: teamOf(input, identity),
  };
}

/** A limit that nobody holds a key to would be a false promise. */
function refuseLimits(input: CreateKey): void {
  for (const field of ['budgets', 'rpm', 'tpm', 'concurrency'] as const) {
    const value = input[field];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    throw invalidRequest(`${field}: limits of a key are not enforced yet; leave it out.`, field, 'not_available_yet');
  }
}

/** Seconds since the epoch; 0 = never. */
function expiryOf({ expires_in, expires_at }: CreateKey, now: number): number {
  if (expires_in !== undefined && expires_at !== undefined) {
    throw invalidRequest('expires_at: give either expires_in or expires_at, not both.', 'expires_at');
  }
  if (expires_in === 'never') return 0;
  const field = expires_at === undefined ? 'expires_in' : 'expires_at';
  const lifeMs = expires_at === undefined ? parseLife(expires_in) : Date.parse(expires_at) - now;
  if (lifeMs < hourMs - toleranceMs || lifeMs > longestLifeMs) {
    throw invalidRequest(`${field}: a key lives between 1h and 3650d, or "never" by expires_in.`, field);
  }
  return Math.floor((now + lifeMs) / secondMs);
}

/** `12h`, `90d`; the schema has checked the form. */
function parseLife(text: string | undefined): number {
  if (text === undefined) return defaultLifeMs;
  return Number(text.slice(0, -1)) * (text.endsWith('h') ? hourMs : dayMs);
}

function teamOf({ team }: CreateKey, { groups, team: payingTeam }: TokenIdentity): string | null {
  if (team === undefined) return payingTeam;
  if (teamsOf(groups).includes(team)) return team;
  throw forbidden('forbidden', 'team: you are not in this team. Name one of yours, or leave it out.');
}

/** A new key and the slot it goes to. `text` is the plaintext. */
export interface PlannedKey {
  readonly slot: number;
  readonly key: StoredKey;
  readonly text: string;
}

/** @throws GatewayError 409 `key_limit`, 400 when the person or the patterns do not fit */
export function planNewKey(person: Person, request: KeyRequest, format: KeyFormat, now: number): PlannedKey {
  const slot = findSlot(person, now);
  if (slot === undefined) {
    throw new GatewayError({
      status: 409,
      type: 'conflict_error',
      code: 'key_limit',
      message: `All ${slotCount} keys of this person are active. Revoke one with \`pennyworth keys revoke <id>\`.`,
    });
  }
  const minted = format.mint(person.username, slot);
  if (!minted) throw invalidRequest('Only a person whose username is a UUID can have keys. Ask an administrator.');
  const { team, ...asked } = request;
  const key: StoredKey = {
    v: 1,
    id: `key_${encodeBase62(randomId(), idDigits)}`,
    h: minted.digest,
    p: format.pepperId,
    l: minted.last4,
    s: 'a',
    ...asked,
    ...(team === null ? {} : { t: team }),
    g: person.generation,
  };
  if (Buffer.byteLength(JSON.stringify(key)) > longestValueBytes) {
    throw invalidRequest('models: the patterns are too long together; name fewer, or use "*".', 'models');
  }
  return { slot, key, text: minted.text };
}

const idDigits = 12;

function randomId(): bigint {
  let id = 0n;
  for (let digit = 0; digit < idDigits; digit++) id = id * 62n + BigInt(randomInt(62));
  return id;
}

/** The first free slot, else that of the oldest key that works no more. */
function findSlot(person: Person, now: number): number | undefined {
  for (let slot = 1; slot <= slotCount; slot++) {
    if (!person.keys.has(slot) && !person.unreadableSlots.has(slot)) return slot;
  }
  const spent = [...person.keys].filter(([, key]) => key.s === 'r' || isExpired(key, now));
  return spent.sort(([, a], [, b]) => a.c - b.c)[0]?.[0];
}

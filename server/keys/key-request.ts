import type { CreateKey } from '../../shared/api/keys.ts';
import { isModelAllowed } from '../auth/authorize.ts';
import { forbidden, invalidRequest } from '../errors.ts';
import { planLimits } from '../money/limit-settings.ts';
import { noLimits, toStoredLimits } from '../money/limits.ts';
import type { Person } from '../people/person.ts';
import type { StoredKey } from './stored-key.ts';

const secondMs = 1_000;
const hourMs = 3_600 * secondMs;
const dayMs = 24 * hourMs;
const defaultLifeMs = 90 * dayMs;
export const longestLifeMs = 3_650 * dayMs;
/** By how much a time that another clock has told may be off. */
export const toleranceMs = 60 * secondMs;

/** What a caller asked for, with every rule but those about its owner applied. */
export interface KeyRequest extends Pick<StoredKey, 'n' | 'c' | 'e' | 'sc' | 'm' | 'mt' | 'b'> {
  /** undefined: whichever pays for its owner, at each call. */
  readonly team: string | undefined;
}

/** @throws GatewayError 400 naming the field */
export function parseKeyRequest(input: CreateKey, now: number): KeyRequest {
  const b = toStoredLimits(planLimits(input, noLimits));
  return {
    n: input.name,
    c: Math.floor(now / secondMs),
    e: expiryOf(input, now) ?? Math.floor((now + defaultLifeMs) / secondMs),
    sc: input.scopes ? [...new Set(input.scopes)] : ['inference', 'mcp'],
    m: input.models ?? ['*'],
    ...toStoredMcpTools(input.mcp_tools),
    team: input.team,
    ...(b && { b }),
  };
}

/** All tools is what a slot means that says nothing of them: keys made before there were any are such. */
export function toStoredMcpTools(patterns: readonly string[] = ['*']): Pick<StoredKey, 'mt'> {
  return patterns.includes('*') ? {} : { mt: [...patterns] };
}

/**
 * Seconds since the epoch; 0 = never; undefined = nothing was said.
 * @throws GatewayError 400 naming the field
 */
export function expiryOf(
  { expires_in, expires_at }: Pick<CreateKey, 'expires_in' | 'expires_at'>,
  now: number,
): number | undefined {
  if (expires_in !== undefined && expires_at !== undefined) {
    throw invalidRequest('expires_at: give either expires_in or expires_at, not both.', 'expires_at');
  }
  if (expires_in === 'never') return 0;
  if (expires_in === undefined && expires_at === undefined) return undefined;
  const field = expires_at === undefined ? 'expires_in' : 'expires_at';
  const lifeMs = expires_at === undefined ? parseLife(expires_in ?? '') : Date.parse(expires_at) - now;
  if (lifeMs < hourMs - toleranceMs || lifeMs > longestLifeMs) {
    throw invalidRequest(`${field}: a key lives between 1h and 3650d, or "never" by expires_in.`, field);
  }
  return Math.floor((now + lifeMs) / secondMs);
}

/** `12h`, `90d`; the schema has checked the form. */
function parseLife(text: string): number {
  return Number(text.slice(0, -1)) * (text.endsWith('h') ? hourMs : dayMs);
}

/** How long a key lives that takes the place of this one: as long as this one was to. Seconds; 0 = for ever. */
export function lifeOf({ c, e }: Pick<StoredKey, 'c' | 'e'>): number {
  return e === 0 ? 0 : Math.max(e - c, hourMs / secondMs);
}

const overlapUnits: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const longestOverlap = 30 * 86_400;

/** Seconds. @throws GatewayError 400 */
export function parseOverlap(text = '24h'): number {
  const seconds = Number(text.slice(0, -1)) * (overlapUnits[text.slice(-1)] ?? Number.NaN);
  if (seconds <= longestOverlap) return seconds;
  throw invalidRequest('overlap: the old key may go on for 0s to 30d.', 'overlap');
}

/**
 * A key never has more than its owner: a pattern of the key must be covered by one of the owner's, taken as text; `*` of
 * a key means all that its owner may, now and later. At use both are asked again.
 * @throws GatewayError 403 naming the field
 */
export function refuseMore(person: Person, asked: { readonly m?: readonly string[]; readonly team?: string }): void {
  const { models, teams } = person.rights;
  const uncovered = asked.m?.find((pattern) => pattern !== '*' && !isModelAllowed(models, pattern, pattern));
  if (uncovered !== undefined) {
    const may = models.length === 0 ? 'no model' : models.join(', ');
    throw forbidden(
      'model_not_allowed',
      `models: the key’s owner may call ${may}, not ${uncovered}. Name what is within that, or "*" for all of it.`,
      'models',
    );
  }
  if (asked.team !== undefined && !teams.includes(asked.team)) {
    throw forbidden(
      'forbidden',
      'team: the key’s owner is not in this team. Name one of theirs, or leave it out.',
      'team',
    );
  }
}

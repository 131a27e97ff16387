import { dayOf, monthOf } from '../../shared/period.ts';
import type { Item } from '../aws/dynamodb.ts';
import type { GatewayError } from '../errors.ts';
import type { Rate, Spent } from './balance.ts';
import type { PeriodState, ScopeState } from './balance-item.ts';
import type { Limits } from './limits.ts';
import { InsufficientQuotaError, rateExceeded, tooManyOpen, type Whose } from './quota-errors.ts';
import { type Counted, moveClock, paceOf, rateOf } from './rate-clock.ts';
import type { UpdateExpression } from './update-expression.ts';

// An account (a person's, a team's) and each key of it are limited alike: three periods of money, two rates, open calls.
// Here is what one call does to one of them, as a part of the single conditional update of the item it is in.

const periods = [
  { field: 'd', name: 'day' },
  { field: 'm', name: 'month' },
  { field: 't', name: 'total' },
] as const;

/** Tokens that were counted against a rate, and what that moved its clock by, in µs. */
export type Weight = readonly [tokens: number, us: number];

/** What one call is to hold. Money in nano-USD. */
export interface Charge {
  readonly amount: number;
  /**
   * What must be left for it: the amount itself, or anything at all where the price is unknown. undefined: it costs
   * nothing, and is for those too who have spent more than they may.
   */
  readonly needed: number | undefined;
  /** The day the call is charged to; its month follows. */
  readonly day: string;
  /** µs since the epoch. */
  readonly nowUs: number;
  /** Prompt and answer at most. */
  readonly tokens: number;
}

/** One scope of the item: where it stands and what is known or assumed of it. */
export interface Scope {
  readonly whose: Whose;
  /** Before the fields: empty for the account itself, `k.#n0.` for a key. */
  readonly path: string;
  readonly state: ScopeState;
  readonly limits: Limits;
}

function nameIn(field: 'd' | 'm' | 't', day: string): string | undefined {
  if (field === 't') return undefined;
  return field === 'd' ? day : day.slice(0, 7);
}

/**
 * The entry of a key that gets its first limit. All periods are counted in it from then on, limited or not, so that a
 * limit that is set later knows what was spent. `spent` is what had been spent before.
 */
export function newScopeState(limits: Limits, day: string, spent: Spent): Item {
  const state: Record<string, Item[string]> = { o: 0 };
  for (const { field, name } of periods) {
    const limit = limits[name];
    const n = nameIn(field, day);
    const left = limit !== undefined && { l: limit, a: limit - spent[name] };
    state[field] = { ...(n !== undefined && { n }), s: spent[name], ...left };
  }
  return state;
}

/** @returns what was charged, by the letters of a hold's `c` (in small ones), and what was counted of tokens */
export function holdIn(
  update: UpdateExpression,
  scope: Scope,
  charge: Charge,
): { readonly charged: string; readonly weight: Weight | undefined } {
  const { path, state, limits } = scope;
  let charged = '';
  for (const { field, name } of periods) {
    const period = state[field] ?? { s: 0 };
    if (holdInPeriod(update, `${path}${field}`, period, limits[name], nameIn(field, charge.day), charge)) {
      charged += field;
    }
  }
  if (limits.rpm !== undefined) {
    moveClock(update, `${path}q`, { clock: state.q, pace: paceOf('requests', 1, limits.rpm), nowUs: charge.nowUs });
  }
  let weight: Weight | undefined;
  if (limits.tpm !== undefined) {
    const tokens = Math.min(charge.tokens, limits.tpm);
    const pace = paceOf('tokens', tokens, limits.tpm);
    weight = [tokens, pace.stepUs];
    moveClock(update, `${path}w`, { clock: state.w, pace, nowUs: charge.nowUs });
  }
  if (limits.concurrency !== undefined && scope.whose === 'key') {
    const open = `${path}o`;
    update.require(`${open} < ${update.value(limits.concurrency)}`);
    update.add(open, 1);
    charged += 'o';
  }
  return { charged, weight };
}

/**
 * A period that had a limit once goes on being charged without one: where the limit comes back, what is held and spent is
 * known.
 * @returns whether it was charged
 */
function holdInPeriod(
  update: UpdateExpression,
  at: string,
  state: PeriodState,
  limit: number | undefined,
  name: string | undefined,
  { amount, needed }: Charge,
): boolean {
  const value = update.value.bind(update);
  if (state.n !== undefined) update.require(`${at}.n = ${value(state.n)}`);
  if (name !== undefined && state.n !== name) {
    const l = limit ?? state.l;
    update.set(at, value({ n: name, s: 0, ...(l !== undefined && { l, a: l - amount }) }));
    return l !== undefined;
  }
  if (state.l === undefined) {
    update.require(`attribute_not_exists(${at}.l)`);
    if (limit === undefined) return false;
    if (needed !== undefined) update.require(`${at}.s <= ${value(limit - needed)}`);
    update.set(`${at}.l`, value(limit));
    update.set(`${at}.a`, `${value(limit - amount)} - ${at}.s`);
    return true;
  }
  const raise = limit === undefined ? 0 : limit - state.l;
  update.require(`${at}.l = ${value(state.l)}`);
  if (limit !== undefined && needed !== undefined) update.require(`${at}.a >= ${value(needed - raise)}`);
  if (raise !== 0) update.set(`${at}.l`, value(state.l + raise));
  update.add(`${at}.a`, raise - amount);
  return true;
}

/** nano-USD that is left of each limited period, as it stands for a call of that day. */
function leftIn(state: PeriodState | undefined, limit: number, name: string | undefined): number {
  if (state === undefined || (name !== undefined && state.n !== name)) return limit;
  if (state.l === undefined || state.a === undefined) return limit - state.s;
  return state.a + limit - state.l;
}

/** What is left of each limited period for a call of that day, in nano-USD. */
export function leftInPeriods(
  { state, limits }: Pick<Scope, 'state' | 'limits'>,
  day: string,
): readonly { readonly period: 'day' | 'month' | 'total'; readonly limit: number; readonly left: number }[] {
  return periods.flatMap(({ field, name }) => {
    const limit = limits[name];
    return limit === undefined ? [] : [{ period: name, limit, left: leftIn(state[field], limit, nameIn(field, day)) }];
  });
}

/** The least that is left of all limited periods; undefined where none is limited. */
export function leastLeft(scope: Scope, day: string): number | undefined {
  const left = leftInPeriods(scope, day).map((each) => each.left);
  return left.length === 0 ? undefined : Math.min(...left);
}

/**
 * Why the scope, as it stands, does not take the call; undefined: it does.
 * @param least nano-USD that all scopes have left at least
 */
export function refusalOf(
  scope: Scope,
  charge: Charge,
  { openCalls, least }: { readonly openCalls: number; readonly least: number },
): GatewayError | undefined {
  const { whose, state, limits } = scope;
  const { needed } = charge;
  for (const { field, name: period } of periods) {
    const limit = limits[period];
    if (limit === undefined || needed === undefined) continue;
    const name = nameIn(field, charge.day);
    const left = leftIn(state[field], limit, name);
    if (left >= needed) continue;
    const current = state[field];
    const spent = current && (name === undefined || current.n === name) ? current.s : 0;
    return new InsufficientQuotaError({
      whose,
      period,
      leftNanoUsd: left,
      leastNanoUsd: least,
      isHeld: limit - spent >= needed,
      limitNanoUsd: limit,
      neededNanoUsd: charge.amount,
      resetSeconds: secondsToEnd(period, charge),
    });
  }
  const open = whose === 'key' ? (state.o ?? 0) : openCalls;
  if (limits.concurrency !== undefined && open >= limits.concurrency) return tooManyOpen(whose, limits.concurrency);
  return (
    rateRefusal(whose, 'requests', limits.rpm, state.q, 1, charge.nowUs) ??
    rateRefusal(whose, 'tokens', limits.tpm, state.w, charge.tokens, charge.nowUs)
  );
}

function rateRefusal(
  whose: Whose,
  what: Counted,
  perMinute: number | undefined,
  clock: number | undefined,
  count: number,
  nowUs: number,
): GatewayError | undefined {
  if (perMinute === undefined || clock === undefined || clock <= nowUs) return undefined;
  const waitUs = clock - paceOf(what, Math.min(count, perMinute), perMinute).slackUs - nowUs;
  return waitUs > 0 ? rateExceeded(whose, what, perMinute, Math.ceil(waitUs / 1_000_000)) : undefined;
}

function secondsToEnd(period: 'day' | 'month' | 'total', { day, nowUs }: Charge): number | undefined {
  if (period === 'total') return undefined;
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const end = period === 'day' ? Date.UTC(year, month - 1, date + 1) : Date.UTC(year, month, 1);
  return Math.max(Math.ceil((end - nowUs / 1000) / 1000), 1);
}

/** How the rates of a scope stand after a call. */
export function ratesOf(
  { limits }: Pick<Scope, 'limits'>,
  state: ScopeState,
  nowUs: number,
): { requests?: Rate; tokens?: Rate } {
  const requests = rateOf('requests', limits.rpm, state.q, nowUs);
  const tokens = rateOf('tokens', limits.tpm, state.w, nowUs);
  return { ...(requests && { requests }), ...(tokens && { tokens }) };
}

/** What a settled call was charged in one scope and what it came to. */
export interface Discharge {
  /** By the letters of a hold's `c`, in small ones. */
  readonly charged: string;
  /** nano-USD that were held, where something was charged. */
  readonly held: number;
  readonly cost: number;
  readonly day: string;
  /** What the tokens' clock goes back by, in µs; negative: it goes on. */
  readonly weightUs: number;
}

/** Adds the cost to the periods that are still those of the call, and gives back what was held too much. */
export function settleIn(
  update: UpdateExpression,
  path: string,
  state: ScopeState,
  { charged, held, cost, day, weightUs }: Discharge,
): void {
  for (const { field } of periods) {
    const period = state[field];
    const at = `${path}${field}`;
    if (period === undefined) continue;
    if (period.n !== undefined) update.require(`${at}.n = ${update.value(period.n)}`);
    if (period.n !== nameIn(field, day)) continue;
    update.add(`${at}.s`, cost);
    update.require(`${period.a === undefined ? 'attribute_not_exists' : 'attribute_exists'}(${at}.a)`);
    if (period.a !== undefined) update.add(`${at}.a`, (charged.includes(field) ? held : 0) - cost);
  }
  if (weightUs !== 0) {
    update.require(`attribute_exists(${path}w)`);
    update.add(`${path}w`, -weightUs);
  }
  if (charged.includes('o')) {
    update.require(`attribute_exists(${path}o)`);
    update.add(`${path}o`, -1);
  }
}

/** What was spent in the periods that are current now. @param now ms since the epoch */
export function spentIn({ d, m, t }: ScopeState, now: number): Spent {
  const of = (period: PeriodState | undefined, name: string) => (period?.n === name ? period.s : 0);
  return { day: of(d, dayOf(now)), month: of(m, monthOf(now)), total: t?.s ?? 0 };
}

import type { WriteCondition } from '../aws/dynamodb.ts';
import { GatewayError } from '../errors.ts';
import type { AccountHold, Estimate, Rates, ReserveRequest } from './balance.ts';
import { type Account, type BalanceItem, balanceVersion, type Hold } from './balance-item.ts';
import { hasLimits, type Limits, noLimits } from './limits.ts';
import { type InsufficientQuotaError, tooManyOpen } from './quota-errors.ts';
import type { Clocks } from './rate-memory.ts';
import { type Charge, holdIn, leastLeft, ratesOf, refusalOf, type Scope } from './scope.ts';
import { UpdateExpression } from './update-expression.ts';

/** Open calls of one account; 300 holds are about 50 KB of the item's 400. */
const mostHolds = 300;
/** The 40 slots and a few keys that have just left one. */
export const mostKeys = 45;

/** What one call asks of one account: the person's, with the key, or the paying team's. */
export interface AccountRequest {
  readonly account: Account;
  readonly generation: number;
  readonly limits: Limits;
  /** The key's; none in a team's item. */
  readonly keyLimits: Limits;
  readonly call: ReserveRequest;
}

/** What the next attempt takes for given: the item as it stood, or as it mostly stands. */
export type Assumed = Pick<BalanceItem, 'd' | 'm' | 't' | 'q' | 'w' | 'k'> & {
  /** The key whose last use makes room for this key's; undefined while there is room. */
  readonly forgottenKey: string | undefined;
};

/** A running account: today's periods, its limits as they are known, its rates as they were seen last. */
export function assumeUsual(
  { limits, keyLimits, call: { budget } }: AccountRequest,
  day: string,
  clocks: Clocks,
): Assumed {
  const state = (of: Limits) => ({
    d: { n: day, s: 0, ...leftOf(of.day) },
    m: { n: day.slice(0, 7), s: 0, ...leftOf(of.month) },
    t: { s: 0, ...leftOf(of.total) },
  });
  const k = budget && hasLimits(keyLimits) ? { [budget.id]: { ...state(keyLimits), ...clocks.key, o: 0 } } : {};
  return { ...state(limits), ...clocks.own, k, forgottenKey: undefined };
}

function leftOf(limit: number | undefined) {
  return limit === undefined ? {} : { l: limit, a: Number.MAX_SAFE_INTEGER };
}

/** The scopes of the item that count the call: the account, and its key where that has limits of its own, or had once. */
function scopesOf({ account, limits, keyLimits, call }: AccountRequest, assumed: Assumed, update: UpdateExpression) {
  const { k, ...state } = assumed;
  const own: Scope = { whose: account.kind, path: '', state, limits };
  const { budget } = call;
  if (!budget || account.kind === 'team') return { own };
  const entry = `k.${update.name(budget.id)}`;
  const keyState = k[budget.id];
  if (keyState === undefined) return { own, noEntry: entry };
  const key: Scope = { whose: 'key', path: `${entry}.`, state: keyState, limits: keyLimits };
  return { own, key };
}

function leastOf(scopes: readonly (Scope | undefined)[], day: string): number {
  return Math.min(...scopes.map((scope) => (scope && leastLeft(scope, day)) ?? Number.POSITIVE_INFINITY));
}

/** A hold stands in an item that every call writes; nearly all paths begin alike. The reverse is in sweep.ts. */
function shortPath(endpoint: string): string {
  return endpoint.startsWith('/v1/') ? endpoint.slice('/v1/'.length) : endpoint;
}

/** Where money is limited the most is held, else what is likely; 0 where the model has no price. */
function chargeOf(
  { likelyNanoUsd, mostNanoUsd, tokens }: Estimate,
  isLimited: boolean,
  times: Pick<Charge, 'day' | 'nowUs'>,
): Charge {
  // A model without a price is not refused to who has a budget, but to who has used it up.
  if (mostNanoUsd === null) return { ...times, tokens, amount: 0, needed: 1 };
  if (mostNanoUsd === 0) return { ...times, tokens, amount: 0, needed: undefined };
  const amount = isLimited ? mostNanoUsd : (likelyNanoUsd ?? mostNanoUsd);
  return { ...times, tokens, amount, needed: amount };
}

/** A call from before midnight that the new day pays begins with it, for rates too. */
function timesOf({ now }: AccountRequest['call'], day: string) {
  return { day, nowUs: Math.max(now, Date.parse(day)) * 1000 };
}

/** The later of today and the item's day, so that a call that began before midnight does not turn the new day back. */
export function dayFor(today: string, { d: { n: assumedDay = '' } }: Pick<Assumed, 'd'>): string {
  return assumedDay > today ? assumedDay : today;
}

/** One write that checks generation, periods, limits, id and room, turns periods where needed, and holds the estimate. */
export function reserveUpdate(
  request: AccountRequest,
  assumed: Assumed,
  day: string,
  attemptId: string,
): { readonly update: readonly [string, WriteCondition]; readonly hold: AccountHold } {
  const { call, account } = request;
  const update = new UpdateExpression();
  const value = update.value.bind(update);
  const requestName = update.name(call.requestId);
  update.require(`v = ${value(balanceVersion)}`);
  update.require(`gen = ${value(request.generation)}`);
  update.require(`attribute_not_exists(r.${requestName})`);
  update.require(`size(r) < ${value(Math.min(request.limits.concurrency ?? mostHolds, mostHolds))}`);
  const scopes = scopesOf(request, assumed, update);
  if (scopes.noEntry !== undefined) update.require(`attribute_not_exists(${scopes.noEntry})`);
  const isLimited = leastOf([scopes.own, scopes.key], day) < Number.POSITIVE_INFINITY;
  const charge = chargeOf(call.estimate, isLimited, timesOf(call, day));
  const own = holdIn(update, scopes.own, charge);
  const key = scopes.key && holdIn(update, scopes.key, charge);
  const alsoInTeam = account.kind === 'person' && call.payingTeam !== undefined ? 'G' : '';
  const charged = `${own.charged}${key ? `K${key.charged.toUpperCase()}` : ''}${alsoInTeam}`;
  const none = [0, 0] as const;
  const weights =
    own.weight || key?.weight ? ([...(own.weight ?? none), ...(key?.weight ?? none)] as const) : undefined;
  const budgetId = call.budget?.id;
  // Its row lies on the day that was charged, also where the call came before midnight and its turn after. A team's hold
  // names the time that the person's has, by which the row is found.
  const since = account.kind === 'person' ? Math.max(call.now, Date.parse(day)) : call.now;
  const amount = call.estimate.mostNanoUsd === null ? null : charge.amount;
  const hold = {
    e: amount,
    x: call.expiresAt,
    k: call.keyId,
    d: day,
    a: attemptId,
    s: since,
    p: `${shortPath(call.facts.endpoint)} ${call.facts.provider} ${call.facts.model}`,
    ...(charged !== '' && { c: charged }),
    ...(weights && { w: [...weights] }),
    ...(call.facts.team !== null && { g: call.facts.team }),
    // Once is enough: who sweeps a team's hold reads the person's too.
    ...(account.kind === 'person' && call.facts.tag !== null && { t: call.facts.tag }),
    ...(account.kind === 'team' && { u: call.username }),
    ...(budgetId !== undefined && budgetId !== call.keyId && { b: budgetId }),
  } satisfies Hold;
  update.set(`r.${requestName}`, value(hold));
  if (account.kind === 'person') markUse(update, call, assumed);
  return {
    update: update.build(),
    hold: { account: account.kind, id: account.id, nanoUsd: amount, charged, weights, day, budgetId, since },
  };
}

function markUse(update: UpdateExpression, { keyId, now }: AccountRequest['call'], { forgottenKey }: Assumed): void {
  if (keyId === null) return;
  const used = `lu.${update.name(keyId)}`;
  update.set(used, update.value(now));
  if (forgottenKey === undefined) {
    update.require(`(size(lu) < ${update.value(mostKeys)} OR attribute_exists(${used}))`);
  } else {
    update.remove(`lu.${update.name(forgottenKey)}`);
  }
}

/** What an item that refused a reserve says: what to do, or why not. */
export type Decision =
  | { readonly kind: 'held' | 'stale' }
  | { readonly kind: 'upgrade' | 'advance' | 'add-key' }
  | { readonly kind: 'again'; readonly assumed: Assumed }
  | { readonly kind: 'refused'; readonly error: GatewayError };

export function decide(request: AccountRequest, item: BalanceItem, today: string, attemptId: string): Decision {
  const { call, generation, keyLimits, account } = request;
  const earlier = item.r[call.requestId];
  if (earlier?.a === attemptId) return { kind: 'held' };
  if (item.v !== balanceVersion) return { kind: 'upgrade' };
  // A team's balance follows its policy: the first call that knows a newer one says so.
  if (account.kind === 'team' && item.gen < generation) return { kind: 'advance' };
  if (item.gen !== generation) return { kind: 'stale' };
  if (earlier) {
    const message = 'A call with this request id is running. Send the request with another id.';
    const error = new GatewayError({ status: 409, type: 'conflict_error', code: 'duplicate_request', message });
    return { kind: 'refused', error };
  }
  const { budget } = call;
  if (budget && account.kind === 'person' && hasLimits(keyLimits) && item.k[budget.id] === undefined) {
    return { kind: 'add-key' };
  }
  const assumed: Assumed = {
    ...item,
    forgottenKey: account.kind === 'person' ? forgottenKeyOf(call, item) : undefined,
  };
  const error = refusedBy(request, assumed, item, dayFor(today, item));
  return error ? { kind: 'refused', error } : { kind: 'again', assumed };
}

function refusedBy(
  request: AccountRequest,
  assumed: Assumed,
  item: BalanceItem,
  day: string,
): GatewayError | InsufficientQuotaError | undefined {
  const openCalls = Object.keys(item.r).length;
  const { own, key } = scopesOf(request, assumed, new UpdateExpression());
  const least = leastOf([own, key], day);
  const charge = chargeOf(request.call.estimate, least < Number.POSITIVE_INFINITY, timesOf(request.call, day));
  for (const scope of [own, key]) {
    const refusal = scope && refusalOf(scope, charge, { openCalls, least });
    if (refusal) return refusal;
  }
  return openCalls >= mostHolds ? tooManyOpen(request.account.kind, mostHolds) : undefined;
}

/** The key used longest ago, when there is no room for one more: with 40 slots, some of 45 keys are gone for good. */
function forgottenKeyOf({ keyId }: Pick<ReserveRequest, 'keyId'>, { lu }: BalanceItem): string | undefined {
  const uses = Object.entries(lu);
  if (keyId === null || lu[keyId] !== undefined || uses.length < mostKeys) return undefined;
  return uses.toSorted(([, a], [, b]) => a - b)[0]?.[0];
}

/** How the rates stand in the item that a reserve left behind: the tightest of the account's and the key's. */
export function ratesIn(request: AccountRequest, item: BalanceItem, { since }: Pick<AccountHold, 'since'>): Rates {
  const { limits, keyLimits, call } = request;
  const nowUs = since * 1000;
  const key = call.budget && item.k[call.budget.id];
  return tightest(ratesOf({ limits }, item, nowUs), ratesOf({ limits: key ? keyLimits : noLimits }, key ?? {}, nowUs));
}

export function tightest(first: Rates, second: Rates): Rates {
  const of = (what: 'requests' | 'tokens') => {
    const [a, b] = [first[what], second[what]];
    if (!a || !b) return a ?? b;
    return b.remaining / b.limit < a.remaining / a.limit ? b : a;
  };
  return { requests: of('requests'), tokens: of('tokens') };
}

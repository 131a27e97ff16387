import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { dayOf } from '../../shared/period.ts';
import { AwsError } from '../aws/aws-error.ts';
import type { Clock } from '../clock.ts';
import { type GatewayError, unavailable } from '../errors.ts';
import type {
  AccountHold,
  Balances,
  BalanceView,
  Crossing,
  Rates,
  Reservation,
  ReserveRequest,
  Settlement,
} from './balance.ts';
import type { Account, BalanceItem, Hold } from './balance-item.ts';
import { BalanceItems, type BalanceItemsOptions } from './balance-items.ts';
import type { Ledger } from './ledger.ts';
import { noLimits } from './limits.ts';
import { InsufficientQuotaError } from './quota-errors.ts';
import { RateMemory } from './rate-memory.ts';
import {
  type AccountRequest,
  type Assumed,
  assumeUsual,
  dayFor,
  decide,
  ratesIn,
  reserveUpdate,
  tightest,
} from './reserve-update.ts';
import { spentIn } from './scope.ts';
import { asReserved, crossingsOf, settleUpdate } from './settle-update.ts';
import type { Standing, StandingRequest } from './standing.ts';
import { settleAbandoned } from './sweep.ts';

/** An update is decided anew by what its failed condition showed; more changes than this within one call are a fault. */
const mostDecisions = 20;

/** A call whose server died, as its hold names it. */
interface SweptCall {
  readonly requestId: string;
  readonly username: string;
}

interface BalancesOptions extends BalanceItemsOptions {
  readonly clock: Clock;
  /** Told of the budgets that a swept call brought to another part; awaited, and never rejects. */
  readonly onSwept?: (crossings: readonly Crossing[], call: SweptCall) => Promise<void>;
  /** How to wait for so many ms; tests of many calls do not. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

export function createBalances(options: BalancesOptions): Balances {
  return new DynamoBalances(options);
}

/** One account's part of a reservation. */
interface Held {
  readonly hold: AccountHold;
  readonly rates: Rates;
}

class DynamoBalances implements Balances {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #items: BalanceItems;
  readonly #rates = new RateMemory();
  readonly #pause: (ms: number) => Promise<unknown>;
  readonly #onSwept: BalancesOptions['onSwept'];

  constructor(options: BalancesOptions) {
    this.#ledger = options.ledger;
    this.#clock = options.clock;
    this.#items = new BalanceItems(options);
    this.#pause = options.pause ?? delay;
    this.#onSwept = options.onSwept;
  }

  generationOf(username: string): Promise<number> {
    const account: Account = { kind: 'person', id: username };
    return orUnavailable(async () => {
      const found = await this.#items.read(account);
      if (found) return found.gen;
      await this.#items.make(account, this.#clock.now());
      const made = await this.#items.read(account);
      if (!made) throw changesTooFast();
      return made.gen;
    });
  }

  bumpGeneration(username: string): Promise<void> {
    const account: Account = { kind: 'person', id: username };
    return orUnavailable(async () => {
      for (let decision = 0; decision < mostDecisions; decision++) {
        const condition = { condition: 'attribute_exists(pk)', values: { ':one': 1 } };
        const { done } = await this.#items.update(account, 'SET gen = gen + :one', condition);
        if (done || (await this.#items.make(account, this.#clock.now()))) return;
      }
      throw changesTooFast();
    });
  }

  async reserve(request: ReserveRequest): Promise<Reservation | 'stale'> {
    try {
      return await this.#reserve(request);
    } catch (error) {
      const refusal = error instanceof AwsError ? await this.#takeBack(request).catch(() => undefined) : undefined;
      throw refusal ?? asUnavailable(error);
    }
  }

  /**
   * Whether the hold was written is not known where the table did not answer: nobody shall pay for a call that is refused.
   * @returns the refusal of a budget that has too little left, as the balances tell it now: more than that the table was
   * silent, which SDKs would only try again
   */
  async #takeBack(request: ReserveRequest): Promise<GatewayError | undefined> {
    const { requestId, keyId, now } = request;
    let refusal: GatewayError | undefined;
    for (const asked of [ofPerson(request), ofTeam(request)]) {
      if (!asked) continue;
      const item = await this.#items.read(asked.account);
      const stored = item?.r[requestId];
      if (stored) await this.#settleIn({ requestId, keyId }, holdOf(asked.account, stored), 0, 0);
      const decided = item && !stored ? decide(asked, item, dayOf(now), '') : undefined;
      if (decided?.kind === 'refused' && decided.error instanceof InsufficientQuotaError) refusal ??= decided.error;
    }
    return refusal;
  }

  async #reserve(request: ReserveRequest): Promise<Reservation | 'stale'> {
    const { requestId, keyId } = request;
    const person = await this.#reserveIn(ofPerson(request));
    if (person === 'stale') return person;
    const { hold, rates } = person;
    const reservation = { requestId, keyId, estimateNanoUsd: hold.nanoUsd, holds: [hold], rates };
    const asked = ofTeam({ ...request, now: hold.since });
    if (!asked) return reservation;
    let team: Held | 'stale';
    try {
      team = await this.#reserveIn(asked);
    } catch (error) {
      await this.settle(reservation, 0, 0);
      throw error;
    }
    if (team === 'stale') {
      await this.settle(reservation, 0, 0);
      return team;
    }
    const both = { ...reservation, holds: [hold, team.hold], rates: tightest(rates, team.rates) };
    if (team.hold.day === hold.day) return both;
    // Another of the team was over midnight first. The call's row lies on one day, which has to pay in both balances.
    await this.settle(both, 0, 0);
    return this.#reserve({ ...request, now: Date.parse(team.hold.day) });
  }

  /** Tries until the item takes the hold, says why not, or has changed too often. */
  async #reserveIn(request: AccountRequest): Promise<Held | 'stale'> {
    const { account, call } = request;
    const today = dayOf(call.now);
    const attemptId = randomUUID().slice(0, 6);
    const returnNew = [request.limits, request.keyLimits].some(({ rpm, tpm }) => (rpm ?? tpm) !== undefined);
    const waited = { times: 0 };
    let assumed = assumeUsual(request, today, this.#rates.read(account, call.budget?.id));
    for (let decision = 0; decision < mostDecisions; decision++) {
      const day = dayFor(today, assumed);
      if (day !== assumed.d.n && account.kind === 'person') await this.#items.markActive(account.id, day);
      const { update, hold } = reserveUpdate(request, assumed, day, attemptId);
      const [expression, condition] = update;
      const { done, item } = await this.#items.update(account, expression, { ...condition, returnNew });
      const next = done ? 'held' : await this.#afterRefusal(request, item, today, attemptId, waited);
      if (item && returnNew) this.#rates.note(account, call.budget?.id, item);
      if (next === 'held') return { hold, rates: item ? ratesIn(request, item, hold) : {} };
      if (next === 'stale') return next;
      assumed = next ?? assumed;
    }
    throw changesTooFast();
  }

  /**
   * Makes the item such that the next try may go through. A refusal stands only when nothing is held any more by calls
   * whose server died.
   * @returns what the next try may take for given; undefined: what this one did
   * @throws GatewayError 402, 409, 429
   */
  async #afterRefusal(
    request: AccountRequest,
    item: BalanceItem | undefined,
    today: string,
    attemptId: string,
    waited: { times: number },
  ): Promise<Assumed | 'held' | 'stale' | undefined> {
    const { account, generation, call } = request;
    if (!item) {
      const isTeam = account.kind === 'team';
      await this.#items.make(account, isTeam ? generation : this.#clock.now(), isTeam ? today : undefined);
      return isTeam ? undefined : 'stale';
    }
    const decided = decide(request, item, today, attemptId);
    if (decided.kind === 'held' || decided.kind === 'stale') return decided.kind;
    if (decided.kind === 'again') return decided.assumed;
    if (decided.kind === 'refused') {
      const expired = expiredIn(item, call.now);
      if (expired.length > 0) await this.#sweep(account, expired);
      else await this.#waitForRoom(decided.error, waited);
    } else {
      await this.#items.prepare(decided.kind, request, item);
    }
    return undefined;
  }

  /**
   * A call settles after its last byte: who asks again at once meets its hold. Where enough money is only held, or too many
   * calls are open, a moment is given to calls that end.
   * @throws GatewayError the refusal, when it would not help or has not
   */
  async #waitForRoom(refusal: GatewayError, waited: { times: number }): Promise<void> {
    const isHeld = refusal instanceof InsufficientQuotaError && refusal.isHeld;
    const pauseMs = (isHeld ? pausesMs : refusal.code === 'concurrency_limit' ? openPausesMs : [])[waited.times];
    if (pauseMs === undefined) throw refusal;
    waited.times += 1;
    await this.#pause(pauseMs);
  }

  async settle(reservation: Reservation, actualNanoUsd: number | null, tokens?: number): Promise<Settlement> {
    let isSettled = false;
    const crossings: Crossing[] = [];
    for (const hold of reservation.holds) {
      const settled = await this.#settleIn(reservation, hold, actualNanoUsd ?? 0, tokens);
      if (hold.account === 'person') isSettled = settled.isSettled;
      crossings.push(...settled.crossings);
    }
    return { isSettled, crossings };
  }

  async #settleIn(
    reservation: Pick<Reservation, 'requestId' | 'keyId'>,
    hold: AccountHold,
    nanoUsd: number,
    tokens: number | undefined,
  ): Promise<Settlement> {
    const account: Account = { kind: hold.account, id: hold.id };
    let assumed = asReserved(hold);
    for (let decision = 0; decision < mostDecisions; decision++) {
      const [expression, condition] = settleUpdate(
        reservation,
        hold,
        { nanoUsd, tokens, now: this.#clock.now() },
        assumed,
      );
      const isRated = hold.weights !== undefined;
      const returnNew = isRated || (/[dmt]/i.test(hold.charged) && nanoUsd > 0);
      const { done, item } = await this.#items.update(account, expression, { ...condition, returnNew });
      if (done && item && isRated) this.#rates.note(account, hold.budgetId, item);
      if (done) return { isSettled: true, crossings: item ? crossingsOf(item, reservation, hold, nanoUsd) : [] };
      if (!item?.r[reservation.requestId]) return { isSettled: false, crossings: [] };
      assumed = { ...item, key: hold.budgetId === undefined ? undefined : item.k[hold.budgetId] };
    }
    throw changesTooFast();
  }

  sweep(username: string): Promise<void> {
    return orUnavailable(async () => {
      await this.#readSwept({ kind: 'person', id: username });
    });
  }

  /** What dead servers left behind is told as spent, and not as nothing. */
  async #readSwept(account: Account): Promise<BalanceItem | undefined> {
    const item = await this.#items.read(account);
    const expired = expiredIn(item, this.#clock.now());
    if (expired.length === 0) return item;
    await this.#sweep(account, expired);
    return this.#items.read(account);
  }

  /**
   * A call that a team pays is held in two balances before it is sent: where only one of them still holds it, it was never
   * sent, or has been settled, and then has its row. So the other one is asked before the row is looked for, and both are
   * settled, whoever is swept. Where both still hold it, it is charged the more of the two.
   */
  async #sweep(account: Account, expired: readonly (readonly [requestId: string, hold: Hold])[]): Promise<void> {
    for (const [requestId, stored] of expired) {
      const other = otherHolderOf(account, stored);
      const theirs = other && (await this.#items.read(other))?.r[requestId];
      const hold = theirs ? { ...stored, e: mostOf(stored.e, theirs.e), t: stored.t ?? theirs.t } : stored;
      const abandoned = { requestId, hold, wasSent: other === undefined || theirs !== undefined };
      const nanoUsd = await settleAbandoned(this.#ledger, account, abandoned);
      const call = { requestId, keyId: stored.k };
      const { crossings } = await this.#settleIn(call, holdOf(account, stored), nanoUsd, undefined);
      const others = other && theirs && (await this.#settleIn(call, holdOf(other, theirs), nanoUsd, undefined));
      const all = [...crossings, ...(others?.crossings ?? [])];
      if (all.length > 0) await this.#onSwept?.(all, { requestId, username: stored.u ?? account.id });
    }
  }

  standings(request: StandingRequest): Promise<readonly Standing[]> {
    const { username, payingTeam } = request;
    return orUnavailable(async () => {
      const { standingsOf } = await import('./standing.ts');
      const person = await this.#readSwept({ kind: 'person', id: username });
      const team = payingTeam && (await this.#readSwept({ kind: 'team', id: payingTeam.name }));
      const before = {
        key: (keyIds: readonly string[]) => this.#items.spentBefore({ username, keyIds }),
        team: (name: string) => this.#items.spentBefore({ team: name }),
      };
      return standingsOf(request, { person, team }, before, this.#clock.now());
    });
  }

  view(username: string): Promise<BalanceView> {
    return orUnavailable(async () => {
      const found = await this.#readSwept({ kind: 'person', id: username });
      const now = this.#clock.now();
      const keys = Object.entries(found?.k ?? {}).map(([id, state]) => [id, spentIn(state, now)] as const);
      return {
        spent: spentIn(found ?? {}, now),
        keys: new Map(keys),
        lastUsed: new Map(Object.entries(found?.lu ?? {})),
      };
    });
  }
}

const pausesMs = [30, 60, 120, 240];
/** Open calls last for long; only one that has just ended is worth waiting for. */
const openPausesMs = pausesMs.slice(0, 3);

function ofPerson(call: ReserveRequest): AccountRequest {
  const { username, generation, limits } = call;
  return { account: { kind: 'person', id: username }, generation, limits: limits.person, keyLimits: limits.key, call };
}

function ofTeam(call: ReserveRequest): AccountRequest | undefined {
  if (!call.payingTeam) return undefined;
  const { name, generation, limits } = call.payingTeam;
  return { account: { kind: 'team', id: name }, generation, limits, keyLimits: noLimits, call };
}

/** Where else the call is held, before it is sent; undefined: nowhere, or it is not known. */
function otherHolderOf({ kind }: Account, { c, g, u }: Hold): Account | undefined {
  if (kind === 'team') return u === undefined ? undefined : { kind: 'person', id: u };
  return g !== undefined && c?.includes('G') ? { kind: 'team', id: g } : undefined;
}

function mostOf(one: number | null, other: number | null): number | null {
  return one === null ? other : Math.max(one, other ?? 0);
}

function holdOf({ kind, id }: Account, { e, c = '', w, d, k, b, s = 0 }: Hold): AccountHold {
  return { account: kind, id, nanoUsd: e, charged: c, weights: w, day: d, budgetId: b ?? k ?? undefined, since: s };
}

function expiredIn(item: BalanceItem | undefined, now: number) {
  return Object.entries(item?.r ?? {}).filter(([, hold]) => hold.x < now);
}

function changesTooFast(): GatewayError {
  return unavailable('budget_unavailable', 'The balance changed again and again meanwhile. Send the request again.');
}

/** 503 for whatever DynamoDB answers but a refused condition. */
async function orUnavailable<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw asUnavailable(error);
  }
}

function asUnavailable(error: unknown): unknown {
  if (!(error instanceof AwsError)) return error;
  return unavailable('budget_unavailable', 'The budget table does not answer. Send the request again.', 2, error);
}

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
import { settleAbandoned } from './sweep.ts';

/** An update is decided anew by what its failed condition showed; more changes than this within one call are a fault. */
const mostDecisions = 20;

interface BalancesOptions extends BalanceItemsOptions {
  readonly clock: Clock;
  /** Where a call whose server died may have its row. */
  readonly ledger: Ledger;
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
  readonly #pause: (ms: number) => Promise<unknown>;

  constructor(options: BalancesOptions) {
    this.#ledger = options.ledger;
    this.#clock = options.clock;
    this.#items = new BalanceItems(options);
    this.#pause = options.pause ?? delay;
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

  reserve(request: ReserveRequest): Promise<Reservation | 'stale'> {
    return orUnavailable(async () => {
      try {
        return await this.#reserve(request);
      } catch (error) {
        // Whether the hold was written is not known where the table did not answer: nobody shall pay for a call that is refused.
        if (error instanceof AwsError) await this.#release(request).catch(() => undefined);
        throw error;
      }
    });
  }

  async #release({ requestId, username, keyId, payingTeam }: ReserveRequest): Promise<void> {
    const accounts: Account[] = [{ kind: 'person', id: username }];
    if (payingTeam) accounts.push({ kind: 'team', id: payingTeam.name });
    for (const account of accounts) {
      const stored = (await this.#items.read(account))?.r[requestId];
      if (stored) await this.#settleIn({ requestId, keyId }, holdOf(account, stored), 0, 0);
    }
  }

  async #reserve(request: ReserveRequest): Promise<Reservation | 'stale'> {
    const { requestId, keyId, username, generation, limits, payingTeam } = request;
    const person = await this.#reserveIn({
      account: { kind: 'person', id: username },
      generation,
      limits: limits.person,
      keyLimits: limits.key,
      call: request,
    });
    if (person === 'stale') return person;
    const { hold, rates } = person;
    const reservation = { requestId, keyId, estimateNanoUsd: hold.nanoUsd, holds: [hold], rates };
    if (payingTeam === undefined) return reservation;
    try {
      const team = await this.#reserveIn({
        account: { kind: 'team', id: payingTeam.name },
        generation: payingTeam.generation,
        limits: payingTeam.limits,
        keyLimits: noLimits,
        call: request,
      });
      if (team !== 'stale') return { ...reservation, holds: [hold, team.hold], rates: tightest(rates, team.rates) };
    } catch (error) {
      await this.settle(reservation, 0, 0);
      throw error;
    }
    await this.settle(reservation, 0, 0);
    return 'stale';
  }

  /** Tries until the item takes the hold, says why not, or has changed too often. */
  async #reserveIn(request: AccountRequest): Promise<Held | 'stale'> {
    const { account, call } = request;
    const today = dayOf(call.now);
    const attemptId = randomUUID().slice(0, 6);
    const returnNew = [request.limits, request.keyLimits].some(({ rpm, tpm }) => (rpm ?? tpm) !== undefined);
    const waited = { times: 0 };
    let assumed = assumeUsual(request, today);
    for (let decision = 0; decision < mostDecisions; decision++) {
      const day = dayFor(today, assumed);
      if (day !== assumed.d.n && account.kind === 'person') await this.#items.markActive(account.id, day);
      const { update, hold } = reserveUpdate(request, assumed, day, attemptId);
      const [expression, condition] = update;
      const { done, item } = await this.#items.update(account, expression, { ...condition, returnNew });
      const next = done ? 'held' : await this.#afterRefusal(request, item, today, attemptId, waited);
      if (next === 'held') return { hold, rates: item ? ratesIn(request, item) : {} };
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
   * A call settles after its last byte: who asks again at once meets its hold. Enough money is only held, so a moment is
   * given to calls that end. @throws GatewayError the refusal, when it would not help or has not
   */
  async #waitForRoom(refusal: GatewayError, waited: { times: number }): Promise<void> {
    const pauseMs = pausesMs[waited.times];
    if (!(refusal instanceof InsufficientQuotaError) || !refusal.isHeld || pauseMs === undefined) throw refusal;
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
      const returnNew = /[dmt]/i.test(hold.charged) && nanoUsd > 0;
      const { done, item } = await this.#items.update(account, expression, { ...condition, returnNew });
      if (done) return { isSettled: true, crossings: item ? crossingsOf(item, reservation, hold, nanoUsd) : [] };
      if (!item?.r[reservation.requestId]) return { isSettled: false, crossings: [] };
      assumed = { ...item, key: hold.budgetId === undefined ? undefined : item.k[hold.budgetId] };
    }
    throw changesTooFast();
  }

  sweep(username: string): Promise<void> {
    return orUnavailable(async () => {
      await this.#readSwept(username);
    });
  }

  /** What dead servers left behind is told as spent, and not as nothing. */
  async #readSwept(username: string): Promise<BalanceItem | undefined> {
    const account: Account = { kind: 'person', id: username };
    const item = await this.#items.read(account);
    const expired = expiredIn(item, this.#clock.now());
    if (expired.length === 0) return item;
    await this.#sweep(account, expired);
    return this.#items.read(account);
  }

  async #sweep(account: Account, expired: readonly (readonly [requestId: string, hold: Hold])[]): Promise<void> {
    for (const [requestId, stored] of expired) {
      const abandoned = { requestId, hold: stored, wasSent: await this.#mayBeSent(account, requestId, stored) };
      const nanoUsd = await settleAbandoned(this.#ledger, account, abandoned);
      await this.#settleIn({ requestId, keyId: stored.k }, holdOf(account, stored), nanoUsd, undefined);
    }
  }

  /**
   * A call is sent when it is held in all its balances. Asked before its row is looked for: whoever settles it in the
   * team's has written one.
   */
  async #mayBeSent({ kind }: Account, requestId: string, { c, g }: Hold): Promise<boolean> {
    if (kind === 'team' || g === undefined || !c?.includes('G')) return true;
    return (await this.#items.read({ kind: 'team', id: g }))?.r[requestId] !== undefined;
  }

  view(username: string): Promise<BalanceView> {
    return orUnavailable(async () => {
      const found = await this.#readSwept(username);
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
    if (!(error instanceof AwsError)) throw error;
    throw unavailable('budget_unavailable', 'The budget table does not answer. Send the request again.', 2, error);
  }
}

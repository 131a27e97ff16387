import { randomUUID } from 'node:crypto';
import { dayOf, monthOf } from '../../shared/period.ts';
import { AwsError } from '../aws/aws-error.ts';
import { ConditionFailedError, type DynamoClient, type Item, type WriteCondition } from '../aws/dynamodb.ts';
import type { Clock } from '../clock.ts';
import { GatewayError, unavailable } from '../errors.ts';
import type { Balances, Reservation, ReserveRequest } from './balance.ts';
import { type BalanceItem, balanceKey, balanceVersion, type Hold, newBalance, parseBalance } from './balance-item.ts';

/** Open calls of one person; 300 holds are about 36 KB of the item's 400. */
const mostHolds = 300;
/** The 40 slots and a few keys that have just left one. */
const mostLastUses = 45;
/** An update is decided anew by what its failed condition showed; more changes than this within one call are a fault. */
const mostDecisions = 8;

export function createBalances(options: {
  readonly dynamo: DynamoClient;
  readonly table: string;
  readonly clock: Clock;
}): Balances {
  return new DynamoBalances(options.dynamo, options.table, options.clock);
}

/** What the next attempt of a reserve assumes about the item. */
interface Assumption {
  /** The periods as they stand in the item. */
  readonly day: string;
  readonly month: string;
  /** Holds the map may have before this one; above 300 only where some of them have expired. */
  readonly holds: number;
  /** The key whose last use makes room for this key's; undefined while there is room. */
  readonly forgottenKey: string | undefined;
}

class DynamoBalances implements Balances {
  readonly #dynamo: DynamoClient;
  readonly #table: string;
  readonly #clock: Clock;

  constructor(dynamo: DynamoClient, table: string, clock: Clock) {
    this.#dynamo = dynamo;
    this.#table = table;
    this.#clock = clock;
  }

  generationOf(username: string): Promise<number> {
    return orUnavailable(async () => {
      const found = await this.#read(username);
      if (found) return found.gen;
      await this.#make(username);
      const made = await this.#read(username);
      if (!made) throw changesTooFast();
      return made.gen;
    });
  }

  bumpGeneration(username: string): Promise<void> {
    return orUnavailable(async () => {
      for (let decision = 0; decision < mostDecisions; decision++) {
        const values = { ':one': 1 };
        const condition = { condition: 'attribute_exists(pk)', values };
        const { done } = await this.#update(username, 'SET gen = gen + :one', condition);
        if (done || (await this.#make(username))) return;
      }
      throw changesTooFast();
    });
  }

  reserve(request: ReserveRequest): Promise<Reservation | 'stale'> {
    return orUnavailable(async () => {
      const today = { day: dayOf(request.now), month: monthOf(request.now) };
      const attemptId = randomUUID().slice(0, 8);
      let assumed: Assumption = { ...today, holds: mostHolds, forgottenKey: undefined };
      for (let decision = 0; decision < mostDecisions; decision++) {
        // The later of the two, so that a call that began before midnight does not turn the new day back.
        const day = later(today.day, assumed.day);
        const month = later(today.month, assumed.month);
        if (day !== assumed.day) await this.#markActive(request.username, day);
        const hold = {
          e: request.estimateNanoUsd,
          x: request.expiresAt,
          k: request.keyId,
          d: day,
          m: month,
          a: attemptId,
        };
        const outcome = await this.#update(request.username, ...reserveUpdate(request, hold, assumed));
        const { requestId, username, keyId, estimateNanoUsd } = request;
        const reservation = { requestId, username, keyId, estimateNanoUsd, day, month };
        if (outcome.done) return reservation;
        if (!outcome.item) {
          await this.#make(request.username);
          return 'stale';
        }
        if (outcome.item.r[requestId]?.a === attemptId) return reservation;
        const decided = decide(request, outcome.item);
        if (decided === 'stale') return decided;
        assumed = decided;
      }
      throw changesTooFast();
    });
  }

  async settle(reservation: Reservation, actualNanoUsd: number | null): Promise<boolean> {
    const { requestId, username } = reservation;
    let current = { day: true, month: true };
    for (let decision = 0; decision < mostDecisions; decision++) {
      const update = settleUpdate(reservation, actualNanoUsd ?? 0, current);
      const { done, item } = await this.#update(username, ...update);
      if (done) return true;
      if (!item?.r[requestId]) return false;
      current = { day: item.d.n === reservation.day, month: item.m.n === reservation.month };
    }
    throw changesTooFast();
  }

  lastUsed(username: string): Promise<ReadonlyMap<string, number>> {
    return orUnavailable(async () => {
      const found = await this.#read(username);
      return new Map(Object.entries(found?.lu ?? {}));
    });
  }

  async #read(username: string): Promise<BalanceItem | undefined> {
    const item = await this.#dynamo.getItem(this.#table, balanceKey(username), { consistent: true });
    return item && parseBalance(item);
  }

  /** @returns whether it was this call that made the item. */
  async #make(username: string): Promise<boolean> {
    try {
      const condition = { condition: 'attribute_not_exists(pk)' };
      await this.#dynamo.putItem(this.#table, newBalance(username, this.#clock.now()), condition);
      return true;
    } catch (error) {
      if (error instanceof ConditionFailedError) return false;
      throw error;
    }
  }

  /** A row for each person and day with a call, from which reports and the closing of a day learn who was active. */
  #markActive(username: string, day: string): Promise<void> {
    return this.#dynamo.putItem(this.#table, { pk: `D#${day}`, sk: username, v: 1 });
  }

  /** A failed condition gives the item as it stood: as it came with the refusal, or else as it is read after it. */
  async #update(
    username: string,
    expression: string,
    condition: WriteCondition,
  ): Promise<{ readonly done: boolean; readonly item: BalanceItem | undefined }> {
    try {
      await this.#dynamo.updateItem(this.#table, balanceKey(username), expression, condition);
      return { done: true, item: undefined };
    } catch (error) {
      if (!(error instanceof ConditionFailedError)) throw error;
      const item: BalanceItem | undefined = error.item ? parseBalance(error.item) : await this.#read(username);
      return { done: false, item };
    }
  }
}

/** One write that checks generation, periods, id and room, turns the periods where needed, and holds the estimate. */
function reserveUpdate(request: ReserveRequest, hold: Hold, assumed: Assumption): [string, WriteCondition] {
  const names: Record<string, string> = { '#q': request.requestId };
  const values: Record<string, Item[string]> = {
    ':v': balanceVersion,
    ':gen': request.generation,
    ':day': assumed.day,
    ':month': assumed.month,
    ':holds': assumed.holds,
    ':hold': hold,
  };
  const sets = ['r.#q = :hold'];
  const conditions = [
    'v = :v',
    'gen = :gen',
    'd.n = :day',
    'm.n = :month',
    'attribute_not_exists(r.#q)',
    'size(r) < :holds',
  ];
  let removal = '';
  if (request.keyId !== null) {
    names['#k'] = request.keyId;
    values[':now'] = request.now;
    sets.push('lu.#k = :now');
    if (assumed.forgottenKey === undefined) {
      values[':uses'] = mostLastUses;
      conditions.push('(size(lu) < :uses OR attribute_exists(lu.#k))');
    } else {
      names['#f'] = assumed.forgottenKey;
      removal = ' REMOVE lu.#f';
    }
  }
  if (hold.d !== assumed.day) {
    sets.push('d.n = :newDay', 'd.s = :zero');
    values[':newDay'] = hold.d;
    values[':zero'] = 0;
  }
  if (hold.m !== assumed.month) {
    sets.push('m.n = :newMonth', 'm.s = :zero');
    values[':newMonth'] = hold.m;
    values[':zero'] = 0;
  }
  return [`SET ${sets.join(', ')}${removal}`, { condition: conditions.join(' AND '), names, values }];
}

/** Adds the cost to the periods the hold was charged to, as far as they are still the current ones, and ends the hold. */
function settleUpdate(
  { requestId, day, month }: Reservation,
  nanoUsd: number,
  current: { readonly day: boolean; readonly month: boolean },
): [string, WriteCondition] {
  const sets = ['t.s = t.s + :cost'];
  const conditions = ['attribute_exists(r.#q)'];
  const values: Record<string, Item[string]> = { ':cost': nanoUsd };
  if (current.day) {
    sets.push('d.s = d.s + :cost');
    conditions.push('d.n = :day');
    values[':day'] = day;
  }
  if (current.month) {
    sets.push('m.s = m.s + :cost');
    conditions.push('m.n = :month');
    values[':month'] = month;
  }
  const names = { '#q': requestId };
  return [`SET ${sets.join(', ')} REMOVE r.#q`, { condition: conditions.join(' AND '), names, values }];
}

/**
 * Why a reserve was refused, by the item as it stood, and what the next attempt may assume.
 * @throws GatewayError 409 for a second call with the same id, 429 above 300 open calls.
 */
function decide(request: ReserveRequest, item: BalanceItem): Assumption | 'stale' {
  if (item.gen !== request.generation) return 'stale';
  if (item.r[request.requestId]) {
    const message = 'A call with this request id is running. Send the request with another id.';
    throw new GatewayError({ status: 409, type: 'conflict_error', code: 'duplicate_request', message });
  }
  const holds = Object.values(item.r);
  const expired = holds.filter((hold) => hold.x < request.now).length;
  if (holds.length - expired >= mostHolds) {
    throw new GatewayError({
      status: 429,
      type: 'rate_limit_error',
      code: 'concurrency_limit',
      message: `There are ${mostHolds} calls of this person open. Wait for one to end.`,
      retryAfterSeconds: 1,
    });
  }
  return { day: item.d.n, month: item.m.n, holds: mostHolds + expired, forgottenKey: forgottenKeyOf(request, item) };
}

/** The key used longest ago, when there is no room for one more: with 40 slots, some of 45 keys are gone for good. */
function forgottenKeyOf({ keyId }: ReserveRequest, { lu }: BalanceItem): string | undefined {
  const uses = Object.entries(lu);
  if (keyId === null || lu[keyId] !== undefined || uses.length < mostLastUses) return undefined;
  return uses.toSorted(([, a], [, b]) => a - b)[0]?.[0];
}

function later(a: string, b: string): string {
  return a > b ? a : b;
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

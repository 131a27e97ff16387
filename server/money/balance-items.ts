import { dayOf } from '../../shared/period.ts';
import { ConditionFailedError, type DynamoClient, type WriteCondition } from '../aws/dynamodb.ts';
import { nothingSpent, type Spent } from './balance.ts';
import {
  type Account,
  type BalanceItem,
  balanceKey,
  balanceVersion,
  type Hold,
  newBalance,
  parseBalance,
} from './balance-item.ts';
import type { Ledger, LedgerRow } from './ledger.ts';
import { tooManyOpen } from './quota-errors.ts';
import { type AccountRequest, type Decision, mostKeys } from './reserve-update.ts';
import { newScopeState } from './scope.ts';
import { UpdateExpression } from './update-expression.ts';

export interface BalanceItemsOptions {
  readonly dynamo: DynamoClient;
  readonly table: string;
  /** Where a call that is still held may have its row. */
  readonly ledger: Ledger;
  /** What a key or team had spent before it got its first limit; asked once, then kept in the balance. */
  readonly spentBefore: (of: SpentBy) => Promise<Spent>;
}

/** Of keys that share their limits, or of a team. */
export type SpentBy = { readonly username: string; readonly keyIds: readonly string[] } | { readonly team: string };

/** The items the balances are in: reading and writing them, and what must be in them before a call can be held. */
export class BalanceItems {
  readonly #options: BalanceItemsOptions;
  readonly #summing = new Map<string, Promise<Spent>>();

  constructor(options: BalanceItemsOptions) {
    this.#options = options;
  }

  async read(account: Account): Promise<BalanceItem | undefined> {
    const { dynamo, table } = this.#options;
    const item = await dynamo.getItem(table, balanceKey(account), { consistent: true });
    return item && parseBalance(item);
  }

  /** The item as it is then; where a condition failed, as it stood: it came with the refusal, or is read after it. */
  async update(
    account: Account,
    expression: string,
    condition: WriteCondition & { readonly returnNew?: boolean },
  ): Promise<{ readonly done: boolean; readonly item: BalanceItem | undefined }> {
    const { dynamo, table } = this.#options;
    try {
      const item = await dynamo.updateItem(table, balanceKey(account), expression, condition);
      return { done: true, item: item && parseBalance(item) };
    } catch (error) {
      if (!(error instanceof ConditionFailedError)) throw error;
      const item = error.item ? parseBalance(error.item) : await this.read(account);
      return { done: false, item };
    }
  }

  /**
   * A team's balance is made with its first limit, so that what it spent before is read from the ledger; a person's has
   * counted from the first call on.
   * @param day today; undefined for a person
   * @returns whether it was this call that made the item
   */
  async make(account: Account, generation: number, day?: string): Promise<boolean> {
    const { dynamo, table } = this.#options;
    const spent = day === undefined ? nothingSpent : await this.spentBefore({ team: account.id }, [generation]);
    const periods = day !== undefined && {
      d: { n: day, s: spent.day },
      m: { n: day.slice(0, 7), s: spent.month },
      t: { s: spent.total },
    };
    try {
      const item = { ...newBalance(account, generation), ...periods };
      await dynamo.putItem(table, item, { condition: 'attribute_not_exists(pk)' });
      return true;
    } catch (error) {
      if (error instanceof ConditionFailedError) return false;
      throw error;
    }
  }

  /** Puts into the item what a reserve has missed there. Whether it was this call or another does not matter. */
  prepare(
    what: Extract<Decision['kind'], 'upgrade' | 'advance' | 'add-key'>,
    request: AccountRequest,
    item: BalanceItem,
  ): Promise<unknown> {
    const { account, generation } = request;
    if (what === 'add-key') return this.#addKey(request, item);
    if (what === 'upgrade') {
      const values = { ':from': item.v, ':to': balanceVersion, ':none': {} };
      return this.update(account, 'SET v = :to, k = :none', { condition: 'v = :from', values });
    }
    const values = { ':from': item.gen, ':to': generation };
    return this.update(account, 'SET gen = :to', { condition: 'gen = :from', values });
  }

  /**
   * The first call of a key with limits: an entry for it, and none any more of keys that are gone. What the ledger says was
   * spent does not count calls that are still held, for they are added when they settle; the entry is made only while these
   * are held, so that none is left out either. Where one of them changes meanwhile nothing is done, and the reserve looks
   * again.
   * @throws GatewayError 429 while more calls of the key are open than one condition can name
   */
  async #addKey(
    { account, generation, keyLimits, call: { budget, now, currentKeys } }: AccountRequest,
    { lu, k, r }: BalanceItem,
  ): Promise<void> {
    if (budget === undefined) return;
    const open = Object.entries(r).filter(([, hold]) => (hold.b ?? hold.k) === budget.id);
    if (open.length > mostOpenOfNewKey) throw tooManyOpen('key', mostOpenOfNewKey);
    const isUsed = budget.keyIds.some((keyId) => lu[keyId] !== undefined);
    let spent = nothingSpent;
    if (isUsed) {
      const written = await this.#rowsOf(account.id, open);
      const ids = written.map(({ requestId }) => requestId);
      const state = [generation, open.map(([requestId]) => requestId).toSorted(), ids];
      spent = await this.spentBefore({ username: account.id, keyIds: budget.keyIds }, state);
      if ((await this.#rowsOf(account.id, open)).length !== written.length) return;
      spent = written.reduce((rest, row) => without(rest, row, dayOf(now)), spent);
    }
    const update = new UpdateExpression();
    const entry = `k.${update.name(budget.id)}`;
    update.require(`attribute_not_exists(${entry})`);
    // Under another one calls may have come and gone that knew of no limit.
    update.require(`gen = ${update.value(generation)}`);
    for (const [requestId] of open) update.require(`attribute_exists(r.${update.name(requestId)})`);
    update.set(entry, update.value(newScopeState(keyLimits, dayOf(now), spent)));
    const gone = Object.keys(k).length < mostKeys ? [] : Object.keys(k).filter((id) => !currentKeys.has(id));
    for (const id of gone) update.remove(`k.${update.name(id)}`);
    await this.update(account, ...update.build());
  }

  /** The rows of those calls that have one. */
  async #rowsOf(username: string, holds: readonly (readonly [string, Hold])[]): Promise<readonly LedgerRow[]> {
    const rows = await Promise.all(
      holds.map(async ([requestId, { s: time }]) => {
        return time === undefined ? undefined : this.#options.ledger.rowOf({ username, time, requestId });
      }),
    );
    return rows.filter((row) => row !== undefined);
  }

  /**
   * What was spent that no item counts yet. Many calls may find at once that it is needed: the ledger is read once by those
   * who found the same before.
   * @param state of the balance: who finds another open call, or one less, may not take a sum that was begun before
   */
  spentBefore(of: SpentBy, state: readonly unknown[] = []): Promise<Spent> {
    const name = JSON.stringify([of, state]);
    const running = this.#summing.get(name) ?? this.#options.spentBefore(of).finally(() => this.#summing.delete(name));
    this.#summing.set(name, running);
    return running;
  }

  /** A row for each person and day with a call, from which reports and the closing of a day learn who was active. */
  markActive(username: string, day: string): Promise<void> {
    return this.#options.dynamo.putItem(this.#options.table, { pk: `D#${day}`, sk: username, v: 1 });
  }
}

/** A condition has 4 KB at most (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html). */
const mostOpenOfNewKey = 100;

function without({ day, month, total }: Spent, { time, costNanoUsd }: LedgerRow, today: string): Spent {
  const cost = costNanoUsd ?? 0;
  const [rowDay, inMonth] = [dayOf(time), today.slice(0, 7)];
  return {
    day: day - (rowDay === today ? cost : 0),
    month: month - (rowDay.startsWith(inMonth) ? cost : 0),
    total: total - cost,
  };
}

import { dayOf } from '../../shared/period.ts';
import { ConditionFailedError, type DynamoClient, type WriteCondition } from '../aws/dynamodb.ts';
import { nothingSpent, type Spent } from './balance.ts';
import {
  type Account,
  type BalanceItem,
  balanceKey,
  balanceVersion,
  newBalance,
  parseBalance,
} from './balance-item.ts';
import { type AccountRequest, type Decision, mostKeys } from './reserve-update.ts';
import { newScopeState } from './scope.ts';
import { UpdateExpression } from './update-expression.ts';

export interface BalanceItemsOptions {
  readonly dynamo: DynamoClient;
  readonly table: string;
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
    const spent = day === undefined ? nothingSpent : await this.#spentBefore({ team: account.id });
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

  /** The first call of a key with limits: an entry for it, and none any more of keys that are gone. */
  async #addKey(
    { account, keyLimits, call: { budget, now, currentKeys } }: AccountRequest,
    { lu, k }: BalanceItem,
  ): Promise<void> {
    if (budget === undefined) return;
    const isUsed = budget.keyIds.some((keyId) => lu[keyId] !== undefined);
    const spent = isUsed ? await this.#spentBefore({ username: account.id, keyIds: budget.keyIds }) : nothingSpent;
    const update = new UpdateExpression();
    const entry = `k.${update.name(budget.id)}`;
    update.require(`attribute_not_exists(${entry})`);
    update.set(entry, update.value(newScopeState(keyLimits, dayOf(now), spent)));
    const gone = Object.keys(k).length < mostKeys ? [] : Object.keys(k).filter((id) => !currentKeys.has(id));
    for (const id of gone) update.remove(`k.${update.name(id)}`);
    await this.update(account, ...update.build());
  }

  /** Many calls may find at once that it is needed: the ledger is read once. */
  #spentBefore(of: SpentBy): Promise<Spent> {
    const name = JSON.stringify(of);
    const running = this.#summing.get(name) ?? this.#options.spentBefore(of).finally(() => this.#summing.delete(name));
    this.#summing.set(name, running);
    return running;
  }

  /** A row for each person and day with a call, from which reports and the closing of a day learn who was active. */
  markActive(username: string, day: string): Promise<void> {
    return this.#options.dynamo.putItem(this.#options.table, { pk: `D#${day}`, sk: username, v: 1 });
  }
}

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
import { newScopeState, spentIn } from './scope.ts';
import { UpdateExpression } from './update-expression.ts';

export interface BalanceItemsOptions {
  readonly dynamo: DynamoClient;
  readonly table: string;
  /** What a key or team had spent before it got its first limit; asked once, then kept in the balance. */
  readonly spentBefore: (of: SpentBy) => Promise<Spent>;
}

/** Of a key, or where `keyId` is null of a team. */
export type SpentBy = { readonly username: string; readonly keyId: string } | { readonly team: string };

/** The items the balances are in: reading and writing them, and what must be in them before a call can be held. */
export class BalanceItems {
  readonly #options: BalanceItemsOptions;

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
    const { dynamo, table, spentBefore } = this.#options;
    const spent = day === undefined ? nothingSpent : await spentBefore({ team: account.id });
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
    { account, keyLimits, call: { keyId, now, currentKeys, rotatedFrom } }: AccountRequest,
    { lu, k }: BalanceItem,
  ): Promise<void> {
    if (keyId === null) return;
    const earlier = rotatedFrom === undefined ? undefined : k[rotatedFrom];
    const isUsed = lu[keyId] !== undefined;
    const before = isUsed ? await this.#options.spentBefore({ username: account.id, keyId }) : nothingSpent;
    const spent = earlier ? sumOf(before, spentIn(earlier, now)) : before;
    const update = new UpdateExpression();
    const entry = `k.${update.name(keyId)}`;
    update.require(`attribute_not_exists(${entry})`);
    update.set(entry, update.value(newScopeState(keyLimits, dayOf(now), spent)));
    const gone = Object.keys(k).length < mostKeys ? [] : Object.keys(k).filter((id) => !currentKeys.has(id));
    for (const id of gone) update.remove(`k.${update.name(id)}`);
    await this.update(account, ...update.build());
  }

  /** A row for each person and day with a call, from which reports and the closing of a day learn who was active. */
  markActive(username: string, day: string): Promise<void> {
    return this.#options.dynamo.putItem(this.#options.table, { pk: `D#${day}`, sk: username, v: 1 });
  }
}

function sumOf(a: Spent, b: Spent): Spent {
  return { day: a.day + b.day, month: a.month + b.month, total: a.total + b.total };
}

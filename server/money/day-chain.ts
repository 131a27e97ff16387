import type { KeyObject } from 'node:crypto';
import * as z from 'zod/mini';
import { type DayRange, dayOf } from '../../shared/period.ts';
import { ConditionFailedError, type DynamoClient, type Item, type Key } from '../aws/dynamodb.ts';
import { hasTrueMac, withMac } from './row-mac.ts';

/** What is known for good of the rows that were booked on one day. */
export interface Digest {
  /** The day they were booked on. */
  readonly day: string;
  readonly rows: number;
  readonly costNanoUsd: number;
  readonly unpriced: number;
  /** Merkle root over the rows' MACs, in the order of their days of call, persons, times and request ids. */
  readonly root: string;
  /** The digest before: a day without rows has none. Null for the first of all. */
  readonly previous: { readonly day: string; readonly mac: string } | null;
}

/**
 * Of the sums of a day. 1, where none is told: a Pennyworth that knew no tags wrote them, or none that promised any. 2: with
 * those of tagged calls.
 */
const sumsLayout = 2;

/** A digest as it is stored. */
export interface StoredDigest extends Digest {
  /** Whether the day's sums by tag were written with it. */
  readonly hasTagged: boolean;
  readonly mac: string;
  /** Whether its MAC is ours. */
  readonly isTrue: boolean;
}

const StoredItem = z.object({
  sk: z.string(),
  v: z.literal(1),
  rows: z.number(),
  cost: z.number(),
  unpriced: z.number(),
  root: z.string(),
  layout: z.optional(z.number()),
  prev: z.nullable(z.object({ day: z.string(), mac: z.string() })),
  mac: z.string(),
});

const chain = 'C';
/** Sorts after every day. */
const closedThrough = { pk: chain, sk: 'through' };
/** The last day for which some instance has taken it on itself to close what is due after a call. */
const claimed = { pk: chain, sk: 'claimed' };

/** No ledger is older: the first Pennyworth that wrote one is of November 2026. */
const firstDay = '2026-10-01';

/** The digests of the closed days, each with the MAC of the one before (pk `C`, sk the day), and how far days are closed. */
export class DayChain {
  readonly #dynamo: DynamoClient;
  readonly #table: string;
  readonly #ledgerKey: () => Promise<KeyObject>;

  constructor(dynamo: DynamoClient, table: string, ledgerKey: () => Promise<KeyObject>) {
    this.#dynamo = dynamo;
    this.#table = table;
    this.#ledgerKey = ledgerKey;
  }

  /** The last day that is closed. */
  async through(): Promise<string> {
    const item = await this.#dynamo.getItem(this.#table, closedThrough, { consistent: true });
    const day = item?.['day'];
    return typeof day === 'string' ? day : dayOf(Date.parse(firstDay) - 1);
  }

  /** All days up to this one are closed. Never goes back, whoever is late. */
  async advance(day: string): Promise<void> {
    await this.#setLater(closedThrough, day);
  }

  /** For one of all instances true: it closes what is due up to this day. */
  claim(day: string): Promise<boolean> {
    return this.#setLater(claimed, day);
  }

  /** The newest before a day. */
  async before(day: string): Promise<StoredDigest | undefined> {
    const { items } = await this.#dynamo.query(this.#table, {
      pk: chain,
      skBetween: ['0', dayOf(Date.parse(day) - 1)],
      descending: true,
      limit: 1,
      consistent: true,
    });
    const [found] = await this.#read(items);
    return found;
  }

  /** In order. */
  async of({ from, to }: DayRange): Promise<readonly StoredDigest[]> {
    const { items } = await this.#dynamo.query(this.#table, { pk: chain, skBetween: [from, to], consistent: true });
    return this.#read(items);
  }

  /** @returns false when the day has a digest already: that stays */
  async write(digest: Digest): Promise<boolean> {
    const { day, rows, costNanoUsd, unpriced, root, previous } = digest;
    const sums = { rows, cost: costNanoUsd, unpriced, layout: sumsLayout };
    const item = { pk: chain, sk: day, v: 1, ...sums, root, prev: previous };
    try {
      const condition = { condition: 'attribute_not_exists(pk)' };
      await this.#dynamo.putItem(this.#table, withMac(item, await this.#ledgerKey()), condition);
      return true;
    } catch (error) {
      if (!(error instanceof ConditionFailedError)) throw error;
      return false;
    }
  }

  /** @returns false when that day or a later one stands there */
  async #setLater(key: Key, day: string): Promise<boolean> {
    const condition = 'attribute_not_exists(pk) OR #day < :day';
    const options = { condition, names: { '#day': 'day' }, values: { ':day': day, ':v': 1 } };
    try {
      await this.#dynamo.updateItem(this.#table, key, 'SET #day = :day, v = :v', options);
      return true;
    } catch (error) {
      if (!(error instanceof ConditionFailedError)) throw error;
      return false;
    }
  }

  async #read(items: readonly Item[]): Promise<readonly StoredDigest[]> {
    const key = await this.#ledgerKey();
    return items.map((item) => {
      const { sk: day, cost: costNanoUsd, prev: previous, layout, rows, unpriced, root, mac } = StoredItem.parse(item);
      const sums = { rows, costNanoUsd, unpriced, hasTagged: layout === sumsLayout };
      return { day, ...sums, root, previous, mac, isTrue: hasTrueMac(item, key) };
    });
  }
}

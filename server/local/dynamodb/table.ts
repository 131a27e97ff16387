import { invalid } from './fault.ts';
import { type Attributes, type AttributeValue, compareText, typeOf } from './value.ts';

/** The names of the key attributes; both hold strings. */
export interface KeySchema {
  readonly pk: string;
  readonly sk: string | undefined;
}

/** What of a table survives a restart beside its items. */
export interface TableSettings {
  readonly name: string;
  readonly id: string;
  /** ms since the epoch. */
  readonly createdAt: number;
  readonly schema: { readonly pk: string; readonly sk?: string };
  readonly deletionProtection: boolean;
  readonly pointInTimeRecovery: boolean;
  /** The attribute of the time to live, in seconds since the epoch. */
  readonly ttlAttribute?: string;
}

/** The sort key is empty in a table without one. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

interface Partition {
  readonly items: Map<string, Attributes>;
  /** The sort keys in their order. */
  readonly order: string[];
}

const maximumPartitionKeyBytes = 2048;
const maximumSortKeyBytes = 1024;
const fiveYearsSeconds = 5 * 365 * 86_400;
/** DynamoDB takes up to days. A caller has to look at the time itself, and this delay shows one that does not. */
const ttlDelaySeconds = 2;

/** Items by their key, each partition in the order of its sort keys. */
export class Table {
  settings: TableSettings;
  readonly schema: KeySchema;
  readonly #partitions = new Map<string, Partition>();

  constructor(settings: TableSettings) {
    this.settings = settings;
    this.schema = { pk: settings.schema.pk, sk: settings.schema.sk };
  }

  find({ pk, sk }: ItemKey): Attributes | undefined {
    return this.#partitions.get(pk)?.items.get(sk);
  }

  put(item: Attributes): void {
    const { pk, sk } = this.keyOfItem(item);
    let partition = this.#partitions.get(pk);
    if (partition === undefined) {
      partition = { items: new Map(), order: [] };
      this.#partitions.set(pk, partition);
    }
    if (!partition.items.has(sk)) partition.order.splice(lowerBound(partition.order, sk), 0, sk);
    partition.items.set(sk, item);
  }

  delete({ pk, sk }: ItemKey): void {
    const partition = this.#partitions.get(pk);
    if (partition === undefined || !partition.items.delete(sk)) return;
    partition.order.splice(lowerBound(partition.order, sk), 1);
    if (partition.order.length === 0) this.#partitions.delete(pk);
  }

  partitionKeys(): Iterable<string> {
    return this.#partitions.keys();
  }

  /** The sort keys of a partition in their order. To be copied before anything is deleted. */
  sortKeys(pk: string): readonly string[] {
    return this.#partitions.get(pk)?.order ?? [];
  }

  *items(): Iterable<Attributes> {
    for (const { items } of this.#partitions.values()) yield* items.values();
  }

  get itemCount(): number {
    let count = 0;
    for (const { order } of this.#partitions.values()) count += order.length;
    return count;
  }

  isExpired(item: Attributes, now: number): boolean {
    const { ttlAttribute } = this.settings;
    const value = ttlAttribute === undefined ? undefined : item[ttlAttribute];
    if (value === undefined || !('N' in value)) return false;
    const age = now / 1000 - Number(value.N);
    return age >= ttlDelaySeconds && age < fiveYearsSeconds;
  }

  keyOfItem(item: Attributes): ItemKey {
    const { pk, sk } = this.schema;
    return { pk: textOf(item[pk]), sk: sk === undefined ? '' : textOf(item[sk]) };
  }

  /** The item made of nothing but the key. */
  itemOfKey({ pk, sk }: ItemKey): Attributes {
    const item: Record<string, AttributeValue> = Object.create(null);
    item[this.schema.pk] = { S: pk };
    if (this.schema.sk !== undefined) item[this.schema.sk] = { S: sk };
    return item;
  }

  /** @throws AwsFault ValidationException unless the key attributes are there, strings and of a possible length. */
  checkItem(item: Attributes): void {
    for (const name of this.#keyNames()) {
      const value = item[name];
      if (value === undefined) {
        throw invalid(`One or more parameter values were invalid: Missing the key ${name} in the item`);
      }
      if (!('S' in value)) {
        throw invalid(
          `One or more parameter values were invalid: Type mismatch for key ${name} expected: S actual: ${typeOf(value)}`,
        );
      }
      this.#checkKeyText(name, value.S);
    }
  }

  /** @throws AwsFault ValidationException unless the map holds exactly the key. */
  parseKey(attributes: Attributes): ItemKey {
    const names = this.#keyNames();
    const fits = names.every((name) => {
      const value = attributes[name];
      return value !== undefined && 'S' in value;
    });
    if (!fits || Object.keys(attributes).length !== names.length) {
      throw invalid('The provided key element does not match the schema');
    }
    const key = this.keyOfItem(attributes);
    this.#checkKeyText(this.schema.pk, key.pk);
    if (this.schema.sk !== undefined) this.#checkKeyText(this.schema.sk, key.sk);
    return key;
  }

  #keyNames(): readonly string[] {
    return this.schema.sk === undefined ? [this.schema.pk] : [this.schema.pk, this.schema.sk];
  }

  #checkKeyText(name: string, text: string): void {
    const problem = 'One or more parameter values';
    if (text === '') {
      throw invalid(
        `${problem} are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${name}`,
      );
    }
    const bytes = Buffer.byteLength(text);
    if (name === this.schema.pk && bytes > maximumPartitionKeyBytes) {
      throw invalid(
        `${problem} were invalid: Size of hashkey has exceeded the maximum size limit of${maximumPartitionKeyBytes} bytes`,
      );
    }
    if (name === this.schema.sk && bytes > maximumSortKeyBytes) {
      throw invalid(
        `${problem} were invalid: Aggregated size of all range keys has exceeded the size limit of ${maximumSortKeyBytes} bytes`,
      );
    }
  }
}

/** Where a sort key stands in the order, or would stand. */
export function lowerBound(order: readonly string[], sk: string): number {
  let low = 0;
  let high = order.length;
  const last = order[high - 1];
  if (last !== undefined && compareText(last, sk) < 0) return high; // rows mostly come in their order
  while (low < high) {
    const middle = (low + high) >>> 1;
    const text = order[middle];
    if (text !== undefined && compareText(text, sk) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function textOf(value: AttributeValue | undefined): string {
  return value !== undefined && 'S' in value ? value.S : '';
}

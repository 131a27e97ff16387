/** A DynamoDB value in plain JavaScript: numbers are integers that are safe in a double; `null` is NULL. */
export type ItemValue =
  | string
  | number
  | boolean
  | null
  | Uint8Array
  | readonly ItemValue[]
  | { readonly [name: string]: ItemValue };
export type Item = { readonly [name: string]: ItemValue };

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export interface WriteCondition {
  readonly condition?: string;
  /** ExpressionAttributeNames, with their `#`. */
  readonly names?: Readonly<Record<string, string>>;
  /** ExpressionAttributeValues, with their `:`. */
  readonly values?: Readonly<Record<string, ItemValue>>;
}

/** A write whose condition did not hold. `item` is the item as it stood, where the service returned it. */
export class ConditionFailedError extends Error {
  override readonly name = 'ConditionFailedError';
  readonly item: Item | undefined;
  constructor(item: Item | undefined) {
    super('the condition of the write did not hold');
    this.item = item;
  }
}

/**
 * The DynamoDB calls of the hot path. Every method throws AwsError; conditional writes throw ConditionFailedError and
 * ask for the old item (`ReturnValuesOnConditionCheckFailure: ALL_OLD`).
 */
export interface DynamoClient {
  getItem(
    table: string,
    key: Key,
    options?: {
      readonly consistent?: boolean;
      readonly projection?: string;
      readonly names?: Readonly<Record<string, string>>;
    },
  ): Promise<Item | undefined>;
  putItem(table: string, item: Item, condition?: WriteCondition): Promise<void>;
  /** @returns the item after the update (ALL_NEW) when `returnNew` is set, else undefined. */
  updateItem(
    table: string,
    key: Key,
    update: string,
    options: WriteCondition & { readonly returnNew?: boolean },
  ): Promise<Item | undefined>;
  deleteItem(table: string, key: Key, condition?: WriteCondition): Promise<void>;
  /** One partition in the order of its sort key, all pages; `limit` stops early. */
  query(
    table: string,
    query: {
      readonly pk: string;
      readonly skPrefix?: string;
      readonly skBetween?: readonly [string, string];
      readonly startAfter?: Key;
      readonly limit?: number;
      readonly descending?: boolean;
    },
  ): Promise<{ readonly items: readonly Item[]; readonly last: Key | undefined }>;
}

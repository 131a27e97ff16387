import { decodeAttributes, encodeAttributes } from './attribute-value.ts';
import { AwsError } from './aws-error.ts';
import { isRecord } from './json.ts';
import { type CallJson, createJsonCaller } from './json-protocol.ts';
import type { AwsClientOptions } from './service-client.ts';

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
      /** Only these of each item, and no others: less to send and to read, at the same price. */
      readonly attributes?: readonly string[];
      readonly descending?: boolean;
      readonly consistent?: boolean;
    },
  ): Promise<{ readonly items: readonly Item[]; readonly last: Key | undefined }>;
}

/** Throttling passes within milliseconds (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html). */
const retries = { leastDelayMs: 25, mostDelayMs: 200, anyServerError: true };

export function createDynamo(options: AwsClientOptions): DynamoClient {
  const call = createJsonCaller(options, {
    service: 'dynamodb',
    target: 'DynamoDB_20120810',
    version: '1.0',
    retries,
  });
  return createDynamoOver(call);
}

/** The same over any way to reach DynamoDB that knows its operations. */
export function createDynamoOver(call: CallJson): DynamoClient {
  const write = async (operation: string, input: Readonly<Record<string, unknown>>): Promise<Item | undefined> => {
    try {
      return readItem(await call(operation, input), 'Attributes');
    } catch (error) {
      if (!(error instanceof AwsError) || error.name !== 'ConditionalCheckFailedException') throw error;
      throw new ConditionFailedError(readItem(error.details, 'Item'));
    }
  };

  return {
    async getItem(table, key, { consistent, projection, names } = {}) {
      const output = await call('GetItem', {
        TableName: table,
        Key: encodeKey(key),
        ConsistentRead: consistent,
        ProjectionExpression: projection,
        ExpressionAttributeNames: names,
      });
      return readItem(output, 'Item');
    },
    async putItem(table, item, condition) {
      await write('PutItem', { TableName: table, Item: encodeAttributes(item), ...encodeCondition(condition) });
    },
    updateItem(table, key, update, { returnNew, ...condition }) {
      return write('UpdateItem', {
        TableName: table,
        Key: encodeKey(key),
        UpdateExpression: update,
        ReturnValues: returnNew ? 'ALL_NEW' : undefined,
        ...encodeCondition(condition),
      });
    },
    async deleteItem(table, key, condition) {
      await write('DeleteItem', { TableName: table, Key: encodeKey(key), ...encodeCondition(condition) });
    },
    query: (table, query) => queryPages(call, table, query),
  };
}

type Query = Parameters<DynamoClient['query']>[1];

/** A page ends after 1 MB, so one partition may take several. */
async function queryPages(call: CallJson, table: string, query: Query): ReturnType<DynamoClient['query']> {
  const input = {
    TableName: table,
    ScanIndexForward: query.descending ? false : undefined,
    ConsistentRead: query.consistent,
    ...encodeRange(query),
    ...encodeProjection(query),
  };
  const items: Item[] = [];
  let last = query.startAfter;
  do {
    const output = await call('Query', {
      ...input,
      Limit: query.limit === undefined ? undefined : query.limit - items.length,
      ExclusiveStartKey: last && encodeKey(last),
    });
    items.push(...readItems(output));
    last = readKey(output);
  } while (last !== undefined && (query.limit === undefined || items.length < query.limit));
  return { items, last };
}

/** @throws TypeError when both ways to narrow the sort key are asked for: DynamoDB knows one at a time. */
function encodeRange({ pk, skPrefix, skBetween }: Query): Readonly<Record<string, unknown>> {
  const range = (condition: string, values: Readonly<Record<string, string>>) => ({
    KeyConditionExpression: `pk = :pk${condition}`,
    ExpressionAttributeValues: encodeAttributes({ ':pk': pk, ...values }),
  });
  if (skPrefix !== undefined && skBetween !== undefined) throw new TypeError('a query has skPrefix or skBetween');
  if (skPrefix !== undefined) return range(' AND begins_with(sk, :prefix)', { ':prefix': skPrefix });
  if (skBetween === undefined) return range('', {});
  const [from, to] = skBetween;
  return range(' AND sk BETWEEN :from AND :to', { ':from': from, ':to': to });
}

/** By placeholders, since a name may be one of DynamoDB's own words. */
function encodeProjection({ attributes }: Query): Readonly<Record<string, unknown>> {
  if (attributes === undefined) return {};
  const names = attributes.map((name) => [`#${name}`, name] as const);
  return {
    ProjectionExpression: names.map(([placeholder]) => placeholder).join(', '),
    ExpressionAttributeNames: Object.fromEntries(names),
  };
}

function encodeKey({ pk, sk }: Key): Readonly<Record<string, unknown>> {
  return encodeAttributes({ pk, sk });
}

function encodeCondition({ condition, names, values }: WriteCondition = {}): Readonly<Record<string, unknown>> {
  return {
    ConditionExpression: condition,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values && encodeAttributes(values),
    ReturnValuesOnConditionCheckFailure: condition === undefined ? undefined : 'ALL_OLD',
  };
}

function readItem(output: unknown, member: 'Attributes' | 'Item'): Item | undefined {
  const attributes = isRecord(output) ? output[member] : undefined;
  return attributes === undefined ? undefined : decodeItem(attributes);
}

function readItems(output: unknown): Item[] {
  const items = isRecord(output) ? output['Items'] : undefined;
  if (!Array.isArray(items)) throw unreadable('a query was answered without Items');
  return items.map(decodeItem);
}

function readKey(output: unknown): Key | undefined {
  const attributes = isRecord(output) ? output['LastEvaluatedKey'] : undefined;
  if (attributes === undefined) return undefined;
  const { pk, sk } = decodeItem(attributes);
  if (typeof pk !== 'string' || typeof sk !== 'string') throw unreadable('LastEvaluatedKey has no pk and sk');
  return { pk, sk };
}

function decodeItem(attributes: unknown): Item {
  try {
    return decodeAttributes(attributes);
  } catch (cause) {
    throw unreadable(`an item cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

function unreadable(message: string, cause?: unknown): AwsError {
  return new AwsError({ name: 'UnreadableAnswerError', message, service: 'dynamodb', status: 200, cause });
}

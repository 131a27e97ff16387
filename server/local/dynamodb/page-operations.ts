import { crc32 } from 'node:zlib';
import { consumedCapacity, readUnits } from './capacity.ts';
import { holds } from './condition.ts';
import { type Condition, parseCondition } from './condition-parser.ts';
import type { Database } from './database.ts';
import { invalid } from './fault.ts';
import {
  type Input,
  oneOf,
  optionalBoolean,
  optionalCount,
  optionalRecord,
  optionalString,
  refuseMembers,
  requiredString,
} from './input.ts';
import { parseProjection } from './item-operations.ts';
import { type KeyCondition, parseKeyCondition } from './key-condition.ts';
import { type PathTree, project } from './path.ts';
import { Placeholders } from './placeholder.ts';
import { type ItemKey, lowerBound, type Table } from './table.ts';
import { type Attributes, compareText, parseAttributes, sizeOfAttributes } from './value.ts';

const maximumPageBytes = 1024 * 1024;
const unsupported = [
  'IndexName',
  'KeyConditions',
  'QueryFilter',
  'ScanFilter',
  'ConditionalOperator',
  'AttributesToGet',
  'Segment',
  'TotalSegments',
];

export function query(database: Database, input: Input): object {
  refuseMembers(input, unsupported);
  const table = database.getTable(requiredString(input, 'TableName'));
  const placeholders = new Placeholders(input['ExpressionAttributeNames'], input['ExpressionAttributeValues']);
  const keyText = optionalString(input, 'KeyConditionExpression');
  if (keyText === undefined) {
    throw invalid('Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.');
  }
  const condition = parseKeyCondition(keyText, placeholders, table.schema);
  const shape = parseShape(input, table, placeholders, { KeyConditionExpression: keyText });
  const start = parseStartKey(input, table);
  if (start !== undefined && (start.pk !== condition.pk || !condition.matches(start.sk))) {
    throw invalid('The provided starting key is outside query boundaries based on provided conditions');
  }
  const descending = optionalBoolean(input, 'ScanIndexForward') === false;
  const keys = matchingKeys(table, condition, start, descending);
  return readPage(database, table, input, keys, shape);
}

export function scan(database: Database, input: Input): object {
  refuseMembers(input, unsupported);
  const table = database.getTable(requiredString(input, 'TableName'));
  const placeholders = new Placeholders(input['ExpressionAttributeNames'], input['ExpressionAttributeValues']);
  const shape = parseShape(input, table, placeholders, {});
  return readPage(database, table, input, allKeys(table, parseStartKey(input, table)), shape);
}

interface PageShape {
  readonly filter: Condition | undefined;
  readonly projection: PathTree<true> | undefined;
  readonly onlyCount: boolean;
  readonly limit: number;
}

function parseShape(
  input: Input,
  table: Table,
  placeholders: Placeholders,
  expressions: Readonly<Record<string, string>>,
): PageShape {
  const filterText = optionalString(input, 'FilterExpression');
  const filter = filterText === undefined ? undefined : parseCondition('FilterExpression', filterText, placeholders);
  const isQuery = 'KeyConditionExpression' in expressions;
  if (filter !== undefined && isQuery) refuseKeyInFilter(filter, table);
  const projection = parseProjection(input, placeholders);
  placeholders.checkUse({
    ...expressions,
    FilterExpression: filterText,
    ProjectionExpression: optionalString(input, 'ProjectionExpression'),
  });
  const select = oneOf(input, 'Select', ['ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES', 'SPECIFIC_ATTRIBUTES', 'COUNT']);
  if (select === 'COUNT' && projection !== undefined) {
    throw invalid('Cannot specify the ProjectionExpression when choosing to get only the Count');
  }
  const limit = optionalCount(input, 'Limit') ?? Number.POSITIVE_INFINITY;
  return { filter, projection, onlyCount: select === 'COUNT', limit };
}

/** A query filters after it has read: a test of a key belongs into the key condition. */
function refuseKeyInFilter(filter: Condition, table: Table): void {
  const { pk, sk } = table.schema;
  const names = namesIn(filter);
  const key = names.find((name) => name === pk || name === sk);
  if (key !== undefined) {
    throw invalid(`Filter Expression can only contain non-primary key attributes: Primary key attribute: ${key}`);
  }
}

function namesIn(condition: Condition): readonly (string | number | undefined)[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return [...namesIn(condition.left), ...namesIn(condition.right)];
    case 'not':
      return namesIn(condition.condition);
    default: {
      const operands =
        condition.kind === 'compare'
          ? [condition.left, condition.right]
          : condition.kind === 'call'
            ? condition.operands
            : [condition.operand];
      return operands.flatMap((operand) => {
        const inner = operand.kind === 'call' ? operand.operands[0] : operand;
        return inner?.kind === 'path' ? [inner.path[0]] : [];
      });
    }
  }
}

function parseStartKey(input: Input, table: Table): ItemKey | undefined {
  const given = optionalRecord(input, 'ExclusiveStartKey');
  if (given === undefined) return undefined;
  try {
    return table.parseKey(parseAttributes(given));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw invalid(`The provided starting key is invalid: ${why}`);
  }
}

/** Copied, because reading deletes what has expired. */
function matchingKeys(
  table: Table,
  condition: KeyCondition,
  start: ItemKey | undefined,
  descending: boolean,
): Iterable<ItemKey> {
  const order = table.sortKeys(condition.pk);
  const matches = (index: number) => condition.matches(order[index] ?? '');
  let from = lowerBound(order, condition.lowest);
  if (from < order.length && !matches(from)) from++;
  const to = firstIndex(from, order.length, (index) => !matches(index));
  const keys = order.slice(from, to);
  if (descending) keys.reverse();
  const past = (sk: string) => start === undefined || compareText(sk, start.sk) * (descending ? -1 : 1) > 0;
  const begin = firstIndex(0, keys.length, (index) => past(keys[index] ?? ''));
  return keys.slice(begin).map((sk) => ({ pk: condition.pk, sk }));
}

/** The first index for which a test holds that holds for all after it. */
function firstIndex(from: number, to: number, test: (index: number) => boolean): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Partitions in an order that is fixed and means nothing, as in DynamoDB. */
function* allKeys(table: Table, start: ItemKey | undefined): Iterable<ItemKey> {
  const partitions = [...table.partitionKeys()].map((pk) => ({ pk, rank: crc32(pk) }));
  partitions.sort((left, right) => left.rank - right.rank || compareText(left.pk, right.pk));
  const startRank = start === undefined ? 0 : crc32(start.pk);
  for (const { pk, rank } of partitions) {
    if (start !== undefined && (rank - startRank || compareText(pk, start.pk)) < 0) continue;
    for (const sk of [...table.sortKeys(pk)]) {
      if (start === undefined || pk !== start.pk || compareText(sk, start.sk) > 0) yield { pk, sk };
    }
  }
}

/** Reads up to the limit or 1 MB, whichever comes first; both count before the filter. */
function readPage(database: Database, table: Table, input: Input, keys: Iterable<ItemKey>, shape: PageShape): object {
  const consistent = optionalBoolean(input, 'ConsistentRead') ?? false;
  const items: Attributes[] = [];
  let scanned = 0;
  let bytes = 0;
  let last: ItemKey | undefined;
  for (const key of keys) {
    const item = database.findItem(table, key);
    if (item === undefined) continue;
    scanned++;
    bytes += sizeOfAttributes(item);
    if (shape.filter === undefined || holds(shape.filter, item)) items.push(item);
    if (scanned < shape.limit && bytes < maximumPageBytes) continue;
    last = key;
    break;
  }
  const { projection } = shape;
  const shown = projection === undefined ? items : items.map((item) => project(item, projection));
  return {
    ...(shape.onlyCount ? {} : { Items: shown }),
    Count: items.length,
    ScannedCount: scanned,
    ...(last === undefined ? {} : { LastEvaluatedKey: table.itemOfKey(last) }),
    ...consumedCapacity(input, table, readUnits(bytes, consistent)),
  };
}

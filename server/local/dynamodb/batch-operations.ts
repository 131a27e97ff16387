import { describeCapacity, readUnits, wantsCapacity, writeUnits } from './capacity.ts';
import type { Database } from './database.ts';
import { invalid } from './fault.ts';
import { type Input, optionalBoolean, optionalString, refuseMembers, requiredList, requiredRecord } from './input.ts';
import { checkSize, parseKey, parseProjection } from './item-operations.ts';
import { type PathTree, project } from './path.ts';
import { Placeholders } from './placeholder.ts';
import type { ItemKey, Table } from './table.ts';
import { type Attributes, isRecord, parseAttributes, sizeOfAttributes } from './value.ts';

const maximumReads = 100;
const maximumWrites = 25;
const maximumAnswerBytes = 16 * 1024 * 1024;

interface Read {
  readonly table: Table;
  readonly keys: readonly ItemKey[];
  readonly consistent: boolean;
  readonly projection: PathTree<true> | undefined;
  /** As it came, for what is handed back as not processed. */
  readonly request: Input;
}

export function batchGetItem(database: Database, input: Input): object {
  const reads = Object.entries(requiredRecord(input, 'RequestItems')).map(([name, request]) =>
    parseRead(database.getTable(name), request),
  );
  const count = reads.reduce((sum, { keys }) => sum + keys.length, 0);
  if (count > maximumReads) throw invalid('Too many items requested for the BatchGetItem call');
  if (count === 0) throw tooFew('BatchGetItem');
  const responses: Record<string, readonly Attributes[]> = {};
  const unprocessed: Record<string, unknown> = {};
  const capacities: object[] = [];
  let room = maximumAnswerBytes;
  for (const read of reads) {
    const { name } = read.table.settings;
    const found: Attributes[] = [];
    let units = 0;
    for (const [index, key] of read.keys.entries()) {
      const item = database.findItem(read.table, key);
      const bytes = item === undefined ? 0 : sizeOfAttributes(item);
      if (bytes > room) {
        unprocessed[name] = { ...read.request, Keys: requiredList(read.request, 'Keys').slice(index) };
        break;
      }
      room -= bytes;
      units += readUnits(bytes, read.consistent);
      if (item !== undefined) found.push(read.projection === undefined ? item : project(item, read.projection));
    }
    responses[name] = found;
    capacities.push(describeCapacity(input, read.table, units));
  }
  return { Responses: responses, UnprocessedKeys: unprocessed, ...capacityMember(input, capacities) };
}

function parseRead(table: Table, request: unknown): Read {
  if (!isRecord(request)) throw invalid('RequestItems must hold keys');
  refuseMembers(request, ['AttributesToGet']);
  const keys = requiredList(request, 'Keys').map((key) => parseKey(table, { Key: key }));
  refuseDuplicates(keys);
  const placeholders = new Placeholders(request['ExpressionAttributeNames'], undefined);
  const projection = parseProjection(request, placeholders);
  placeholders.checkUse({ ProjectionExpression: optionalString(request, 'ProjectionExpression') });
  const consistent = optionalBoolean(request, 'ConsistentRead') ?? false;
  return { table, keys, consistent, projection, request };
}

type Write = { readonly table: Table; readonly key: ItemKey; readonly item: Attributes | undefined };

/** Not one transaction: each write stands alone, but all are checked before the first is done. */
export function batchWriteItem(database: Database, input: Input): object {
  const writes: Write[] = [];
  for (const [name, requests] of Object.entries(requiredRecord(input, 'RequestItems'))) {
    if (!Array.isArray(requests)) throw invalid('RequestItems must hold lists of writes');
    const table = database.getTable(name);
    const ofTable = requests.map((request) => parseWrite(table, request));
    refuseDuplicates(ofTable.map(({ key }) => key));
    writes.push(...ofTable);
  }
  if (writes.length > maximumWrites) throw invalid('Too many items requested for the BatchWriteItem call');
  if (writes.length === 0) throw tooFew('BatchWriteItem');
  const wanted = wantsCapacity(input);
  const units = new Map<Table, number>();
  for (const { table, key, item } of writes) {
    const old = database.findItem(table, key);
    if (item !== undefined) database.putItem(table, item);
    else if (old !== undefined) database.deleteItem(table, key);
    if (!wanted) continue;
    const bytes = [old, item].map((one) => (one === undefined ? 0 : sizeOfAttributes(one)));
    units.set(table, (units.get(table) ?? 0) + writeUnits(Math.max(...bytes)));
  }
  const capacities = [...units].map(([table, sum]) => describeCapacity(input, table, sum));
  return { UnprocessedItems: {}, ...capacityMember(input, capacities) };
}

function parseWrite(table: Table, request: unknown): Write {
  if (!isRecord(request)) throw invalid('RequestItems must hold lists of writes');
  const put = request['PutRequest'];
  const deletion = request['DeleteRequest'];
  if (isRecord(put) === isRecord(deletion)) {
    throw invalid('Supplied AttributeValue has to be exactly one of PutRequest and DeleteRequest');
  }
  if (isRecord(deletion)) return { table, key: parseKey(table, deletion), item: undefined };
  const item = parseAttributes(isRecord(put) ? requiredRecord(put, 'Item') : undefined);
  table.checkItem(item);
  checkSize(item, 'Item size has exceeded the maximum allowed size');
  return { table, key: table.keyOfItem(item), item };
}

function refuseDuplicates(keys: readonly ItemKey[]): void {
  const seen = new Set(keys.map(({ pk, sk }) => JSON.stringify([pk, sk])));
  if (seen.size < keys.length) throw invalid('Provided list of item keys contains duplicates');
}

function tooFew(operation: string) {
  return invalid(
    `1 validation error detected: Value at 'requestItems' failed to satisfy constraint: ${operation} needs at least one item`,
  );
}

function capacityMember(input: Input, capacities: readonly object[]): object {
  return wantsCapacity(input) ? { ConsumedCapacity: capacities } : {};
}

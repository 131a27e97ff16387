import { AwsFault } from '../emulator.ts';
import { consumedCapacity, describeCapacity, readUnits, wantsCapacity, writeUnits } from './capacity.ts';
import { holds } from './condition.ts';
import { parseCondition } from './condition-parser.ts';
import { parsePaths } from './cursor.ts';
import type { Database } from './database.ts';
import { invalid } from './fault.ts';
import {
  type Input,
  oneOf,
  optionalBoolean,
  optionalString,
  refuseMembers,
  requiredRecord,
  requiredString,
} from './input.ts';
import { formatPath, growTree, type Path, type PathTree, project } from './path.ts';
import { Placeholders } from './placeholder.ts';
import type { ItemKey, Table } from './table.ts';
import { applyUpdate, onlyRemoves } from './update.ts';
import { parseUpdate, type Update } from './update-parser.ts';
import { type Attributes, parseAttributes, sizeOfAttributes } from './value.ts';

const maximumItemBytes = 400 * 1024;
const nothing: Attributes = Object.freeze(Object.create(null));
const returnValues = ['NONE', 'ALL_OLD', 'UPDATED_OLD', 'ALL_NEW', 'UPDATED_NEW'] as const;
const legacyMembers = ['Expected', 'ConditionalOperator', 'AttributeUpdates', 'AttributesToGet'];

export function getItem(database: Database, input: Input): object {
  refuseMembers(input, legacyMembers);
  const table = database.getTable(requiredString(input, 'TableName'));
  const key = parseKey(table, input);
  const consistent = optionalBoolean(input, 'ConsistentRead') ?? false;
  const placeholders = new Placeholders(input['ExpressionAttributeNames'], undefined);
  const projection = parseProjection(input, placeholders);
  placeholders.checkUse({ ProjectionExpression: optionalString(input, 'ProjectionExpression') });
  const item = database.findItem(table, key);
  const bytes = item === undefined ? 0 : sizeOfAttributes(item);
  const shown = item !== undefined && projection !== undefined ? project(item, projection) : item;
  return {
    ...(shown === undefined ? {} : { Item: shown }),
    ...consumedCapacity(input, table, readUnits(bytes, consistent)),
  };
}

export function putItem(database: Database, input: Input): object {
  const table = database.getTable(requiredString(input, 'TableName'));
  const item = parseAttributes(requiredRecord(input, 'Item'));
  checkReturnValues(input, ['NONE', 'ALL_OLD']);
  const write = prepareWrite(input);
  table.checkItem(item);
  checkSize(item, 'Item size has exceeded the maximum allowed size');
  const old = database.findItem(table, table.keyOfItem(item));
  write.check(old);
  database.putItem(table, item);
  return {
    ...(input['ReturnValues'] === 'ALL_OLD' && old !== undefined ? { Attributes: old } : {}),
    ...writeCapacity(input, write, table, [old, item]),
  };
}

export function deleteItem(database: Database, input: Input): object {
  const table = database.getTable(requiredString(input, 'TableName'));
  checkReturnValues(input, ['NONE', 'ALL_OLD']);
  const key = parseKey(table, input);
  const write = prepareWrite(input);
  const old = database.findItem(table, key);
  write.check(old);
  if (old !== undefined) database.deleteItem(table, key);
  return {
    ...(input['ReturnValues'] === 'ALL_OLD' && old !== undefined ? { Attributes: old } : {}),
    ...writeCapacity(input, write, table, [old]),
  };
}

export function updateItem(database: Database, input: Input): object {
  const table = database.getTable(requiredString(input, 'TableName'));
  const returned = checkReturnValues(input, returnValues);
  const key = parseKey(table, input);
  const write = prepareWrite(input, true);
  const { update } = write;
  for (const path of update?.paths ?? []) refuseKeyPath(table, path);
  const old = database.findItem(table, key);
  write.check(old);
  const before = old ?? table.itemOfKey(key);
  const after = update === undefined ? before : applyUpdate(update.actions, before, old !== undefined);
  checkSize(after, 'Item size to update has exceeded the maximum allowed size');
  const makesNothing = old === undefined && update !== undefined && onlyRemoves(update.actions);
  if (!makesNothing) database.putItem(table, after);
  const attributes = makesNothing ? undefined : returnedAttributes(returned, old, after, update);
  return {
    ...(attributes === undefined ? {} : { Attributes: attributes }),
    ...writeCapacity(input, write, table, [old, after]),
  };
}

interface PreparedWrite {
  readonly wantsCapacity: boolean;
  readonly update: Update | undefined;
  /** @throws AwsFault ConditionalCheckFailedException */
  check(old: Attributes | undefined): void;
}

function prepareWrite(input: Input, takesUpdate = false): PreparedWrite {
  refuseMembers(input, legacyMembers);
  const placeholders = new Placeholders(input['ExpressionAttributeNames'], input['ExpressionAttributeValues']);
  const updateText = takesUpdate ? optionalString(input, 'UpdateExpression') : undefined;
  const conditionText = optionalString(input, 'ConditionExpression');
  const update = updateText === undefined ? undefined : parseUpdate(updateText, placeholders);
  const condition =
    conditionText === undefined ? undefined : parseCondition('ConditionExpression', conditionText, placeholders);
  const onFailure = oneOf(input, 'ReturnValuesOnConditionCheckFailure', ['NONE', 'ALL_OLD']);
  placeholders.checkUse({
    ...(takesUpdate ? { UpdateExpression: updateText } : {}),
    ConditionExpression: conditionText,
  });
  return {
    wantsCapacity: wantsCapacity(input),
    update,
    check(old) {
      if (condition === undefined || holds(condition, old ?? nothing)) return;
      const extra = onFailure === 'ALL_OLD' && old !== undefined ? { Item: old } : {};
      throw new AwsFault('ConditionalCheckFailedException', 'The conditional request failed', 400, extra);
    },
  };
}

/** The tree of a ProjectionExpression, if there is one. */
export function parseProjection(input: Input, placeholders: Placeholders): PathTree<true> | undefined {
  const label = 'ProjectionExpression';
  const text = optionalString(input, label);
  return text === undefined ? undefined : treeOf(parsePaths(label, text, placeholders), label);
}

function treeOf(paths: readonly Path[], label: string): PathTree<true> {
  const entries = paths.map((path) => ({ path, leaf: true as const }));
  return growTree(entries, (kind, one, other) =>
    invalid(
      `Invalid ${label}: Two document paths ${kind} with each other; must remove or rewrite one of these paths; path one: ${formatPath(one)}, path two: ${formatPath(other)}`,
    ),
  );
}

export function parseKey(table: Table, input: Input): ItemKey {
  return table.parseKey(parseAttributes(requiredRecord(input, 'Key')));
}

/** @throws AwsFault ValidationException for an item that no table takes. */
export function checkSize(item: Attributes, message: string): void {
  if (sizeOfAttributes(item) > maximumItemBytes) throw invalid(message);
}

function checkReturnValues(input: Input, allowed: readonly string[]) {
  const value = oneOf(input, 'ReturnValues', returnValues);
  if (!allowed.includes(value)) throw invalid('ReturnValues can only be ALL_OLD or NONE');
  return value;
}

function refuseKeyPath(table: Table, path: Path): void {
  const [name] = path;
  if (name !== table.schema.pk && name !== table.schema.sk) return;
  throw invalid(
    `One or more parameter values were invalid: Cannot update attribute ${name}. This attribute is part of the key`,
  );
}

function returnedAttributes(
  returned: (typeof returnValues)[number],
  old: Attributes | undefined,
  after: Attributes,
  update: Update | undefined,
): Attributes | undefined {
  switch (returned) {
    case 'NONE':
      return undefined;
    case 'ALL_OLD':
      return old;
    case 'ALL_NEW':
      return after;
    default: {
      const item = returned === 'UPDATED_OLD' ? old : after;
      if (item === undefined || update === undefined) return undefined;
      const updated = project(item, treeOf(update.paths, 'UpdateExpression'));
      return Object.keys(updated).length > 0 ? updated : undefined;
    }
  }
}

/** A write costs by the greater of the item before and after it. */
function writeCapacity(
  input: Input,
  write: PreparedWrite,
  table: Table,
  items: readonly (Attributes | undefined)[],
): object {
  if (!write.wantsCapacity) return {};
  const bytes = items.map((item) => (item === undefined ? 0 : sizeOfAttributes(item)));
  return { ConsumedCapacity: describeCapacity(input, table, writeUnits(Math.max(...bytes))) };
}

import { randomUUID } from 'node:crypto';
import { AwsFault } from '../emulator.ts';
import type { Database } from './database.ts';
import { invalid } from './fault.ts';
import {
  type Input,
  optionalBoolean,
  optionalCount,
  optionalString,
  refuseMembers,
  requiredList,
  requiredRecord,
  requiredString,
  violation,
} from './input.ts';
import type { Table, TableSettings } from './table.ts';
import { isRecord, sizeOfAttributes } from './value.ts';

const unsupported = [
  'GlobalSecondaryIndexes',
  'LocalSecondaryIndexes',
  'ReplicaUpdates',
  'GlobalSecondaryIndexUpdates',
];

export function createTable(database: Database, input: Input): object {
  refuseMembers(input, unsupported);
  const name = requiredString(input, 'TableName');
  if (!/^[\w.-]{3,255}$/.test(name)) {
    throw violation('TableName', name, 'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]{3,255}');
  }
  if (optionalString(input, 'BillingMode') !== 'PAY_PER_REQUEST') {
    throw invalid('The local emulator has tables with BillingMode PAY_PER_REQUEST only');
  }
  const schema = parseSchema(input);
  if (database.findTable(name) !== undefined) {
    throw new AwsFault('ResourceInUseException', `Table already exists: ${name}`);
  }
  const table = database.saveTable({
    name,
    id: randomUUID(),
    createdAt: database.now(),
    schema,
    deletionProtection: optionalBoolean(input, 'DeletionProtectionEnabled') ?? false,
    pointInTimeRecovery: false,
  });
  return { TableDescription: describe(database, table) };
}

export function describeTable(database: Database, input: Input): object {
  return { Table: describe(database, getNamed(database, input)) };
}

export function listTables(database: Database, input: Input): object {
  const after = optionalString(input, 'ExclusiveStartTableName') ?? '';
  const limit = optionalCount(input, 'Limit') ?? 100;
  const names = database.tableNames().filter((name) => name > after);
  const page = names.slice(0, limit);
  return { TableNames: page, ...(names.length > limit ? { LastEvaluatedTableName: page.at(-1) } : {}) };
}

export function deleteTable(database: Database, input: Input): object {
  const table = getNamed(database, input);
  if (table.settings.deletionProtection) {
    throw invalid(
      'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
    );
  }
  database.dropTable(table);
  return { TableDescription: { ...describe(database, table), TableStatus: 'DELETING' } };
}

export function updateTable(database: Database, input: Input): object {
  refuseMembers(input, [...unsupported, 'ProvisionedThroughput', 'StreamSpecification']);
  const table = getNamed(database, input);
  const deletionProtection = optionalBoolean(input, 'DeletionProtectionEnabled') ?? table.settings.deletionProtection;
  database.saveTable({ ...table.settings, deletionProtection });
  return { TableDescription: describe(database, table) };
}

export function updateTimeToLive(database: Database, input: Input): object {
  const table = getNamed(database, input);
  const wanted = requiredRecord(input, 'TimeToLiveSpecification');
  const attribute = requiredString(wanted, 'AttributeName');
  const enabled = optionalBoolean(wanted, 'Enabled') ?? false;
  const { ttlAttribute, ...others } = table.settings;
  if (enabled && ttlAttribute !== undefined) throw invalid('TimeToLive is already enabled');
  if (!enabled && ttlAttribute === undefined) throw invalid('TimeToLive is already disabled');
  if (!enabled && ttlAttribute !== attribute) {
    throw invalid(`TimeToLive is active on a different AttributeName: current AttributeName is ${ttlAttribute}`);
  }
  database.saveTable(enabled ? { ...others, ttlAttribute: attribute } : others);
  return { TimeToLiveSpecification: { AttributeName: attribute, Enabled: enabled } };
}

export function describeTimeToLive(database: Database, input: Input): object {
  const { ttlAttribute } = getNamed(database, input).settings;
  return {
    TimeToLiveDescription:
      ttlAttribute === undefined
        ? { TimeToLiveStatus: 'DISABLED' }
        : { TimeToLiveStatus: 'ENABLED', AttributeName: ttlAttribute },
  };
}

export function describeContinuousBackups(database: Database, input: Input): object {
  return { ContinuousBackupsDescription: describeBackups(getNamedForBackups(database, input).settings) };
}

/** Remembers the setting; nothing is backed up. */
export function updateContinuousBackups(database: Database, input: Input): object {
  const table = getNamedForBackups(database, input);
  const wanted = requiredRecord(input, 'PointInTimeRecoverySpecification');
  const pointInTimeRecovery = optionalBoolean(wanted, 'PointInTimeRecoveryEnabled') ?? false;
  database.saveTable({ ...table.settings, pointInTimeRecovery });
  return { ContinuousBackupsDescription: describeBackups(table.settings) };
}

function describeBackups({ pointInTimeRecovery }: TableSettings): object {
  return {
    ContinuousBackupsStatus: 'ENABLED',
    PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: pointInTimeRecovery ? 'ENABLED' : 'DISABLED' },
  };
}

function getNamed(database: Database, input: Input): Table {
  const name = requiredString(input, 'TableName');
  return database.getTable(name, `Requested resource not found: Table: ${name} not found`);
}

function getNamedForBackups(database: Database, input: Input): Table {
  const name = requiredString(input, 'TableName');
  const table = database.findTable(name);
  if (table === undefined) throw new AwsFault('TableNotFoundException', `Table not found: ${name}`);
  return table;
}

function parseSchema(input: Input): TableSettings['schema'] {
  const names = new Map<string, string>();
  for (const element of requiredList(input, 'KeySchema')) {
    if (!isRecord(element)) throw invalid('One or more parameter values were invalid: KeySchema');
    names.set(requiredString(element, 'KeyType'), requiredString(element, 'AttributeName'));
  }
  const types = new Map<string, string>();
  for (const definition of requiredList(input, 'AttributeDefinitions')) {
    if (!isRecord(definition)) throw invalid('One or more parameter values were invalid: AttributeDefinitions');
    types.set(requiredString(definition, 'AttributeName'), requiredString(definition, 'AttributeType'));
  }
  const pk = names.get('HASH');
  const sk = names.get('RANGE');
  if (pk === undefined || names.size !== (sk === undefined ? 1 : 2)) {
    throw invalid('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
  }
  for (const name of names.values()) {
    if (!types.has(name)) {
      throw invalid(
        `One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [${[...names.values()].join(', ')}], AttributeDefinitions: [${[...types.keys()].join(', ')}]`,
      );
    }
    if (types.get(name) !== 'S') throw invalid('The local emulator has key attributes of type S only');
  }
  if (types.size !== names.size) {
    throw invalid(
      'One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
    );
  }
  return sk === undefined ? { pk } : { pk, sk };
}

function describe(database: Database, table: Table): object {
  const { settings, schema } = table;
  const keys = [
    { AttributeName: schema.pk, KeyType: 'HASH' },
    ...(schema.sk === undefined ? [] : [{ AttributeName: schema.sk, KeyType: 'RANGE' }]),
  ];
  let bytes = 0;
  for (const item of table.items()) bytes += sizeOfAttributes(item);
  return {
    TableName: settings.name,
    TableId: settings.id,
    TableArn: `arn:aws:dynamodb:${database.region}:000000000000:table/${settings.name}`,
    TableStatus: 'ACTIVE',
    CreationDateTime: settings.createdAt / 1000,
    KeySchema: keys,
    AttributeDefinitions: keys.map(({ AttributeName }) => ({ AttributeName, AttributeType: 'S' })),
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    ProvisionedThroughput: { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
    DeletionProtectionEnabled: settings.deletionProtection,
    ItemCount: table.itemCount,
    TableSizeBytes: bytes,
  };
}

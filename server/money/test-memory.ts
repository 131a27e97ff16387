import type { RootSecret } from '../auth/root-secret.ts';
import { AwsError } from '../aws/aws-error.ts';
import { ConditionFailedError, createDynamoOver, type DynamoClient } from '../aws/dynamodb.ts';
import { isRecord } from '../aws/json.ts';
import { Database } from '../local/dynamodb/database.ts';
import { operations } from '../local/dynamodb/emulator.ts';
import { AwsFault } from '../local/emulator.ts';
import { rootKeys } from './test-table.ts';

/** A table in this process, for tests of so many steps that HTTP would take most of their time. */
export interface MemoryTable {
  readonly dynamo: DynamoClient;
  /** As DynamoDB on a bad day: what failed comes without the item. */
  readonly withoutOldItems: DynamoClient;
  readonly table: string;
  readonly rootSecret: RootSecret;
}

export function createMemoryTable(): MemoryTable {
  const table = 'pennyworth';
  const database = new Database({ region: 'us-west-2', now: () => 0 });
  const key = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' });
  run(database, 'CreateTable', {
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [key('pk'), key('sk')],
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
  });
  const dynamo = createDynamoOver(async (operation, input) => {
    // Others go on between a request and its answer.
    await undefined;
    return run(database, operation, input);
  });
  const forget = (error: unknown): never => {
    throw error instanceof ConditionFailedError ? new ConditionFailedError(undefined) : error;
  };
  return {
    dynamo,
    withoutOldItems: {
      ...dynamo,
      putItem: (...write) => dynamo.putItem(...write).catch(forget),
      updateItem: (...write) => dynamo.updateItem(...write).catch(forget),
    },
    table,
    rootSecret: { keys: async () => rootKeys },
  };
}

function run(database: Database, operation: string, input: Readonly<Record<string, unknown>>): object {
  const sent: unknown = JSON.parse(JSON.stringify(input));
  const work = operations.get(operation);
  if (!work || !isRecord(sent)) throw new Error(`no operation ${operation}`);
  try {
    return work(database, sent);
  } catch (error) {
    if (!(error instanceof AwsFault)) throw error;
    const { type: name, message, status, extra } = error;
    throw new AwsError({ name, message, service: 'dynamodb', status, details: extra });
  }
}

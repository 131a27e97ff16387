import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { RootSecret } from '../auth/root-secret.ts';
import { createDynamo, type DynamoClient, type Key } from '../aws/dynamodb.ts';
import type { DynamoOptions } from '../local/dynamodb/emulator.ts';
import { startDynamo } from '../local/services-for-tests.ts';
import { createTable } from '../local/tables.ts';

/** A table of its own on an emulator of its own, reached over HTTP; for the tests of this folder. */
export interface TestTable {
  readonly dynamo: DynamoClient;
  readonly table: string;
  readonly rootSecret: RootSecret;
  /** Requests of any kind that have reached DynamoDB. */
  requests(): number;
  /** Asked before each request from now on; a fault is answered instead, `lost` is a write without an answer. */
  setFault(fault: DynamoOptions['fault']): void;
  /** What writing an item of this size costs, as DynamoDB tells it. */
  writeUnits(key: Key): Promise<number | undefined>;
  close(): Promise<void>;
}

export const rootKeys = {
  fingerprint: '0123456789abcdef',
  pepper: Buffer.alloc(32, 1),
  pepperId: 'p1',
  checksumKey: Buffer.alloc(32, 2),
  ledgerKey: Buffer.alloc(32, 3),
  sealingKey: Buffer.alloc(32, 4),
};

export async function startTable(): Promise<TestTable> {
  let fault: DynamoOptions['fault'];
  const emulator = await startDynamo({ fault: (operation, input) => fault?.(operation, input) });
  const table = 'pennyworth';
  const region = 'us-west-2';
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const sdk = new DynamoDBClient({ region, credentials, endpoint: emulator.url });
  await createTable(sdk, table, false);
  return {
    dynamo: createDynamo({
      region,
      credentials: () => credentials,
      environment: { AWS_ENDPOINT_URL_DYNAMODB: emulator.url },
    }),
    table,
    rootSecret: { keys: async () => rootKeys },
    requests: () => [...emulator.calls.values()].reduce((sum, count) => sum + count, 0),
    setFault(next) {
      fault = next;
    },
    async writeUnits({ pk, sk }) {
      const { Item } = await sdk.send(new GetItemCommand({ TableName: table, Key: { pk: { S: pk }, sk: { S: sk } } }));
      const put = await sdk.send(new PutItemCommand({ TableName: table, Item, ReturnConsumedCapacity: 'TOTAL' }));
      return put.ConsumedCapacity?.CapacityUnits;
    },
    async close() {
      sdk.destroy();
      await emulator.close();
    },
  };
}

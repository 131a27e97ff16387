import {
  CreateTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';

/** Tables of string pk and sk; the main one forgets items by `ttl`. */
export async function provisionTables(table: string, auditTable: string): Promise<void> {
  const dynamo = new DynamoDBClient({});
  try {
    await Promise.all([table, auditTable].map((name) => createTable(dynamo, name, name === table)));
  } finally {
    dynamo.destroy();
  }
}

/** One table, unless it is there already. `forgets`: its items end by `ttl`. */
export async function createTable(dynamo: DynamoDBClient, name: string, forgets: boolean): Promise<void> {
  try {
    await dynamo.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      }),
    );
  } catch (error) {
    if (error instanceof ResourceInUseException) return;
    throw error;
  }
  await waitUntilTableExists({ client: dynamo, maxWaitTime: 60, minDelay: 1, maxDelay: 2 }, { TableName: name });
  if (forgets) await forgetByTtl(dynamo, name);
}

/** A stand-in for DynamoDB may not know how to forget: expired items then stay, and readers go by the time in them. */
async function forgetByTtl(dynamo: DynamoDBClient, name: string): Promise<void> {
  const specification = { Enabled: true, AttributeName: 'ttl' };
  try {
    await dynamo.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification: specification }));
  } catch (error) {
    if (!(error instanceof Error && error.name === 'UnknownOperationException')) throw error;
  }
}

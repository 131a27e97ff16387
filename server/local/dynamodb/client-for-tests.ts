import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';

const stringKey = { AttributeType: 'S' } as const;

/** A table with string keys `pk` and `sk`. */
export function createCommand(name: string) {
  return new CreateTableCommand({
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'pk', ...stringKey },
      { AttributeName: 'sk', ...stringKey },
    ],
  });
}

/** The genuine client without retries, so that a test sees each answer. */
export function connect(url: string, identity = { accessKeyId: 'local', secretAccessKey: 'local' }) {
  return new DynamoDBClient({ endpoint: url, region: 'us-west-2', credentials: identity, maxAttempts: 1 });
}

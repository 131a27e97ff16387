import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { inject } from 'vitest';

const dev = inject('dev');

/**
 * Ids of the requests that hold money of a budget's owner, straight from the table.
 * @param partition `U#<username>` of a person with their keys, `G#<group>` of a team
 */
export async function openHolds(partition: string): Promise<readonly string[]> {
  const dynamo = new DynamoDBClient({
    endpoint: dev.endpoints['dynamodb'] ?? '',
    region: dev.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const Key = { pk: { S: partition }, sk: { S: 'B' } };
  const { Item } = await dynamo.send(
    new GetItemCommand({ TableName: dev.env['PENNYWORTH_TABLE'], Key, ConsistentRead: true }),
  );
  dynamo.destroy();
  return Object.keys(Item?.['r']?.M ?? {});
}

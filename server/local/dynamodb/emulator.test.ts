import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AwsFault, type Emulator } from '../emulator.ts';
import { startDynamo } from '../services-for-tests.ts';
import { connect, createCommand } from './client-for-tests.ts';
import type { DynamoOptions } from './emulator.ts';

let emulator: Emulator;
let client: DynamoDBClient;
let now = Date.now();
let fault: DynamoOptions['fault'];
const TableName = 'table';

beforeAll(async () => {
  emulator = await startDynamo({ now: () => now, fault: (operation, input) => fault?.(operation, input) });
  client = connect(emulator.url);
  await client.send(createCommand(TableName));
});
afterAll(async () => {
  client.destroy();
  await emulator.close();
});

let lastKey = 0;
function freshKey() {
  lastKey++;
  return { pk: { S: `p${lastKey}` }, sk: { S: 's' } };
}
const get = async (key: ReturnType<typeof freshKey>) =>
  (await client.send(new GetItemCommand({ TableName, Key: key, ConsistentRead: true }))).Item;

describe('who may call', () => {
  test.for([
    ['another secret', { accessKeyId: 'local', secretAccessKey: 'x' }, 'InvalidSignatureException'],
    ['an unknown key', { accessKeyId: 'x', secretAccessKey: 'local' }, 'UnrecognizedClientException'],
  ] as const)('%s is refused', async ([, identity, name], { expect }) => {
    const stranger = connect(emulator.url, identity);
    await expect(stranger.send(new ListTablesCommand({}))).rejects.toMatchObject({
      name,
      $metadata: { httpStatusCode: 400 },
    });
    stranger.destroy();
  });

  test('a call without a signature is refused', async () => {
    const response = await fetch(emulator.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'DynamoDB_20120810.ListTables' },
      body: '{}',
    });
    expect([response.status, await response.json()]).toEqual([
      400,
      {
        __type: 'com.amazon.coral.service#MissingAuthenticationTokenException',
        message: 'Missing Authentication Token',
      },
    ]);
  });
});

describe('tables', () => {
  test('live from creation to deletion', async () => {
    const created = await client.send(createCommand('second'));
    expect(created.TableDescription).toMatchObject({ TableName: 'second', TableStatus: 'ACTIVE', ItemCount: 0 });
    await expect(client.send(createCommand('second'))).rejects.toMatchObject({
      name: 'ResourceInUseException',
      message: 'Table already exists: second',
    });
    expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual(['second', TableName]);
    await client.send(new UpdateTableCommand({ TableName: 'second', DeletionProtectionEnabled: true }));
    await expect(client.send(new DeleteTableCommand({ TableName: 'second' }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
    await client.send(new UpdateTableCommand({ TableName: 'second', DeletionProtectionEnabled: false }));
    await client.send(new DeleteTableCommand({ TableName: 'second' }));
    await expect(client.send(new DescribeTableCommand({ TableName: 'second' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Requested resource not found: Table: second not found',
    });
  });

  test('remember their backups setting', async () => {
    const specification = { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } };
    await client.send(new UpdateContinuousBackupsCommand({ TableName, ...specification }));
    const { ContinuousBackupsDescription } = await client.send(new DescribeContinuousBackupsCommand({ TableName }));
    expect(ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe('ENABLED');
  });

  test('lose items some seconds after their time to live', async () => {
    await client.send(createCommand('ttl'));
    const on = { AttributeName: 'expires', Enabled: true };
    await client.send(new UpdateTimeToLiveCommand({ TableName: 'ttl', TimeToLiveSpecification: on }));
    const described = await client.send(new DescribeTimeToLiveCommand({ TableName: 'ttl' }));
    expect(described.TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' });
    const expires = { N: String(Math.floor(now / 1000) + 10) };
    await client.send(new PutItemCommand({ TableName: 'ttl', Item: { pk: { S: 'a' }, sk: { S: 'b' }, expires } }));
    const count = async () => (await client.send(new ScanCommand({ TableName: 'ttl' }))).Count;
    const before = await count();
    now += 11_000;
    const inDelay = await count();
    now += 3000;
    expect([before, inDelay, await count()]).toEqual([1, 1, 0]);
    now -= 14_000;
    expect(await count()).toBe(0);
  });
});

describe('conditional writes', () => {
  test('a failed condition returns the item when asked', async () => {
    const key = freshKey();
    await client.send(new PutItemCommand({ TableName, Item: { ...key, a: { N: '1' } } }));
    const condition = { ConditionExpression: 'attribute_not_exists(pk)' } as const;
    const failure = await client
      .send(new PutItemCommand({ TableName, Item: key, ...condition, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConditionalCheckFailedException);
    expect(failure).toMatchObject({ message: 'The conditional request failed', Item: { ...key, a: { N: '1' } } });
    const bare = await client
      .send(new DeleteItemCommand({ TableName, Key: key, ...condition }))
      .catch((error) => error);
    expect(bare).toBeInstanceOf(ConditionalCheckFailedException);
    expect(bare.Item).toBeUndefined();
    expect(await get(key)).toEqual({ ...key, a: { N: '1' } });
  });

  test('of 200 at once against a cap of 100 exactly 100 win', async () => {
    const key = freshKey();
    const command = new UpdateItemCommand({
      TableName,
      Key: key,
      UpdateExpression: 'ADD #n :one',
      ConditionExpression: 'attribute_not_exists(#n) OR #n < :cap',
      ExpressionAttributeNames: { '#n': 'count' },
      ExpressionAttributeValues: { ':one': { N: '1' }, ':cap': { N: '100' } },
    });
    const results = await Promise.allSettled(Array.from({ length: 200 }, () => client.send(command)));
    const won = results.filter(({ status }) => status === 'fulfilled').length;
    const lost = results.filter(
      (result) => result.status === 'rejected' && result.reason instanceof ConditionalCheckFailedException,
    ).length;
    expect([won, lost, (await get(key))?.['count']]).toEqual([100, 100, { N: '100' }]);
  });
});

describe('updates', () => {
  test('of nested maps and lists, with every kind of return value', async () => {
    const key = freshKey();
    const day = { M: { name: { S: '2026-01-01' }, spent: { N: '5' } } };
    await client.send(
      new PutItemCommand({
        TableName,
        Item: { ...key, periods: { M: { day } }, list: { L: [{ N: '1' }, { N: '2' }] } },
      }),
    );
    const update = (ReturnValues: 'UPDATED_NEW' | 'UPDATED_OLD' | 'ALL_NEW' | 'ALL_OLD') =>
      client.send(
        new UpdateItemCommand({
          TableName,
          Key: key,
          UpdateExpression: 'SET periods.#d.spent = periods.#d.spent + :x, #l[7] = :x REMOVE #l[0] ADD uses :x',
          ExpressionAttributeNames: { '#d': 'day', '#l': 'list' },
          ExpressionAttributeValues: { ':x': { N: '3' } },
          ReturnValues,
        }),
      );
    expect((await update('UPDATED_NEW')).Attributes).toEqual({
      periods: { M: { day: { M: { spent: { N: '8' } } } } },
      list: { L: [{ N: '2' }] },
      uses: { N: '3' },
    });
    expect((await update('UPDATED_OLD')).Attributes).toEqual({
      periods: { M: { day: { M: { spent: { N: '8' } } } } },
      list: { L: [{ N: '2' }] },
      uses: { N: '3' },
    });
    const old = (await update('ALL_NEW')).Attributes;
    expect(old).toEqual({
      ...key,
      periods: { M: { day: { M: { name: { S: '2026-01-01' }, spent: { N: '14' } } } } },
      list: { L: [{ N: '3' }, { N: '3' }] },
      uses: { N: '9' },
    });
    expect((await update('ALL_OLD')).Attributes).toEqual(old);
  });

  test('keep numbers of 38 digits exact', async () => {
    const key = freshKey();
    const add = (by: string) =>
      client.send(
        new UpdateItemCommand({
          TableName,
          Key: key,
          UpdateExpression: 'ADD n :by',
          ExpressionAttributeValues: { ':by': { N: by } },
          ReturnValues: 'UPDATED_NEW',
        }),
      );
    await add('12345678901234567890123456789.000000001');
    expect((await add('0.000000001')).Attributes).toEqual({ n: { N: '12345678901234567890123456789.000000002' } });
    expect((await add('-12345678901234567890123456789')).Attributes).toEqual({ n: { N: '0.000000002' } });
    await expect(add('1e40')).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Number overflow. Attempting to store a number with magnitude larger than supported range',
    });
    expect(await get(key)).toEqual({ ...key, n: { N: '0.000000002' } });
  });

  test('200 at once of a millionth add up', async () => {
    const key = freshKey();
    const command = new UpdateItemCommand({
      TableName,
      Key: key,
      UpdateExpression: 'ADD n :x',
      ExpressionAttributeValues: { ':x': { N: '0.000001' } },
    });
    await Promise.all(Array.from({ length: 200 }, () => client.send(command)));
    expect((await get(key))?.['n']).toEqual({ N: '0.0002' });
  });

  test('may use any attribute name, those of JavaScript objects included', async () => {
    const key = freshKey();
    const update = {
      TableName,
      Key: key,
      UpdateExpression: 'SET #a = :x, #b = :x',
      ConditionExpression: 'attribute_not_exists(#a) AND attribute_not_exists(#b)',
      ExpressionAttributeNames: { '#a': '__proto__', '#b': 'constructor' },
      ExpressionAttributeValues: { ':x': { N: '1' } },
      ReturnValues: 'UPDATED_NEW',
    } as const;
    const { Attributes } = await client.send(new UpdateItemCommand(update));
    expect(Attributes?.['constructor']).toEqual({ N: '1' });
    await expect(client.send(new UpdateItemCommand(update))).rejects.toBeInstanceOf(ConditionalCheckFailedException);
  });

  test('that only remove make no item', async () => {
    const key = freshKey();
    await client.send(new UpdateItemCommand({ TableName, Key: key, UpdateExpression: 'REMOVE a.b' }));
    expect(await get(key)).toBeUndefined();
  });
});

test('capacity follows the size of the item', async () => {
  const key = freshKey();
  const put = (bytes: number) =>
    client.send(
      new PutItemCommand({
        TableName,
        Item: { ...key, text: { S: 'x'.repeat(bytes) } },
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
  const read = (ConsistentRead: boolean) =>
    client.send(new GetItemCommand({ TableName, Key: key, ConsistentRead, ReturnConsumedCapacity: 'TOTAL' }));
  expect((await put(5000)).ConsumedCapacity?.CapacityUnits).toBe(5);
  expect((await read(true)).ConsumedCapacity?.CapacityUnits).toBe(2);
  expect((await read(false)).ConsumedCapacity?.CapacityUnits).toBe(1);
  expect((await put(10)).ConsumedCapacity?.CapacityUnits).toBe(5);
  expect((await put(10)).ConsumedCapacity?.CapacityUnits).toBe(1);
  await expect(put(400 * 1024)).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'Item size has exceeded the maximum allowed size',
  });
});

describe('faults for tests', () => {
  test('a throttled call is the error that the SDK retries', async () => {
    let left = 2;
    fault = () =>
      left-- > 0 ? new AwsFault('ThrottlingException', 'Throughput exceeds the current capacity.') : undefined;
    const patient = new DynamoDBClient({
      endpoint: emulator.url,
      region: 'us-west-2',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 3,
    });
    const answer = await patient.send(new ListTablesCommand({}));
    fault = undefined;
    patient.destroy();
    expect(answer.$metadata.attempts).toBe(3);
  });

  test('a lost answer leaves the write done', async () => {
    const key = freshKey();
    fault = () => 'lost';
    await expect(client.send(new PutItemCommand({ TableName, Item: key }))).rejects.toThrow();
    fault = undefined;
    expect(await get(key)).toEqual(key);
  });
});

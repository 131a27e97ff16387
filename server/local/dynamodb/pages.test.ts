import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Emulator } from '../emulator.ts';
import { startDynamo } from '../services-for-tests.ts';
import { connect, createCommand } from './client-for-tests.ts';

let emulator: Emulator;
let client: DynamoDBClient;
const TableName = 'table';

beforeAll(async () => {
  emulator = await startDynamo();
  client = connect(emulator.url);
  await client.send(createCommand(TableName));
});
afterAll(async () => {
  client.destroy();
  await emulator.close();
});

describe('pages', () => {
  const pk = { S: 'pages' };
  const rows = ['a#1', 'a#2', 'a#3', 'b#1', 'b#2', '\u{1F600}', '\uFFFD'];
  beforeAll(async () => {
    const puts = rows.toReversed().map((row) => ({ PutRequest: { Item: { pk, sk: { S: row }, n: { N: '1' } } } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: puts } }));
  });

  const conditions: readonly [string, Record<string, string>, readonly string[]][] = [
    ['pk = :p', {}, ['a#1', 'a#2', 'a#3', 'b#1', 'b#2', '\uFFFD', '\u{1F600}']],
    ['pk = :p AND sk = :a', { ':a': 'a#2' }, ['a#2']],
    ['pk = :p AND begins_with(sk, :a)', { ':a': 'a#' }, ['a#1', 'a#2', 'a#3']],
    ['pk = :p AND sk BETWEEN :a AND :b', { ':a': 'a#2', ':b': 'b#1' }, ['a#2', 'a#3', 'b#1']],
    ['(pk = :p) AND (sk > :a)', { ':a': 'b#1' }, ['b#2', '\uFFFD', '\u{1F600}']],
    ['pk = :p AND sk >= :a', { ':a': 'b#2' }, ['b#2', '\uFFFD', '\u{1F600}']],
    ['pk = :p AND sk < :a', { ':a': 'a#2' }, ['a#1']],
    ['pk = :p AND sk <= :a', { ':a': 'a#2' }, ['a#1', 'a#2']],
    ['pk = :p AND begins_with(sk, :a)', { ':a': 'none' }, []],
  ];
  const values = (more: Record<string, string>) => ({
    ':p': pk,
    ...Object.fromEntries(Object.entries(more).map(([name, S]) => [name, { S }])),
  });

  test.for(conditions)('%s, in both directions and one by one', async ([condition, more, expected], { expect }) => {
    const base = { TableName, KeyConditionExpression: condition, ExpressionAttributeValues: values(more) };
    const down = await client.send(new QueryCommand({ ...base, ScanIndexForward: false }));
    expect(down.Items?.map((item) => item['sk']?.S)).toEqual(expected.toReversed());
    const seen: unknown[] = [];
    let ExclusiveStartKey: QueryCommand['input']['ExclusiveStartKey'];
    do {
      const page = await client.send(new QueryCommand({ ...base, Limit: 1, ExclusiveStartKey }));
      for (const item of page.Items ?? []) seen.push(item['sk']?.S);
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    expect(seen).toEqual(expected);
  });

  test('filter after reading, and count', async () => {
    const answer = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :p',
        FilterExpression: 'n > :n',
        ExpressionAttributeValues: { ':p': pk, ':n': { N: '1' } },
        Select: 'COUNT',
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    expect(answer).toMatchObject({
      Count: 0,
      ScannedCount: 7,
      ConsumedCapacity: { TableName, CapacityUnits: 0.5 },
    });
    expect(answer.Items).toBeUndefined();
  });

  test('end at 1 MB', async () => {
    await client.send(createCommand('large'));
    const text = 'x'.repeat(300_000);
    for (const sk of ['1', '2', '3', '4', '5']) {
      const Item = { pk: { S: 'p' }, sk: { S: sk }, text: { S: text } };
      await client.send(new PutItemCommand({ TableName: 'large', Item }));
    }
    const first = await client.send(new ScanCommand({ TableName: 'large' }));
    expect([first.Count, first.LastEvaluatedKey]).toEqual([4, { pk: { S: 'p' }, sk: { S: '4' } }]);
    const second = await client.send(
      new ScanCommand({ TableName: 'large', ExclusiveStartKey: first.LastEvaluatedKey }),
    );
    expect([second.Count, second.LastEvaluatedKey]).toEqual([1, undefined]);
  });

  test('of a scan hold every item once', async () => {
    await client.send(createCommand('scan'));
    const keys = Array.from({ length: 25 }, (_, index) => ({ pk: { S: `p${index % 7}` }, sk: { S: `s${index}` } }));
    const puts = keys.map((Item) => ({ PutRequest: { Item } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { scan: puts } }));
    const seen: string[] = [];
    let ExclusiveStartKey: ScanCommand['input']['ExclusiveStartKey'];
    do {
      const page = await client.send(new ScanCommand({ TableName: 'scan', Limit: 4, ExclusiveStartKey }));
      for (const item of page.Items ?? []) seen.push(`${item['pk']?.S}/${item['sk']?.S}`);
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    expect(seen.toSorted()).toEqual(keys.map(({ pk, sk }) => `${pk.S}/${sk.S}`).toSorted());
  });
});

test('batches read and delete, with projections', async () => {
  const key = (name: string) => ({ pk: { S: name }, sk: { S: 's' } });
  const keys = [key('1'), key('2')] as const;
  const write = (requests: BatchWriteItemCommand['input']['RequestItems']) =>
    client.send(new BatchWriteItemCommand({ RequestItems: requests, ReturnConsumedCapacity: 'TOTAL' }));
  const Item = { ...keys[0], a: { S: 'x' }, b: { S: 'y' } };
  const written = await write({
    [TableName]: [{ PutRequest: { Item } }, { DeleteRequest: { Key: keys[1] } }],
  });
  expect(written.ConsumedCapacity).toEqual([{ TableName, CapacityUnits: 2 }]);
  const read = await client.send(
    new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [...keys], ProjectionExpression: 'a' } } }),
  );
  expect(read.Responses).toEqual({ [TableName]: [{ a: { S: 'x' } }] });
  const tooMany = Array.from({ length: 26 }, (_, index) => ({ PutRequest: { Item: key(`${index}`) } }));
  await expect(write({ [TableName]: tooMany })).rejects.toMatchObject({ name: 'ValidationException' });
});

import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { AwsError } from './aws-error.ts';
import { ConditionFailedError, createDynamo } from './dynamodb.ts';
import { answerJson, startScriptedServer } from './scripted-server.ts';

const pair = { accessKeyId: 'AKIA1', secretAccessKey: 'secret' };

async function startDynamo(answer: (response: ServerResponse, index: number, input: unknown) => unknown) {
  const server = await startScriptedServer(({ body }, response, index) => answer(response, index, JSON.parse(body)));
  const environment = { AWS_ENDPOINT_URL_DYNAMODB: server.url };
  const dynamo = createDynamo({ region: 'us-west-2', credentials: () => pair, environment });
  return { dynamo, server, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const key = { pk: 'U#1', sk: 'B' };

/** An item with one attribute of each type, as DynamoDB answers it and as we read it. */
const wire = {
  pk: { S: 'U#1' },
  n: { N: '-9007199254740991' },
  t: { BOOL: true },
  z: { NULL: true },
  b: { B: 'AQID' },
  l: { L: [{ S: '' }, { M: { __proto__x: { N: '0' } } }] },
  m: { M: { constructor: { S: 'x' } } },
};
const plain = {
  pk: 'U#1',
  n: -9_007_199_254_740_991,
  t: true,
  z: null,
  b: new Uint8Array([1, 2, 3]),
  l: ['', { __proto__x: 0 }],
  m: { constructor: 'x' },
};

test('an item is read in all its types, and an absent one is undefined', async () => {
  await using context = await startDynamo((response, index) =>
    answerJson(response, 200, index === 0 ? { Item: wire } : {}),
  );
  expect(await context.dynamo.getItem('table', key)).toEqual(plain);
  expect(await context.dynamo.getItem('table', key)).toBeUndefined();
  expect(context.server.connections.total).toBe(1);
});

test('a name like __proto__ is a name like any other', async () => {
  await using context = await startDynamo((response, _, input) => answerJson(response, 200, input));
  const item = JSON.parse('{"pk":"a","__proto__":{"a":1}}');
  await context.dynamo.putItem('table', item);
  expect(context.server.requests[0]?.body).toContain('"__proto__":{"M":{"a":{"N":"1"}}}');
});

test.for([
  ['a set', { s: { SS: ['a'] } }],
  ['a number that no double can hold', { n: { N: '9007199254740993' } }],
  ['a fraction', { n: { N: '0.5' } }],
  ['no attribute value', { n: 'text' }],
] as const)('%s is refused instead of being read wrongly', async ([, Item], { expect }) => {
  await using context = await startDynamo((response) => answerJson(response, 200, { Item }));
  const read = context.dynamo.getItem('table', key);
  await expect(read).rejects.toMatchObject({ name: 'UnreadableAnswerError', service: 'dynamodb' });
});

test.for([0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])(
  'the number %d is not written',
  async (n, { expect }) => {
    await using context = await startDynamo((response) => answerJson(response, 200, {}));
    await expect(context.dynamo.putItem('table', { ...key, n })).rejects.toBeInstanceOf(TypeError);
    expect(context.server.requests).toHaveLength(0);
  },
);

const failedCondition = {
  __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
  message: 'The conditional request failed',
};

test('a condition that does not hold is its own error, with the item as it stood where there is one', async () => {
  await using context = await startDynamo((response, index) =>
    answerJson(response, 400, index === 0 ? { ...failedCondition, Item: wire } : failedCondition),
  );
  const condition = { condition: 'attribute_not_exists(pk)' };
  const update = context.dynamo.updateItem('table', key, 'SET a = :a', { ...condition, values: { ':a': 1 } });
  await expect(update).rejects.toEqual(new ConditionFailedError(plain));
  await expect(context.dynamo.putItem('table', key, condition)).rejects.toEqual(new ConditionFailedError(undefined));
  expect(context.server.requests).toHaveLength(2);
  expect(JSON.parse(context.server.requests[1]?.body ?? '')).toEqual({
    TableName: 'table',
    Item: { pk: { S: 'U#1' }, sk: { S: 'B' } },
    ConditionExpression: 'attribute_not_exists(pk)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
});

test('an update gives the new item only when asked', async () => {
  await using context = await startDynamo((response, index) =>
    answerJson(response, 200, index === 0 ? { Attributes: wire } : {}),
  );
  expect(await context.dynamo.updateItem('table', key, 'SET a = :a', { returnNew: true })).toEqual(plain);
  expect(await context.dynamo.updateItem('table', key, 'SET a = :a', {})).toBeUndefined();
});

/** Ten items, three a page, as DynamoDB pages: the key of the last item read, even when that was the last of all. */
function answerPage(response: ServerResponse, input: unknown): void {
  const { ExclusiveStartKey, Limit = 99 } = Object(input);
  const first = ExclusiveStartKey === undefined ? 0 : Number(ExclusiveStartKey.sk.S) + 1;
  const size = Math.min(3, Limit, 10 - first);
  const Items = Array.from({ length: size }, (_, index) => ({ pk: { S: 'P' }, sk: { S: String(first + index) } }));
  const LastEvaluatedKey = first + size < 10 || size === Limit ? Items.at(-1) : undefined;
  answerJson(response, 200, { Items, LastEvaluatedKey });
}

test.for([
  [{ pk: 'P' }, 10, undefined, 4],
  [{ pk: 'P', limit: 7 }, 7, { pk: 'P', sk: '6' }, 3],
  [{ pk: 'P', limit: 2 }, 2, { pk: 'P', sk: '1' }, 1],
  [{ pk: 'P', startAfter: { pk: 'P', sk: '7' } }, 2, undefined, 1],
] as const)('a query %j goes through all its pages', async ([query, count, last, requests], { expect }) => {
  await using context = await startDynamo((response, _, input) => answerPage(response, input));
  const found = await context.dynamo.query('table', query);
  expect({ count: found.items.length, last: found.last }).toEqual({ count, last });
  expect(context.server.requests).toHaveLength(requests);
});

test('a query asks for some attributes by placeholders, which may be any words', async () => {
  await using context = await startDynamo((response) => answerJson(response, 200, { Items: [] }));
  await context.dynamo.query('table', { pk: 'P', attributes: ['status', 'sk'] });
  expect(JSON.parse(context.server.requests[0]?.body ?? '')).toEqual({
    TableName: 'table',
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': { S: 'P' } },
    ProjectionExpression: '#status, #sk',
    ExpressionAttributeNames: { '#status': 'status', '#sk': 'sk' },
  });
});

test('a query narrows the sort key in one of two ways, not both', async () => {
  await using context = await startDynamo((response) => answerJson(response, 200, { Items: [] }));
  await context.dynamo.query('table', { pk: 'P', skBetween: ['a', 'b'] });
  expect(JSON.parse(context.server.requests[0]?.body ?? '')).toEqual({
    TableName: 'table',
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
    ExpressionAttributeValues: { ':pk': { S: 'P' }, ':from': { S: 'a' }, ':to': { S: 'b' } },
  });
  const both = context.dynamo.query('table', { pk: 'P', skPrefix: 'a', skBetween: ['a', 'b'] });
  await expect(both).rejects.toBeInstanceOf(TypeError);
});

test('throttling and failures of the service are tried again, and the last is told with its count', async () => {
  const throttled = { __type: 'com.amazon.coral.availability#ThrottlingException', Message: 'Rate exceeded' };
  await using context = await startDynamo((response, index) => {
    if (index === 2) answerJson(response, 200, { Item: wire });
    else if (index < 2) answerJson(response, index === 0 ? 400 : 500, throttled);
    else answerJson(response, 500, { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: 'oh' });
  });
  expect(await context.dynamo.getItem('table', key)).toEqual(plain);
  const expected = { name: 'InternalServerError', message: 'oh', service: 'dynamodb', status: 500, attempts: 3 };
  await expect(context.dynamo.getItem('table', key)).rejects.toMatchObject({ ...expected, requestId: 'request-1' });
  expect(context.server.requests).toHaveLength(6);
});

test.for([
  ['is not JSON', '<html>'],
  ['is empty', ''],
] as const)('an answer that %s is an error', async ([, body], { expect }) => {
  await using context = await startDynamo((response) => response.end(body));
  await expect(context.dynamo.getItem('table', key)).rejects.toMatchObject({ name: 'UnreadableAnswerError' });
});

test('an error without a name or a body is named after its status', async () => {
  await using context = await startDynamo((response) => response.writeHead(413).end('<html>'));
  const error: unknown = await context.dynamo.getItem('table', key).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AwsError);
  expect(error).toMatchObject({
    name: 'UnknownError',
    status: 413,
    message: 'dynamodb answered with status 413 and without a message',
  });
});

import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import {
  AdminGetUserCommand,
  AdminListGroupsForUserCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  type AttributeValue,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { verifySignature } from '../local/signature.ts';
import { createBedrockRuntime } from './bedrock-runtime.ts';
import { createCognitoReader } from './cognito.ts';
import { createDynamo, type Item, type ItemValue } from './dynamodb.ts';
import { answerJson, type ReceivedRequest, type ScriptedServer, startScriptedServer } from './scripted-server.ts';
import type { AwsClientOptions } from './service-client.ts';
import { createSigner } from './sigv4.ts';
import { createParameters } from './ssm.ts';

// The genuine SDK is the oracle: the same call goes through it and through our clients, at the same fixed time.

let server: ScriptedServer;

beforeEach(async () => {
  server = await startScriptedServer(({ headers }, response) => {
    answerJson(response, 200, answers[String(headers['x-amz-target']).split('.').at(-1) ?? ''] ?? {});
  });
});

afterEach(async () => {
  vi.useRealTimers();
  await server[Symbol.asyncDispose]();
});

const answers: Readonly<Record<string, unknown>> = {
  Query: { Items: [] },
  AdminGetUser: { Username: 'u', Enabled: true },
  AdminListGroupsForUser: { Groups: [] },
  GetParameter: { Parameter: { Value: 'v' } },
};

/** One call, made by our client and by the SDK's. */
interface Call {
  readonly service: string;
  ours(options: AwsClientOptions): Promise<unknown>;
  theirs(configuration: SdkConfiguration): Promise<unknown>;
}

interface SdkRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array;
}

/** What both the SDK and we take; a missing token is absent, not undefined. */
interface KeyPair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

class CapturedError extends Error {}

/** An SDK configuration that keeps the finished request instead of sending it. */
function captureRequests(credentials: KeyPair, region: string, url: string) {
  const captured: SdkRequest[] = [];
  const handle = async ({ method, path, headers, body }: SdkRequest) => {
    captured.push({ method, path, headers, body });
    throw new CapturedError('kept, not sent');
  };
  const requestHandler = { handle, updateHttpClientConfig: () => undefined, httpHandlerConfigs: () => ({}) };
  return { captured, configuration: { region, credentials, endpoint: url, requestHandler, maxAttempts: 1 } };
}

type SdkConfiguration = ReturnType<typeof captureRequests>['configuration'];

const textOf = (body: string | Uint8Array) => (typeof body === 'string' ? body : new TextDecoder().decode(body));

const text = fc.string({ unit: 'binary', maxLength: 40 });
const word = fc.string({ unit: fc.constantFrom(...'abcXYZ019_-'), minLength: 3, maxLength: 20 });
const modelId = fc
  .string({ unit: fc.constantFrom(...'abcXYZ019:/.-_ !*()'), minLength: 2, maxLength: 60 })
  .filter((id) => !/^\.{1,2}$/.test(id));

const converse: fc.Arbitrary<Call> = fc
  .record({
    modelId,
    stream: fc.boolean(),
    body: fc.record({
      messages: fc.array(
        fc.record({ role: fc.constantFrom('user', 'assistant'), content: fc.tuple(fc.record({ text })) }),
        {
          minLength: 1,
          maxLength: 3,
        },
      ),
      inferenceConfig: fc.record({ maxTokens: fc.integer({ min: 1, max: 99_999 }), stopSequences: fc.array(word) }),
    }),
  })
  .map(({ modelId, stream, body }) => ({
    service: 'bedrock',
    ours(options) {
      const runtime = createBedrockRuntime(options);
      const call = stream ? runtime.converseStream : runtime.converse;
      return call(modelId, body, { signal: new AbortController().signal });
    },
    theirs(configuration) {
      const client = new BedrockRuntimeClient(configuration);
      const input = { modelId, ...body };
      return stream ? client.send(new ConverseStreamCommand(input)) : client.send(new ConverseCommand(input));
    },
  }));

const signal = new AbortController().signal;

const invokeModel: fc.Arbitrary<Call> = fc
  .record({
    modelId,
    body: fc.record({ max_tokens: fc.nat(), system: text }),
    guardrail: word,
    tier: fc.constantFrom('flex' as const, 'priority' as const),
  })
  .map(({ modelId, body, guardrail, tier }) => ({
    service: 'bedrock',
    ours: (options) => {
      const headers = { 'x-amzn-bedrock-guardrailidentifier': guardrail, 'x-amzn-bedrock-service-tier': tier };
      return createBedrockRuntime(options).invokeModelStream(modelId, body, { headers, signal });
    },
    theirs: (configuration) => {
      const input = { modelId, body: JSON.stringify(body), contentType: 'application/json', serviceTier: tier };
      const command = new InvokeModelWithResponseStreamCommand({ ...input, guardrailIdentifier: guardrail });
      return new BedrockRuntimeClient(configuration).send(command);
    },
  }));

const countTokens: fc.Arbitrary<Call> = fc
  .record({ modelId, body: fc.record({ max_tokens: fc.nat(), system: text }), isNative: fc.boolean() })
  .map(({ modelId, body, isNative }) => {
    const converse = { system: [{ text: body.system }] };
    return {
      service: 'bedrock',
      ours: async (options) => {
        const input = isNative ? { invokeModel: body } : { converse };
        // The scripted server counts nothing.
        await createBedrockRuntime(options)
          .countTokens(modelId, input, { signal })
          .catch(() => undefined);
      },
      theirs: (configuration) => {
        const input = isNative ? { invokeModel: { body: Buffer.from(JSON.stringify(body)) } } : { converse };
        return new BedrockRuntimeClient(configuration).send(new CountTokensCommand({ modelId, input }));
      },
    };
  });

/** The same value in our form and in DynamoDB's. */
interface Pair {
  readonly plain: ItemValue;
  readonly wire: AttributeValue;
}

const { value: pair } = fc.letrec<{ value: Pair }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text.map((S) => ({ plain: S, wire: { S } })),
    fc.maxSafeInteger().map((number) => ({ plain: number, wire: { N: String(number) } })),
    fc.boolean().map((BOOL) => ({ plain: BOOL, wire: { BOOL } })),
    fc.constant({ plain: null, wire: { NULL: true } }),
    fc.uint8Array({ maxLength: 20 }).map((B) => ({ plain: B, wire: { B } })),
    fc.array(tie('value'), { maxLength: 4 }).map((list) => ({
      plain: list.map(({ plain }) => plain),
      wire: { L: list.map(({ wire }) => wire) },
    })),
    fc.dictionary(word, tie('value'), { maxKeys: 4 }).map((map) => ({
      plain: mapValues(map, ({ plain }) => plain),
      wire: { M: mapValues(map, ({ wire }) => wire) },
    })),
  ),
}));
const pairs = fc.dictionary(word, pair, { maxKeys: 6 });

function mapValues<T, U>(record: Record<string, T>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

const plainOf = (record: Record<string, Pair>): Item => mapValues(record, ({ plain }) => plain);
const wireOf = (record: Record<string, Pair>) => mapValues(record, ({ wire }) => wire);

const dynamo: fc.Arbitrary<Call> = fc
  .record({
    table: word,
    pk: text,
    sk: text,
    item: pairs,
    values: pairs,
    pick: fc.nat(4),
    limit: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ table, pk, sk, item, values, pick, limit }) => {
    const names = { '#a': 'a' };
    const key = { pk, sk };
    const Key = { pk: { S: pk }, sk: { S: sk } };
    const condition = { condition: '#a = :v', names, values: plainOf(values) };
    const Condition = {
      ConditionExpression: '#a = :v',
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: wireOf(values),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    } as const;
    const range = { KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)' };
    const rangeValues = { ExpressionAttributeValues: { ':pk': { S: pk }, ':prefix': { S: sk } } };
    const calls: Pick<Call, 'ours' | 'theirs'>[] = [
      {
        ours: (options) => createDynamo(options).getItem(table, key, { consistent: true, projection: '#a', names }),
        theirs: (sdk) =>
          new DynamoDBClient(sdk).send(
            new GetItemCommand({
              TableName: table,
              Key,
              ConsistentRead: true,
              ProjectionExpression: '#a',
              ExpressionAttributeNames: names,
            }),
          ),
      },
      {
        ours: (options) => createDynamo(options).putItem(table, plainOf(item), condition),
        theirs: (sdk) =>
          new DynamoDBClient(sdk).send(new PutItemCommand({ TableName: table, Item: wireOf(item), ...Condition })),
      },
      {
        ours: (options) =>
          createDynamo(options).updateItem(table, key, 'SET #a = :v', { ...condition, returnNew: true }),
        theirs: (sdk) =>
          new DynamoDBClient(sdk).send(
            new UpdateItemCommand({
              TableName: table,
              Key,
              UpdateExpression: 'SET #a = :v',
              ReturnValues: 'ALL_NEW',
              ...Condition,
            }),
          ),
      },
      {
        ours: (options) => createDynamo(options).deleteItem(table, key, condition),
        theirs: (sdk) => new DynamoDBClient(sdk).send(new DeleteItemCommand({ TableName: table, Key, ...Condition })),
      },
      {
        ours: (options) =>
          createDynamo(options).query(table, { pk, skPrefix: sk, limit, descending: true, startAfter: key }),
        theirs: (sdk) =>
          new DynamoDBClient(sdk).send(
            new QueryCommand({
              TableName: table,
              Limit: limit,
              ScanIndexForward: false,
              ExclusiveStartKey: Key,
              ...range,
              ...rangeValues,
            }),
          ),
      },
    ];
    const [first] = calls;
    const chosen = calls[pick] ?? first;
    if (chosen === undefined) throw new Error('there are calls');
    return { service: 'dynamodb', ...chosen };
  });

const cognito: fc.Arbitrary<Call> = fc
  .record({ UserPoolId: word, Username: text, groups: fc.boolean() })
  .map(({ groups, ...input }) => ({
    service: 'cognito-idp',
    ours: (options) => {
      const reader = createCognitoReader(options);
      const read = groups ? reader.adminListGroupsForUser : reader.adminGetUser;
      return read(input.UserPoolId, input.Username);
    },
    theirs: (sdk) => {
      const client = new CognitoIdentityProviderClient(sdk);
      if (!groups) return client.send(new AdminGetUserCommand(input));
      return client.send(new AdminListGroupsForUserCommand({ ...input, Limit: 60 }));
    },
  }));

const ssm: fc.Arbitrary<Call> = fc
  .record({ Name: text, Value: text, create: fc.boolean() })
  .map(({ Name, Value, create }) => ({
    service: 'ssm',
    ours: (options) => {
      const parameters = createParameters(options);
      return create ? parameters.create(Name, Value) : parameters.find(Name);
    },
    theirs: (sdk) => {
      const client = new SSMClient(sdk);
      if (!create) return client.send(new GetParameterCommand({ Name, WithDecryption: true }));
      return client.send(new PutParameterCommand({ Name, Value, Type: 'SecureString', Overwrite: false }));
    },
  }));

const circumstances = fc.record({
  call: fc.oneof(converse, invokeModel, countTokens, dynamo, cognito, ssm),
  now: fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2049, 0) }),
  region: fc.constantFrom('us-west-2', 'eu-central-1', 'cn-north-1', 'us-gov-west-1'),
  accessKeyId: fc.string({ unit: fc.constantFrom(...'AKIZ2345'), minLength: 16, maxLength: 20 }),
  secretAccessKey: fc.string({ unit: fc.constantFrom(...'abc/+=XYZ09é'), minLength: 1, maxLength: 40 }),
  token: fc.option(fc.string({ unit: fc.constantFrom(...'abc/+=XYZ09'), minLength: 1, maxLength: 300 })),
  basePath: fc.constantFrom('', '/base', '/a/b'),
});

test('500 random calls are serialised and signed as the SDK does it', { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(circumstances, async ({ call, now, region, basePath, token, ...keys }) => {
      const credentials = token === null ? keys : { ...keys, sessionToken: token };
      vi.useFakeTimers({ toFake: ['Date'], now });
      const url = server.url + basePath;
      const { captured, configuration } = captureRequests(credentials, region, url);
      await expect(call.theirs(configuration)).rejects.toBeInstanceOf(CapturedError);
      await call.ours({ region, credentials: () => credentials, environment: { AWS_ENDPOINT_URL: url } });
      const theirs = captured.at(-1);
      const ours = server.requests.at(-1);
      if (theirs === undefined || ours === undefined) throw new Error('both sent a request');

      const expected = essenceOf(theirs.method, theirs.path, theirs.headers, textOf(theirs.body));
      expect(essenceOf(ours.method, ours.url, ours.headers, ours.body)).toEqual(expected);
      const { authorization, ...unsigned } = signedHeadersOf(theirs);
      const resigned = createSigner(region, call.service)({ ...theirs, headers: unsigned }, credentials, now);
      expect(resigned['authorization']).toBe(authorization);
      expectValidSignature(ours, credentials, call.service, now);
    }),
    { numRuns: 500 },
  );
});

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** What must be the same on the wire; the SDK adds headers that only name itself and count its attempts. */
function essenceOf(method: string, path: string, headers: Headers, body: string) {
  const { host, 'content-type': contentType, 'x-amz-target': target, 'x-amz-date': date } = headers;
  const token = headers['x-amz-security-token'];
  const guardrail = headers['x-amzn-bedrock-guardrailidentifier'];
  const tier = headers['x-amzn-bedrock-service-tier'];
  const length = Number(headers['content-length']);
  return { method, path, host, contentType, target, date, token, guardrail, tier, length, body: JSON.parse(body) };
}

/** The headers the SDK signed, by its own account. */
function signedHeadersOf({ headers }: SdkRequest): Record<string, string> {
  const names = /SignedHeaders=([^,]+)/.exec(headers['authorization'] ?? '')?.[1]?.split(';') ?? [];
  return Object.fromEntries([...names, 'authorization'].map((name) => [name, headers[name] ?? '']));
}

function expectValidSignature(request: ReceivedRequest, credentials: KeyPair, service: string, now: number): void {
  const known = new Map([[credentials.accessKeyId, credentials.secretAccessKey]]);
  verifySignature(request, Buffer.from(request.body), { credentials: known, service, now });
}

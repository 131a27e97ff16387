import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { AwsFault } from './emulator.ts';
import { computeSignature, type SignedRequest, verifySignature } from './signature.ts';

interface Captured extends SignedRequest {
  readonly body: Uint8Array;
}

interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string | string[] | null>;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/** Takes the place of the SDK's socket, so that a test can look at (and falsify) what it would send. */
function catchRequest() {
  let caught: WireRequest | undefined;
  return {
    handler: {
      async handle(request: WireRequest): Promise<never> {
        caught = request;
        throw Object.assign(new Error('caught'), { $retryable: false });
      },
    },
    request(): Captured {
      if (caught === undefined) throw new Error('the SDK sent nothing');
      const query = Object.entries(caught.query)
        .flatMap(([name, value]) => [value ?? ''].flat().map((one) => [name, one].map(encodeURIComponent).join('=')))
        .join('&');
      const headers = Object.entries(caught.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
      const body = typeof caught.body === 'string' ? Buffer.from(caught.body) : caught.body;
      return {
        method: caught.method,
        url: query === '' ? caught.path : `${caught.path}?${query}`,
        headers: Object.fromEntries(headers),
        body: body instanceof Uint8Array ? body : Buffer.alloc(0),
      };
    },
  };
}

const credentials = new Map([['AKIDEXAMPLE', 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY']]);
const identity = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const common = { region: 'us-west-2', credentials: identity, endpoint: 'http://127.0.0.1:9', maxAttempts: 1 };

async function signedByDynamo(): Promise<Captured> {
  const { handler, request } = catchRequest();
  const client = new DynamoDBClient({ ...common, requestHandler: handler });
  await client.send(new GetItemCommand({ TableName: 't', Key: { pk: { S: 'ä b' } } })).catch(() => undefined);
  return request();
}

async function signedByBedrock(modelId: string): Promise<Captured> {
  const { handler, request } = catchRequest();
  const client = new BedrockRuntimeClient({ ...common, requestHandler: handler });
  await client.send(new ConverseCommand({ modelId, messages: [] })).catch(() => undefined);
  return request();
}

async function signedByS3(command: GetObjectCommand | ListObjectsV2Command): Promise<Captured> {
  const { handler, request } = catchRequest();
  const client = new S3Client({ ...common, forcePathStyle: true, requestHandler: handler });
  await (command instanceof GetObjectCommand ? client.send(command) : client.send(command)).catch(() => undefined);
  return request();
}

function faultOf(action: () => void): { type: string; message: string; status: number } | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (!(error instanceof AwsFault)) throw error;
    return { type: error.type, message: error.message, status: error.status };
  }
}

function verify(request: Captured, service: string, now = Date.now()) {
  return faultOf(() => verifySignature(request, request.body, { credentials, service, now }));
}

const mismatch = {
  type: 'InvalidSignatureException',
  message:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  status: 400,
};

/** Published by AWS in its test suite of Signature Version 4, with their names there. */
const published = [
  ['get-vanilla', 'GET', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  [
    'get-vanilla-query-order-key-case',
    'GET',
    '/?Param2=value2&Param1=value1',
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  ['post-vanilla', 'POST', '/', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
] as const;

describe('AWS test suite', () => {
  test.for(published)('%s', ([, method, url, signature], { expect }) => {
    const request = { method, url, headers: { host: 'example.amazonaws.com', 'x-amz-date': '20150830T123600Z' } };
    const computed = computeSignature({
      request,
      signedHeaders: ['host', 'x-amz-date'],
      payloadHash: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      timestamp: '20150830T123600Z',
      scope: { accessKeyId: 'AKIDEXAMPLE', date: '20150830', region: 'us-east-1', service: 'service' },
      secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    });
    expect(computed).toBe(signature);
  });
});

describe('what the SDK signs is accepted', () => {
  test('DynamoDB', async () => {
    expect(verify(await signedByDynamo(), 'dynamodb')).toBeUndefined();
  });
  test.for([
    'anthropic.claude-sonnet-4-5-20250929-v1:0',
    'arn:aws:bedrock:us-west-2:1:application-inference-profile/a',
  ])('Bedrock, whose path is encoded twice: %s', async (modelId, { expect }) => {
    const request = await signedByBedrock(modelId);
    expect(request.url).toContain('%3A');
    expect(verify(request, 'bedrock')).toBeUndefined();
  });
  test.for(['plain', "a b/ü+~(1)!*'.txt", 'a//b', '100%25'])('S3, whose path is not: %s', async (key, { expect }) => {
    const request = await signedByS3(new GetObjectCommand({ Bucket: 'bucket', Key: key }));
    expect(verify(request, 's3')).toBeUndefined();
  });
  test('S3 with a query', async () => {
    const request = await signedByS3(new ListObjectsV2Command({ Bucket: 'b', Prefix: 'ä /+&=', Delimiter: '/' }));
    expect(request.url).toContain('list-type=2');
    expect(verify(request, 's3')).toBeUndefined();
  });
});

describe('anything else is refused', () => {
  const tampered: readonly [string, (request: Captured) => Captured][] = [
    ['body', (request) => ({ ...request, body: Buffer.from('{}') })],
    ['method', (request) => ({ ...request, method: 'PUT' })],
    ['path', (request) => ({ ...request, url: '/other' })],
    ['query', (request) => ({ ...request, url: '/?a=1' })],
    ['signed header', (request) => ({ ...request, headers: { ...request.headers, 'x-amz-target': 'DynamoDB.X' } })],
    [
      'missing signed header',
      (request) => ({ ...request, headers: { ...request.headers, 'x-amz-target': undefined } }),
    ],
  ];
  test.for(tampered)('a changed %s', async ([, change], { expect }) => {
    expect(verify(change(await signedByDynamo()), 'dynamodb')).toEqual(mismatch);
  });

  test('another secret', async () => {
    const request = await signedByDynamo();
    const options = { credentials: new Map([['AKIDEXAMPLE', 'other']]), service: 'dynamodb', now: Date.now() };
    expect(faultOf(() => verifySignature(request, request.body, options))).toEqual(mismatch);
  });

  test('an unknown key, with 403 from Bedrock and 400 from DynamoDB', async () => {
    const fault = {
      type: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
    };
    const options = { credentials: new Map([['other', 'x']]), now: Date.now() };
    const dynamo = await signedByDynamo();
    const bedrock = await signedByBedrock('m');
    expect(faultOf(() => verifySignature(dynamo, dynamo.body, { ...options, service: 'dynamodb' }))).toEqual({
      ...fault,
      status: 400,
    });
    expect(faultOf(() => verifySignature(bedrock, bedrock.body, { ...options, service: 'bedrock' }))).toEqual({
      ...fault,
      status: 403,
    });
  });

  test('no signature at all', () => {
    const request = { method: 'POST', url: '/', headers: {}, body: Buffer.alloc(0) };
    expect(verify(request, 'dynamodb')).toEqual({
      type: 'MissingAuthenticationTokenException',
      message: 'Missing Authentication Token',
      status: 400,
    });
  });

  test('a scope for another service', async () => {
    expect(verify(await signedByDynamo(), 'ssm')).toEqual({
      type: 'InvalidSignatureException',
      message: "Credential should be scoped to correct service: 'ssm'. ",
      status: 400,
    });
  });

  test.for([
    [5 * 60_000 + 2000, 'Signature expired: '],
    [-5 * 60_000 - 2000, 'Signature not yet current: '],
  ] as const)('a clock %s ms away', async ([offsetMs, words], { expect }) => {
    const fault = verify(await signedByDynamo(), 'dynamodb', Date.now() + offsetMs);
    expect(fault).toMatchObject({ type: 'InvalidSignatureException', message: expect.stringContaining(words) });
  });
  test('but not a clock four minutes away', async () => {
    expect(verify(await signedByDynamo(), 'dynamodb', Date.now() + 4 * 60_000)).toBeUndefined();
  });

  const authorizations: readonly [string, string, string][] = [
    ['Bearer abc', 'IncompleteSignatureException', "Unsupported AWS 'algorithm': 'Bearer'."],
    [
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-west-2/dynamodb/aws4_request',
      'IncompleteSignatureException',
      "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.",
    ],
    [
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE, SignedHeaders=host, Signature=0',
      'IncompleteSignatureException',
      "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKIDEXAMPLE'",
    ],
    [
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-west-2/dynamodb/aws4_request, SignedHeaders=x-amz-date, Signature=0',
      'InvalidSignatureException',
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    ],
    [
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-west-2/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
      'InvalidSignatureException',
      'There were headers present in the request which were not signed: x-amz-date',
    ],
  ];
  test.for(authorizations)('Authorization: %s', async ([authorization, type, message], { expect }) => {
    const request = await signedByDynamo();
    const changed = { ...request, headers: { ...request.headers, authorization } };
    expect(verify(changed, 'dynamodb')).toEqual({ type, message, status: 400 });
  });

  test('an S3 header that is not signed', async () => {
    const request = await signedByS3(new GetObjectCommand({ Bucket: 'b', Key: 'k' }));
    const changed = { ...request, headers: { ...request.headers, 'x-amz-acl': 'public-read' } };
    expect(verify(changed, 's3')).toMatchObject({ type: 'InvalidSignatureException', status: 403 });
  });
});

import { describe, expect, test } from 'vitest';
import { type ApiGatewayEvent, isApiGatewayEvent, toRequest } from './event-request.ts';

const plain: ApiGatewayEvent = { httpMethod: 'POST', path: '/v1/messages' };
const bodyOf = async (event: ApiGatewayEvent, limit = 100) => {
  return Buffer.from(await toRequest(event).readBody(limit)).toString('utf8');
};

describe('headers', () => {
  test.each<[string, Partial<ApiGatewayEvent>, Readonly<Record<string, readonly string[]>>]>([
    ['none', {}, {}],
    ['null', { headers: null, multiValueHeaders: null }, {}],
    ['only the last values', { headers: { Authorization: 'Bearer a' } }, { authorization: ['Bearer a'] }],
    [
      'all values win over the last ones',
      { headers: { 'X-Api-Key': 'b' }, multiValueHeaders: { 'X-Api-Key': ['a', 'b'] } },
      { 'x-api-key': ['a', 'b'] },
    ],
    [
      'one name in two spellings',
      { multiValueHeaders: { 'X-Api-Key': ['a'], 'x-api-key': ['b'] } },
      { 'x-api-key': ['a', 'b'] },
    ],
    ['no value', { headers: { Accept: undefined }, multiValueHeaders: null }, { accept: [] }],
    ['a name that objects have of themselves', { headers: { constructor: 'x' } }, { constructor: ['x'] }],
  ])('%s', (_, more, expected) => {
    expect(toRequest({ ...plain, ...more }).headers).toEqual(expected);
  });
});

test.each<[string, Partial<ApiGatewayEvent>, string]>([
  ['none', {}, ''],
  ['null', { queryStringParameters: null, multiValueQueryStringParameters: null }, ''],
  ['decoded by API Gateway', { queryStringParameters: { q: 'a b&c=ü' } }, 'q=a+b%26c%3D%C3%BC'],
  [
    'repeated',
    { queryStringParameters: { q: '2' }, multiValueQueryStringParameters: { q: ['1', '2'], r: [''] } },
    'q=1&q=2&r=',
  ],
])('query: %s', (_, more, expected) => {
  expect(toRequest({ ...plain, ...more }).query.toString()).toBe(expected);
});

describe('body', () => {
  test.each<[string, Partial<ApiGatewayEvent>, string]>([
    ['none', {}, ''],
    ['null', { body: null }, ''],
    ['text', { body: '{"a":"ü🙂"}', isBase64Encoded: false }, '{"a":"ü🙂"}'],
    ['base64', { body: Buffer.from('{"a":"ü"}').toString('base64'), isBase64Encoded: true }, '{"a":"ü"}'],
  ])('%s', async (_, more, expected) => {
    expect(await bodyOf({ ...plain, ...more })).toBe(expected);
  });

  test('its bytes are limited, not its characters', async () => {
    await expect(bodyOf({ ...plain, body: 'üü' }, 3)).rejects.toMatchObject({ status: 413 });
    expect(await bodyOf({ ...plain, body: 'üü' }, 4)).toBe('üü');
  });
});

test('the caller’s address is where API Gateway has it, or unknown', () => {
  expect(toRequest({ ...plain, requestContext: { identity: { sourceIp: '203.0.113.7' } } }).sourceIp).toBe(
    '203.0.113.7',
  );
  for (const requestContext of [undefined, null, {}, { identity: null }, { identity: { sourceIp: null } }]) {
    expect(toRequest({ ...plain, ...(requestContext !== undefined && { requestContext }) }).sourceIp).toBeUndefined();
  }
});

test.each<[string, ApiGatewayEvent['requestContext'], string]>([
  [
    'API Gateway’s own name',
    { domainName: 'abc.execute-api.us-west-2.amazonaws.com', stage: 'prod' },
    'https://abc.execute-api.us-west-2.amazonaws.com/prod',
  ],
  ['a domain of the operator’s', { domainName: 'api.example.com', stage: 'prod' }, 'https://api.example.com'],
  ['no name', { stage: 'prod' }, ''],
  ['no context', null, ''],
])('the address is that of %s, never of a Host header', (_, requestContext, expected) => {
  const headers = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' };
  expect(toRequest({ ...plain, headers, requestContext: requestContext ?? null }).baseUrl).toBe(expected);
});

test('the app client for MCP is told by the stage', () => {
  expect(toRequest({ ...plain, stageVariables: { mcpClientId: 'abc' } }).mcpClientId).toBe('abc');
  expect(toRequest({ ...plain, stageVariables: null }).mcpClientId).toBeUndefined();
});

test('only events of API Gateway’s REST API are taken', () => {
  expect(isApiGatewayEvent(plain)).toBe(true);
  for (const other of [
    null,
    undefined,
    'x',
    {},
    { httpMethod: 'GET' },
    { version: '2.0', rawPath: '/' },
    { Records: [] },
  ]) {
    expect(isApiGatewayEvent(other)).toBe(false);
  }
});

import { describe, test } from 'vitest';
import { postMessage } from './mcp-clients.ts';

// What a client may get wrong, or send on purpose: answered by the book, at once, and never with a 5xx.

interface Answer {
  readonly status: number;
  /** Of the first JSON-RPC message, whichever way it came. */
  readonly message: { readonly id?: unknown; readonly error?: { readonly code: number; readonly message: string } };
  readonly text: string;
}

async function post(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const response = await postMessage(body, headers);
  const text = await response.text();
  const data = text.startsWith('{') ? text : (/^data: (\{.*\})$/m.exec(text)?.[1] ?? '{}');
  return { status: response.status, message: JSON.parse(data), text };
}

const revision = '2026-07-28';
const meta = {
  'io.modelcontextprotocol/protocolVersion': revision,
  'io.modelcontextprotocol/clientCapabilities': {},
};
const modern = (method: string, params: object = {}, headers: Readonly<Record<string, string>> = {}) =>
  post(
    { jsonrpc: '2.0', id: 'a', method, params: { _meta: meta, ...params } },
    { 'mcp-protocol-version': revision, 'mcp-method': method, ...headers },
  );
const legacy = (method: string, params?: object) => post({ jsonrpc: '2.0', id: 'a', method, params });

describe('the stateless revision', () => {
  test.for([
    ['without _meta', { _meta: undefined }, {}, 400, -32_602],
    ['with a _meta that is no object', { _meta: 7 }, {}, 400, -32_600],
    ['without capabilities', { _meta: { 'io.modelcontextprotocol/protocolVersion': revision } }, {}, 400, -32_602],
    ['another method in the header', {}, { 'mcp-method': 'tools/call' }, 400, -32_020],
    ['no method in the header', {}, { 'mcp-method': '' }, 400, -32_020],
    ['another version in the header', {}, { 'mcp-protocol-version': '2025-11-25' }, 400, -32_020],
    [
      'an unknown version',
      { _meta: { ...meta, 'io.modelcontextprotocol/protocolVersion': '2099-01-01' } },
      { 'mcp-protocol-version': '2099-01-01' },
      400,
      -32_022,
    ],
  ] as const)('%s', async ([, params, headers, status, code], { expect }) => {
    expect(await modern('tools/list', params, headers)).toMatchObject({ status, message: { error: { code } } });
  });

  test('a name in the header that is not the tool’s', async ({ expect }) => {
    const params = { name: 'list_models', arguments: {} };
    const answer = await modern('tools/call', params, { 'mcp-name': 'chat' });
    expect(answer).toMatchObject({ status: 400, message: { id: 'a', error: { code: -32_020 } } });
  });

  test.for(['initialize', 'ping', 'logging/setLevel', 'no/such/method', 'subscriptions/listen', 'constructor'])(
    'has no method %s',
    async (method, { expect }) => {
      expect(await modern(method)).toMatchObject({ status: 404, message: { id: 'a', error: { code: -32_601 } } });
    },
  );
});

describe('the revisions with a handshake', () => {
  test.for(['no/such/method', 'server/discover', 'resources/subscribe', '__proto__'])(
    'have no method %s',
    async (method, { expect }) => {
      expect(await legacy(method)).toMatchObject({ status: 200, message: { id: 'a', error: { code: -32_601 } } });
    },
  );

  test.for([
    ['tools/call', {}],
    ['tools/call', { name: 7 }],
    ['tools/call', { name: 'no_such_tool' }],
    ['tools/call', { name: 'list_models', arguments: [] }],
    ['tools/list', { cursor: 'made up' }],
    ['tools/list', { cursor: '100000' }],
    ['resources/read', {}],
    ['resources/read', { uri: 7 }],
    ['prompts/get', {}],
    ['completion/complete', { ref: { type: 'x' } }],
    ['tools/list', { cursor: 7 }],
    ['initialize', {}],
    ['prompts/get', { name: 'no_such_prompt' }],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'x' }, argument: { name: 'y', value: 'z' } }],
  ] as const)('%s with %j is wrong in its parameters', async ([method, params], { expect }) => {
    const answer = await legacy(method, params);
    expect(answer).toMatchObject({ status: 200, message: { id: 'a', error: { code: -32_602 } } });
    expect(answer.text).not.toMatch(/node_modules|\bat \w+ \(/);
  });

  const long = 'x'.repeat(2_049);
  const reference = { type: 'ref/prompt', name: 'choose_model' };
  test.for([
    ['resources/read', { uri: `pennyworth://models/${'x'.repeat(1_100_000)}` }, 'uri'],
    ['resources/read', { uri: `pennyworth://models/${long}` }, 'uri'],
    ['tools/list', { cursor: long }, 'cursor'],
    ['tools/call', { name: long }, 'name'],
    ['prompts/get', { name: long }, 'name'],
    ['completion/complete', { ref: { ...reference, name: long }, argument: { name: 'x', value: 'y' } }, 'ref.name'],
    [
      'completion/complete',
      { ref: { type: 'ref/resource', uri: long }, argument: { name: 'x', value: 'y' } },
      'ref.uri',
    ],
    ['completion/complete', { ref: reference, argument: { name: long, value: 'y' } }, 'argument.name'],
    ['completion/complete', { ref: reference, argument: { name: 'x', value: long } }, 'argument.value'],
  ] as const)('%s with a text that is too long names it', async ([method, params, field], { expect }) => {
    const { message, text } = await legacy(method, params);
    expect(message).toMatchObject({ id: 'a', error: { code: -32_602, data: { param: `params.${field}` } } });
    expect(text).toContain('2048');
    expect(text.length).toBeLessThan(1_000);
  });

  test('an argument that a tool does not have is named to the model', async ({ expect }) => {
    const { text } = await legacy('tools/call', { name: 'list_models', arguments: { no_such_argument: 1 } });
    expect(text).toContain('"isError":true');
    expect(text).toContain('no_such_argument');
  });

  test('a version that nobody knows is refused, and another one offered where it is asked for', async ({ expect }) => {
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    expect(await post(message, { 'mcp-protocol-version': '1999-01-01' })).toMatchObject({ status: 400 });
    const clientInfo = { name: 'old', version: '1' };
    const { text } = await legacy('initialize', { protocolVersion: '1999-01-01', capabilities: {}, clientInfo });
    expect(text).toContain('"protocolVersion":"2025-11-25"');
  });
});

describe('whatever the revision', () => {
  test.for([
    ['an answer to a question that nobody asked', { jsonrpc: '2.0', id: 1, result: {} }],
    ['a notification', { jsonrpc: '2.0', method: 'notifications/initialized' }],
    ['an unknown notification', { jsonrpc: '2.0', method: 'notifications/no-such' }],
    ['a cancellation of nothing', { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 99 } }],
  ] as const)('%s is accepted and has no answer', async ([, message], { expect }) => {
    expect(await post(message)).toMatchObject({ status: 202, text: '' });
  });

  test.for([
    ['an id that is an object', { jsonrpc: '2.0', id: {}, method: 'tools/list' }],
    ['no version of JSON-RPC', { id: 1, method: 'tools/list' }],
    ['a method that is a number', { jsonrpc: '2.0', id: 1, method: 7 }],
    ['a batch of batches', [[[]]]],
    ['an empty batch', []],
    ['nothing', ''],
    ['text', 'hello'],
    ['70 levels', `${'['.repeat(70)}${']'.repeat(70)}`],
  ] as const)('%s is refused', async ([, body], { expect }) => {
    const { status, message } = await post(body);
    expect(status).toBe(400);
    expect([-32_600, -32_602, -32_700]).toContain(message.error?.code);
  });

  test('bodies that are not JSON, too long, or not for who accepts no stream', async ({ expect }) => {
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    expect((await post(message, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post(message, { 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await post(message, { accept: 'application/json' })).status).toBe(406);
    const long = await post({ ...message, params: { padding: 'x'.repeat(6_000_000) } });
    expect(long).toMatchObject({ status: 413, message: { error: { data: { code: 'request_too_large' } } } });
  });

  test('arguments of 5 MB are read, and refused by name', async ({ expect }) => {
    const startedAt = performance.now();
    const { text } = await legacy('tools/call', { name: 'list_models', arguments: { x: 'y'.repeat(5_000_000) } });
    expect(text).toContain('"isError":true');
    expect(text.length).toBeLessThan(2_000);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test('a member called __proto__ changes nothing', async ({ expect }) => {
    const { text } = await post(
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_models","arguments":{"__proto__":{"x":1}}}}',
    );
    expect(text).toContain('params.arguments.__proto__');
  });

  test('two at once with one id each get their own answer, and a cancellation stops neither', async ({ expect }) => {
    const call = { jsonrpc: '2.0', id: 5, method: 'tools/call', params: { name: 'list_models', arguments: {} } };
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 5 } };
    const [first, second, cancelled] = await Promise.all([post(call), post(call), post(cancel)]);
    expect(cancelled.status).toBe(202);
    for (const { status, message } of [first, second]) expect([status, message.id]).toEqual([200, 5]);
  });
});

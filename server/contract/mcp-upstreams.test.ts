import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LocalStack, startStack } from '../../bin/local-stack.ts';
import { Key } from '../../shared/api/keys.ts';
import { type UsageCall, UsageCallList, UsageReport } from '../../shared/api/usage.ts';
import { type ScriptedServer, startScriptedServer } from '../aws/scripted-server.ts';
import { echo, type SessionServer, startStateless, startWithSessions } from '../mcp/upstream/test-servers.ts';
import { script } from './ask.ts';
import { signIn } from './sign-in.ts';

// Other MCP servers behind /mcp, on a stack of its own: two that work (one of each generation of the protocol), one that
// never answers and one that always fails.

const secret = 'Bearer only-for-the-upstream-4711';
const names = ['stateless', 'sessions', 'slow', 'failing'] as const;
const servers = new Map<string, ScriptedServer>();
let sessionServer: SessionServer;
let stack: LocalStack;
let token: string;

beforeAll(async () => {
  servers.set(
    'stateless',
    await startStateless({
      tools: [
        echo,
        { ...echo, name: 'count' },
        { ...echo, name: 'leak' },
        { ...echo, name: 'hang' },
        { ...echo, name: 'fail' },
      ],
      call: async (name, input, sdk) => {
        if (name === 'hang') return new Promise(() => undefined);
        if (name === 'leak') return { content: [{ type: 'text', text: `I was sent ${secret}` }] };
        if (name === 'fail') return { isError: true, content: [{ type: 'text', text: 'No such file.' }] };
        const progressToken = sdk?.mcpReq._meta?.progressToken;
        for (let progress = 1; name === 'count' && progress <= 3 && progressToken !== undefined; progress++) {
          const params = { progressToken, progress, message: `step ${progress}` };
          await sdk?.mcpReq.notify({ method: 'notifications/progress', params });
        }
        return { content: [{ type: 'text', text: JSON.stringify(input) }], structuredContent: { input } };
      },
    }),
  );
  sessionServer = await startWithSessions({ tools: [echo] });
  servers.set('sessions', sessionServer);
  servers.set('slow', await startScriptedServer(() => undefined));
  servers.set('failing', await startScriptedServer((_, response) => response.writeHead(500).end()));
  const credentials = {
    stateless: { parameter: '/upstream/credential' },
    sessions: { header: 'x-api-key', value: 'key-of-sessions' },
  };
  const configured = names.map((name) => [name, { url: servers.get(name)?.url, timeout_seconds: 3 }]);
  const mcp = { servers: Object.fromEntries(configured) };
  for (const [name, credential] of Object.entries(credentials)) Object.assign(mcp.servers[name], { credential });
  stack = await startStack({ env: { PENNYWORTH_CONFIG: JSON.stringify({ mcp }) } });
  const ssm = new SSMClient({
    region: stack.dev.region,
    endpoint: stack.dev.endpoints['ssm'] ?? '',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await ssm.send(new PutParameterCommand({ Name: '/upstream/credential', Value: secret, Type: 'SecureString' }));
  ssm.destroy();
  token = await signIn(stack.dev, stack.dev.user);
});
afterAll(async () => {
  await stack.stop();
  for (const server of servers.values()) await server[Symbol.asyncDispose]();
});

async function manage(method: string, path: string, body?: object, credential = token): Promise<Response> {
  const headers = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' };
  return fetch(`${stack.dev.url}${path}`, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
}

async function createKey(fields: object = {}): Promise<Key> {
  const asked = { name: 'upstreams', expires_in: '1h', scopes: ['mcp', 'inference', 'usage'], ...fields };
  const response = await manage('POST', '/v1/keys', asked);
  expect(response.status).toBe(201);
  return Key.parse(await response.json());
}

async function connect(apiKey = stack.dev.api_key): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  const requestInit = { headers: { authorization: `Bearer ${apiKey}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${stack.dev.url}/mcp`), { requestInit }));
  return client;
}

const namesOf = async (client: Client) =>
  (await client.listTools(undefined, { cacheMode: 'bypass' })).tools.map(({ name }) => name);

async function timed<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly ms: number }> {
  const began = performance.now();
  return { result: await work(), ms: performance.now() - began };
}

/** So many calls the server has that it does not answer. */
const hanging = () =>
  servers.get('stateless')?.requests.filter(({ headers }) => headers['mcp-name'] === 'hang').length ?? 0;

/** Rows of a key's calls of tools, newest first, once there are so many. */
async function rowsOf(key: Key, count: number): Promise<readonly UsageCall[]> {
  const read = async () => {
    const response = await manage('GET', `/v1/usage/calls?limit=100&key_id=${key.id}`);
    return UsageCallList.parse(await response.json()).data;
  };
  await expect.poll(async () => (await read()).length).toBe(count);
  return read();
}

test('with one server that is slow and one that fails the rest works, and waits for neither', {
  timeout: 30_000,
}, async () => {
  const client = await connect();
  const first = await timed(() => namesOf(client));
  expect(first.ms).toBeLessThan(3_000);
  expect(first.result).toEqual(expect.arrayContaining(['list_models', 'stateless__echo', 'sessions__echo']));
  expect(first.result.filter((name) => /^(slow|failing)__/.test(name))).toEqual([]);
  const again = await timed(() => namesOf(client));
  expect(again.ms).toBeLessThan(1_000);
  expect(again.result).toEqual(first.result);
  const own = await timed(() => client.callTool({ name: 'list_models', arguments: {} }));
  expect(own.ms).toBeLessThan(1_000);
  const body = { model: stack.dev.model, messages: [script({ text: 'Hi.' })] };
  const chat = await timed(() => manage('POST', '/v1/chat/completions', body, stack.dev.api_key));
  expect(chat.result.status).toBe(200);
  expect(chat.ms).toBeLessThan(1_000);
  for (const server of ['slow', 'failing']) {
    expect(await client.callTool({ name: `${server}__echo`, arguments: {} })).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/^upstream_unavailable: /) }],
    });
  }
  await client.close();
});

test('both generations of clients call tools of both generations of servers', async () => {
  const client = await connect();
  const legacy = new LegacyClient({ name: 'test', version: '1' });
  const requestInit = { headers: { authorization: `Bearer ${stack.dev.api_key}` } };
  await legacy.connect(new LegacyTransport(new URL(`${stack.dev.url}/mcp`), { requestInit }));
  for (const name of ['stateless__echo', 'sessions__echo']) {
    const call = { name, arguments: { text: 'hé' } };
    const content = [{ type: 'text', text: '{"text":"hé"}' }];
    expect(await client.callTool(call)).toMatchObject({ content });
    expect(await legacy.callTool(call)).toMatchObject({ content });
  }
  expect((await legacy.listTools()).tools).toContainEqual(
    expect.objectContaining({ name: 'sessions__echo', title: 'Echo', annotations: { readOnlyHint: true } }),
  );
  await client.close();
  await legacy.close();
});

test('progress comes through, in its order', async () => {
  const client = await connect();
  const told: unknown[] = [];
  const onprogress = ({ progress, message }: { progress: number; message?: string | undefined }) =>
    told.push([progress, message]);
  await client.callTool({ name: 'stateless__count', arguments: {} }, { onprogress });
  expect(told).toEqual([
    [1, 'step 1'],
    [2, 'step 2'],
    [3, 'step 3'],
  ]);
  await client.close();
});

test('a server gets its own credential and nothing of the caller’s; what it tells of it is taken out', async () => {
  const key = await createKey();
  const client = await connect(key.key);
  for (const name of ['stateless__leak', 'stateless__echo', 'sessions__echo']) {
    await client.callTool({ name, arguments: { text: 'x' } });
  }
  const leak = await client.callTool({ name: 'stateless__leak', arguments: {} });
  expect(leak.content).toEqual([{ type: 'text', text: 'I was sent [redacted]' }]);
  const [stateless, sessions] = [servers.get('stateless'), servers.get('sessions')];
  expect(new Set(stateless?.requests.map(({ headers }) => headers['authorization']))).toEqual(new Set([secret]));
  expect(new Set(sessions?.requests.map(({ headers }) => headers['x-api-key']))).toEqual(new Set(['key-of-sessions']));
  const received = JSON.stringify([...servers.values()].map(({ requests }) => requests));
  const { username, email } = stack.dev.user;
  for (const own of [key.key ?? 'pnw_', key.id, username, email, stack.dev.api_key, token]) {
    expect(received).not.toContain(own);
  }
  expect(stack.log()).not.toContain('4711');
  await client.close();
});

describe('a key with a list of tools', () => {
  test('sees and calls those alone, of ours and of others', async () => {
    const key = await createKey({ mcp_tools: ['sessions__*', 'list_models'] });
    expect(key.mcp_tools).toEqual(['sessions__*', 'list_models']);
    const client = await connect(key.key);
    expect((await namesOf(client)).toSorted()).toEqual(['list_models', 'sessions__echo']);
    const unknown = expect.stringContaining('Unknown tool');
    await expect(client.callTool({ name: 'stateless__echo', arguments: {} })).rejects.toMatchObject({
      message: unknown,
    });
    const before = servers.get('stateless')?.requests.length;
    expect((await manage('PATCH', `/v1/keys/${key.id}`, { mcp_tools: ['stateless__echo'] })).status).toBe(200);
    await expect.poll(() => namesOf(client)).toEqual(['stateless__echo']);
    expect(await client.callTool({ name: 'stateless__echo', arguments: {} })).toMatchObject({
      content: [{ text: '{}' }],
    });
    expect(servers.get('stateless')?.requests.length).toBeGreaterThan(before ?? 0);
    const rotated = Key.parse(await (await manage('POST', `/v1/keys/${key.id}/rotate`, {})).json());
    expect(rotated.mcp_tools).toEqual(['stateless__echo']);
    const shown = Key.parse(await (await manage('PATCH', `/v1/keys/${rotated.id}`, { mcp_tools: ['*'] })).json());
    expect(shown.mcp_tools).toEqual(['*']);
    await client.close();
  });

  test.each([[[]], [['a b']], [['x'.repeat(201)]], ['*']])('is refused for %j', async (mcp_tools) => {
    const response = await manage('POST', '/v1/keys', { name: 'x', mcp_tools });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: expect.stringMatching(/^mcp_tools/) } });
  });
});

describe('the ledger', () => {
  test('has one row of each call, which costs nothing', async () => {
    const key = await createKey();
    const client = await connect(key.key);
    await client.callTool({ name: 'stateless__echo', arguments: {} });
    expect(await client.callTool({ name: 'stateless__fail', arguments: {} })).toMatchObject({ isError: true });
    const late = await client.callTool({ name: 'stateless__hang', arguments: {} });
    expect(late).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/^upstream_timeout: /) }] });
    const rows = await rowsOf(key, 3);
    const common = {
      endpoint: '/mcp',
      provider: 'mcp',
      cost_nano_usd: 0,
      key_id: key.id,
      input_tokens: 0,
      output_tokens: 0,
    };
    expect(rows.toReversed()).toMatchObject([
      { ...common, model: 'mcp:stateless/echo', status: 'ok' },
      { ...common, model: 'mcp:stateless/fail', status: 'error' },
      { ...common, model: 'mcp:stateless/hang', status: 'error' },
    ]);
    const report = await manage('GET', `/v1/usage?group_by=model&key_id=${key.id}`);
    const { rows: models, unpriced_requests } = UsageReport.parse(await report.json());
    expect(models).toContainEqual(
      expect.objectContaining({ group: 'mcp:stateless/echo', requests: 1, cost_nano_usd: 0 }),
    );
    expect(unpriced_requests).toBe(0);
    await client.close();
  });

  test('says of a call that was sent twice, because its session was over', async () => {
    const key = await createKey();
    const client = await connect(key.key);
    for (const isOver of [false, true]) {
      if (isOver) sessionServer.forgetSessions();
      expect((await client.callTool({ name: 'sessions__echo', arguments: {} })).isError).toBeUndefined();
    }
    expect(await rowsOf(key, 2)).toMatchObject([{ attempts: 2 }, { attempts: 1 }]);
    await client.close();
  });

  test('says who left', async () => {
    const key = await createKey();
    const client = new LegacyClient({ name: 'test', version: '1' });
    const requestInit = { headers: { authorization: `Bearer ${key.key}` } };
    await client.connect(new LegacyTransport(new URL(`${stack.dev.url}/mcp`), { requestInit }));
    const before = hanging();
    const leaving = new AbortController();
    const call = { name: 'stateless__hang', arguments: {} };
    const calling = client.callTool(call, undefined, { signal: leaving.signal });
    await expect.poll(hanging).toBe(before + 1);
    leaving.abort();
    await expect(calling).rejects.toThrow();
    expect(await rowsOf(key, 1)).toMatchObject([{ status: 'client_closed' }]);
    await client.close();
  });

  test('a client of the stateless revision that leaves ends the call at its server, and its slot is free', async () => {
    const key = await createKey({ concurrency: 1 });
    const leaving = await connect(key.key);
    const before = hanging();
    const abort = new AbortController();
    const calling = leaving.callTool({ name: 'stateless__hang', arguments: {} }, { signal: abort.signal });
    await expect.poll(hanging).toBe(before + 1);
    const left = performance.now();
    abort.abort();
    await expect(calling).rejects.toThrow();
    expect(await rowsOf(key, 1)).toMatchObject([{ status: 'client_closed' }]);
    // Long before the server’s own time of three seconds.
    expect(performance.now() - left).toBeLessThan(2_000);
    const next = await connect(key.key);
    expect((await next.callTool({ name: 'sessions__echo', arguments: {} })).isError).toBeUndefined();
    await next.close();
    await leaving.close();
  });

  test('a rate, open calls and a used-up budget hold for tools as they do for models, but for money', async () => {
    const limited = await connect((await createKey({ rpm: 1 })).key);
    const echoOnce = (client: Client) => client.callTool({ name: 'sessions__echo', arguments: {} });
    expect((await echoOnce(limited)).isError).toBeUndefined();
    expect(await echoOnce(limited)).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/^rate_limit_exceeded: /) }],
    });
    const poor = await connect((await createKey({ budgets: [{ period: 'total', limit_usd: '0.000000001' }] })).key);
    expect((await echoOnce(poor)).isError).toBeUndefined();
    const single = await connect((await createKey({ concurrency: 1 })).key);
    const before = hanging();
    const open = single.callTool({ name: 'stateless__hang', arguments: {} });
    await expect.poll(hanging).toBe(before + 1);
    expect(await echoOnce(single)).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/^concurrency_limit: /) }],
    });
    await open;
  });

  test('a key that was revoked reaches no server', async () => {
    const key = await createKey();
    const client = await connect(key.key);
    await client.callTool({ name: 'sessions__echo', arguments: {} });
    expect((await manage('DELETE', `/v1/keys/${key.id}`)).status).toBe(200);
    const before = servers.get('sessions')?.requests.length;
    await expect(client.callTool({ name: 'sessions__echo', arguments: {} })).rejects.toThrow('revoked');
    expect(servers.get('sessions')?.requests.length).toBe(before);
  });
});

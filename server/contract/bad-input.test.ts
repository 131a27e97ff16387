import { connect } from 'node:net';
import { inject, test } from 'vitest';

const { url, api_key: apiKey, model } = inject('dev');
const chat = '/v1/chat/completions';
const good = { model, messages: [{ role: 'user', content: 'Hi' }] };

interface Case {
  readonly name: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  readonly status: number;
  readonly error: Readonly<Record<string, unknown>>;
}

const invalid = (param: string | null, code = 'invalid_request') => ({ type: 'invalid_request_error', param, code });

const cases: readonly Case[] = [
  { name: 'malformed JSON', raw: '{"model":', status: 400, error: invalid(null, 'invalid_json') },
  { name: 'an empty body', raw: '', status: 400, error: invalid(null, 'invalid_json') },
  { name: 'a list instead of an object', raw: '[]', status: 400, error: invalid(null, 'invalid_json') },
  {
    name: 'bytes that are not UTF-8',
    raw: new Uint8Array([0x22, 0xff, 0x22]),
    status: 400,
    error: invalid(null, 'invalid_json'),
  },
  { name: 'nesting without end', raw: `{"a":${'['.repeat(90_000)}`, status: 400, error: invalid(null, 'invalid_json') },
  { name: 'a wrong type', body: { ...good, temperature: 'warm' }, status: 400, error: invalid('temperature') },
  { name: 'a missing model', body: { messages: good.messages }, status: 400, error: invalid('model') },
  { name: 'empty messages', body: { model, messages: [] }, status: 400, error: invalid('messages') },
  {
    name: 'an unknown role',
    body: { model, messages: [{ role: 'robot', content: 'Hi' }] },
    status: 400,
    error: invalid('messages[0].role'),
  },
  {
    name: 'a stream with a bad body is a plain 400',
    body: { ...good, stream: true, max_tokens: -1 },
    status: 400,
    error: invalid('max_tokens'),
  },
  {
    name: 'an unknown model',
    body: { ...good, model: 'gpt-99' },
    status: 404,
    error: invalid('model', 'model_not_found'),
  },
  {
    name: 'a body over the limit',
    raw: `"${'x'.repeat(6_000_001)}"`,
    status: 413,
    error: invalid(null, 'request_too_large'),
  },
  {
    name: 'a form instead of JSON',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    raw: 'model=x',
    status: 415,
    error: invalid(null, 'unsupported_media_type'),
  },
  {
    name: 'no credential',
    headers: { authorization: '' },
    body: good,
    status: 401,
    error: invalid(null, 'invalid_api_key'),
  },
  {
    name: 'a wrong credential',
    headers: { authorization: 'Bearer nonsense' },
    body: good,
    status: 401,
    error: invalid(null, 'invalid_api_key'),
  },
  {
    name: 'two different credentials',
    headers: { 'x-api-key': `pnw_${'b'.repeat(73)}` },
    body: good,
    status: 400,
    error: invalid(null, 'conflicting_credentials'),
  },
  { name: 'an unknown path', path: '/v1/nothing', body: good, status: 404, error: invalid(null, 'not_found') },
  {
    name: 'a path that cannot be decoded',
    path: '/v1/models/%ff',
    method: 'GET',
    status: 404,
    error: invalid(null, 'not_found'),
  },
  { name: 'a wrong method', method: 'DELETE', status: 405, error: invalid(null, 'method_not_allowed') },
  {
    name: 'a key that would manage keys',
    path: '/v1/keys',
    method: 'GET',
    status: 403,
    error: { type: 'permission_error', code: 'insufficient_scope', param: null },
  },
  {
    name: 'a query field that does not exist',
    path: '/v1/usage?group=model',
    method: 'GET',
    status: 400,
    error: invalid('group'),
  },
  {
    name: 'a range that ends before it begins',
    path: '/v1/usage?from=2026-02-02&to=2026-02-01',
    method: 'GET',
    status: 400,
    error: invalid('from'),
  },
];

test.for(cases)('refuses $name', async (bad, { expect }) => {
  const { path = chat, method = 'POST', headers = {}, raw } = bad;
  const body = raw ?? (bad.body === undefined ? null : JSON.stringify(bad.body));
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
    body,
  });
  expect(response.status).toBe(bad.status);
  const answer = JSON.parse(await response.text());
  expect(answer).toEqual({ error: { message: expect.stringMatching(/\S.*\./s), ...bad.error } });
  expect(response.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/);
  if (bad.status === 401) expect(response.headers.get('www-authenticate')).toBe('Bearer');
  if (bad.status === 405) expect(response.headers.get('allow')).toBe('POST');
});

test('a message says what was expected', async ({ expect }) => {
  const headers = { authorization: `Bearer ${apiKey}` };
  const response = await fetch(`${url}/v1/usage?group_by=colour`, { headers });
  const { error } = JSON.parse(await response.text());
  expect(error).toMatchObject({
    param: 'group_by',
    message: expect.stringMatching(/^group_by: .*expected one of "day"/),
  });
});

test('a body that grows past the limit without saying so is refused, and the connection lives on', async ({
  expect,
}) => {
  const stream = new ReadableStream({
    start(controller) {
      for (let index = 0; index < 70; index++) controller.enqueue(new Uint8Array(100_000).fill(0x20));
      controller.close();
    },
  });
  const response = await fetch(`${url}${chat}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: stream,
    duplex: 'half',
  });
  expect(response.status).toBe(413);
});

test('what is not HTTP gets a 400 in JSON', async ({ expect }) => {
  const { hostname, port } = new URL(url);
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.end('GARBAGE\r\n\r\n'));
    let text = '';
    socket.setEncoding('utf8').on('data', (piece) => {
      text += piece;
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('"type":"invalid_request_error"');
});

test('in strict mode a field that would be dropped is refused by its name', async ({ expect }) => {
  const send = (headers: Record<string, string>) =>
    fetch(`${url}${chat}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ ...good, seed: 7 }),
    });
  const told = await send({});
  expect(told.status).toBe(200);
  expect(told.headers.get('x-pennyworth-dropped')).toBe('seed');
  const refused = await send({ 'x-pennyworth-strict': 'true' });
  expect(refused.status).toBe(400);
  expect(JSON.parse(await refused.text())).toMatchObject({ error: { param: 'seed' } });
});

test('CORS is for listed origins only', async ({ expect }) => {
  const preflight = (origin: string) =>
    fetch(`${url}${chat}`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
  const listed = await preflight('https://app.example.com');
  expect(listed.status).toBe(204);
  expect(listed.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  expect(listed.headers.get('access-control-allow-credentials')).toBeNull();
  const stranger = await preflight('https://evil.example.com');
  expect(stranger.status).toBe(405);
  expect(stranger.headers.get('access-control-allow-origin')).toBeNull();
  const simple = await fetch(`${url}/v1/hello`, { headers: { origin: 'https://app.example.com' } });
  expect(simple.headers.get('vary')).toBe('Origin');
});

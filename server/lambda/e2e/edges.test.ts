import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, type Deployment, deploy, startCloud } from './function.ts';

// What may go wrong between API Gateway, the function and the provider.

let cloud: Cloud;
let deployment: Deployment;
beforeAll(async () => {
  cloud = await startCloud();
  deployment = await deploy(cloud);
});
afterAll(async () => {
  await deployment?.stop();
  await cloud?.stack.stop();
});

const model = 'claude-sonnet-4-5';

function ask(
  body: object | string,
  headers: Readonly<Record<string, string>> = {},
  url = deployment.url,
): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${cloud.stack.dev.api_key}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

function chat(script: object, more: object = {}): object {
  return { model, messages: [{ role: 'user', content: `[[sim:${JSON.stringify(script)}]]` }], ...more };
}

describe('before the first byte', () => {
  test.each([
    ['no credential', { authorization: '' }, 401, 'invalid_api_key'],
    ['two credentials', { 'x-api-key': 'another' }, 400, 'conflicting_credentials'],
    ['a form', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
  ])('%s', async (_, headers, status, code) => {
    const response = await ask(chat({}), headers);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code } });
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
  });

  test('a body over the limit', async () => {
    const response = await ask(`{"model":"${'x'.repeat(6_000_000)}"}`);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: { code: 'request_too_large' } });
  });

  test('a body under the limit whose event is over Lambda’s is refused by API Gateway', async () => {
    const response = await ask(JSON.stringify({ model, quotes: '"'.repeat(2_000_000) }));
    expect(response.status).toBe(413);
    expect(response.headers.get('x-request-id')).toBeNull();
  });

  test('a throttle of the provider', async () => {
    const response = await ask(chat({ fail: { type: 'ThrottlingException' } }));
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('2');
  });

  test('HEAD has a head only, an unknown path and a wrong method their errors', async () => {
    const head = await fetch(`${deployment.url}/v1/hello`, { method: 'HEAD' });
    expect({ status: head.status, body: await head.text() }).toEqual({ status: 200, body: '' });
    expect((await fetch(`${deployment.url}/nowhere`)).status).toBe(404);
    const wrong = await fetch(`${deployment.url}/v1/hello`, { method: 'DELETE' });
    expect({ status: wrong.status, allow: wrong.headers.get('allow') }).toEqual({ status: 405, allow: 'GET' });
  });

  test('model ids with colons and slashes arrive whole', async () => {
    const id = 'arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0';
    const response = await fetch(`${deployment.url}/v1/models/${encodeURIComponent(id)}`, {
      headers: { 'x-api-key': cloud.stack.dev.api_key },
    });
    expect(response.status).toBe(200);
  });
});

test('a fault in mid-stream is an error event, and no [DONE]', async () => {
  const response = await ask(
    chat({ text: 'One two three.', chunks: 3, fault: { kind: 'exception', afterChunks: 2 } }, { stream: true }),
  );
  const text = await response.text();
  expect(response.status).toBe(200);
  expect(text).toContain('"error"');
  expect(text).not.toContain('[DONE]');
});

test('a large answer goes through whole to a reader who is slow at first, and does not wait in the function’s memory', async () => {
  const words = 'abcdefghij'.repeat(6000);
  const fresh = await deploy(cloud);
  try {
    const response = await ask(
      chat({ text: words, chunks: 60_000 }, { stream: true, max_tokens: 64_000 }),
      {},
      fresh.url,
    );
    let bytes = 0;
    let text = '';
    const decoder = new TextDecoder();
    let grown = 0;
    for await (const chunk of response.body ?? []) {
      if (bytes === 0) {
        const before = fresh.lambda.memory() ?? 0;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        grown = (fresh.lambda.memory() ?? 0) - before;
      }
      bytes += chunk.length;
      text += decoder.decode(chunk, { stream: true });
    }
    const pieces = [...text.matchAll(/"content":"([a-j]+)"/g)].map(([, piece]) => piece);
    expect(pieces.join('')).toBe(words);
    expect(bytes).toBeGreaterThan(10_000_000);
    // With all of it in memory it would hold some 30 MB more; so it is 4.
    expect(grown).toBeLessThan(15_000_000);
  } finally {
    await fresh.stop();
  }
});

test('a body in base64 is the same body', async () => {
  const binary = await deploy(cloud, { binaryMediaTypes: ['*/*'] });
  try {
    const response = await ask(chat({ text: 'grün 🙂' }), {}, binary.url);
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'grün 🙂' } }] });
  } finally {
    await binary.stop();
  }
  const file = await ask('{}', { 'content-type': 'application/octet-stream' });
  expect(file.status).toBe(415);
});

test('what throws before the first byte is told to Lambda as an error, and the next call is served', async () => {
  // As no API Gateway writes it: headers that are no list.
  const broken = { httpMethod: 'GET', path: '/v1/hello', multiValueHeaders: { accept: 5 } };
  const { response, failure } = deployment.lambda.invoke(broken);
  // Without a prelude API Gateway answers 502.
  expect(await Array.fromAsync(await response)).toEqual([]);
  expect(JSON.parse((await failure) ?? '')).toMatchObject({ errorType: 'TypeError' });
  expect((await fetch(`${deployment.url}/v1/hello`)).status).toBe(200);
});

test('what API Gateway decodes and splits is put together again', async () => {
  const openai = new OpenAI({ baseURL: `${deployment.url}/v1`, apiKey: cloud.stack.dev.api_key });
  const listed = await fetch(`${deployment.url}/v1/models?fields=true&fields=false`, {
    headers: { 'x-api-key': cloud.stack.dev.api_key },
  });
  expect(listed.status).toBe(400);
  expect((await openai.models.list()).data.length).toBeGreaterThan(40);
});

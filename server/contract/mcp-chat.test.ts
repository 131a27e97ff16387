import { request as send } from 'node:http';
import { describe, expect, inject, test } from 'vitest';
import * as z from 'zod/mini';
import { ChatResult } from '../../shared/api/mcp-tools.ts';
import { marker } from './ask.ts';
import { openHolds } from './holds.ts';
import { rowOfRequest } from './ledger.ts';
import { connect, generations, type Progress, soon } from './mcp-clients.ts';
import { createKey, createPerson, request } from './people.ts';

const { url, api_key: apiKey } = inject('dev');
const model = 'nova-lite';
/** An answer of so many pieces, one each 30 ms. */
const slowly = (chunks: number) => `Please. ${marker({ chunks, chunkDelayMs: 30 })}`;

describe.each(generations)('chat, with the SDK’s client of %s', (generation) => {
  test('answers a prompt, and stands in the ledger to the nano-dollar', async () => {
    const { call } = await connect(generation);
    const { text, structured, isError } = await call('chat', { model, prompt: 'Say hello.' });
    expect(isError).toBe(false);
    const result = ChatResult.parse(structured);
    expect(text).toBe(result.text);
    expect(text).toMatch(/^This is a simulated answer from/);
    expect(result).toMatchObject({ model, finish_reason: 'stop', dropped: [] });
    const row = await rowOfRequest(result.request_id);
    expect(row).toMatchObject({
      endpoint: '/mcp',
      model,
      status: 'ok',
      stream: true,
      cost_nano_usd: result.cost_nano_usd,
      cost_usd: result.cost_usd,
      input_tokens: result.usage.input_tokens,
      output_tokens: result.usage.output_tokens,
    });
    expect(result.cost_nano_usd).toBeGreaterThan(0);
  });

  test('takes a conversation, a cap and a schema', async () => {
    const { call } = await connect(generation);
    const messages = [
      { role: 'user', content: 'Count.' },
      { role: 'assistant', content: 'One.' },
      { role: 'user', content: 'Go on.' },
    ];
    const cut = await call('chat', { model, messages, system: 'Be brief.', max_output_tokens: 3, temperature: 0.2 });
    expect(cut.structured).toMatchObject({ finish_reason: 'length', max_output_tokens: 3 });
    const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
    const format = { type: 'json_schema', json_schema: { name: 'city', schema } };
    const json = await call('chat', { model: 'claude-sonnet-4-5', prompt: 'Where?', response_format: format });
    expect(JSON.parse(json.text)).toEqual({ city: expect.any(String) });
  });

  test('reports what a model cannot take, by the names of the arguments', async () => {
    const { call } = await connect(generation);
    const { structured } = await call('chat', { model, prompt: 'Hi', max_output_tokens: 9_999_999 });
    expect(structured).toMatchObject({ dropped: ['max_output_tokens'] });
    const { max_output_tokens: cap } = ChatResult.parse(structured);
    expect(cap).toBeLessThan(9_999_999);
  });

  test('tells its progress, which grows, at most some times a second', async () => {
    const { call } = await connect(generation);
    const told: Progress[] = [];
    const startedAt = Date.now();
    const { text } = await call('chat', { model, prompt: slowly(60) }, { onprogress: (each) => void told.push(each) });
    const seconds = (Date.now() - startedAt) / 1000;
    expect(told.length).toBeGreaterThan(2);
    expect(told.length).toBeLessThan(seconds * 5 + 2);
    for (const [index, { progress }] of told.entries()) {
      if (index > 0) expect(progress).toBeGreaterThan(told[index - 1]?.progress ?? 0);
    }
    expect(text.startsWith(told.map(({ message }) => message).join(''))).toBe(true);
  });

  test('tells a stream that breaks off, with what had come', async () => {
    const { call } = await connect(generation);
    const broken = { text: ['one ', 'two ', 'three'], fault: { kind: 'no-stop', afterChunks: 2 } };
    const { isError, text } = await call('chat', { model, prompt: `Go. ${marker(broken)}` });
    expect(isError).toBe(true);
    expect(text).toMatch(/^upstream_truncated: .*one two/s);
    const failed = { fail: { type: 'ValidationException', message: 'no such thing' } };
    const refused = await call('chat', { model, prompt: `Go. ${marker(failed)}` });
    expect(refused.isError).toBe(true);
    expect(refused.text).toMatch(/^\w+: /);
  });

  test('is read to its end and billed when the client cancels', async () => {
    const { key } = await createKey(await createPerson(), { scopes: ['inference', 'mcp', 'usage'] });
    const { call } = await connect(generation, key);
    const abort = new AbortController();
    const asked = call(
      'chat',
      { model, prompt: slowly(60) },
      { signal: abort.signal, onprogress: () => abort.abort('enough') },
    );
    await expect(asked).rejects.toThrow();
    const row = await onlyRow(key);
    expect(row).toMatchObject({ endpoint: '/mcp', status: 'client_closed' });
    // The whole answer of 60 words, not what had come by then.
    expect(row.output_tokens).toBeGreaterThan(60);
    expect(row.cost_nano_usd).toBeGreaterThan(0);
  });
});

const Calls = z.object({
  data: z.array(
    z.object({
      request_id: z.string(),
      endpoint: z.string(),
      status: z.string(),
      output_tokens: z.number(),
      cost_nano_usd: z.number(),
    }),
  ),
});

/** The only call of a key, once it has its row: a call that is open has none. */
async function onlyRow(key: string) {
  for (let attempt = 0; attempt < 200; attempt++) {
    const { data } = Calls.parse((await request(['GET', '/v1/usage/calls'], key)).body);
    expect(data.length).toBeLessThan(2);
    if (data[0]) return data[0];
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('no row within ten seconds');
}

describe('whatever becomes of the client', () => {
  test('one that is killed pays for the whole answer, and nothing stays held', async () => {
    const person = await createPerson();
    const { key } = await createKey(person, { scopes: ['inference', 'mcp', 'usage'] });
    const params = { name: 'chat', arguments: { model, prompt: slowly(40) }, _meta: { progressToken: 1 } };
    await new Promise<void>((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      };
      const call = send(`${url}/mcp`, { method: 'POST', headers }, (response) => {
        response.once('data', () => {
          response.destroy();
          resolve();
        });
        response.once('error', () => undefined);
      });
      call.once('error', reject);
      call.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }));
    });
    const row = await onlyRow(key);
    expect(row).toMatchObject({ endpoint: '/mcp', status: 'client_closed' });
    expect(row.output_tokens).toBeGreaterThan(40);
    await expect.poll(() => openHolds(`U#${person.username}`), soon).toEqual([]);
  });

  test('a notification alone cancels: 202, and the stream of the call ends', async () => {
    const headers = {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    };
    const post = (body: object) => fetch(`${url}/mcp`, { method: 'POST', headers, body: JSON.stringify(body) });
    const id = `cancel-${crypto.randomUUID()}`;
    const params = { name: 'chat', arguments: { model, prompt: slowly(300) }, _meta: { progressToken: 1 } };
    const response = await post({ jsonrpc: '2.0', id, method: 'tools/call', params });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const startedAt = Date.now();
    const read = response.text();
    const cancelled = await post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } });
    expect(cancelled.status).toBe(202);
    expect(await read).not.toContain('"result"');
    expect(Date.now() - startedAt).toBeLessThan(6_000);
  });
});

describe('what chat refuses', () => {
  const cases: readonly (readonly [string, object, RegExp])[] = [
    ['a model that there is not', { model: 'nova-lit', prompt: 'Hi' }, /^model_not_found: .*nova-lite/],
    ['an argument that it does not know', { model, prompt: 'Hi', top_k: 3 }, /^invalid_request: top_k: /],
    ['a value of a wrong type', { model, prompt: 'Hi', temperature: 'hot' }, /^invalid_request: temperature: /],
    ['no conversation', { model }, /^invalid_request: prompt: is missing/],
    [
      'two conversations',
      { model, prompt: 'Hi', messages: [{ role: 'user', content: 'Hi' }] },
      /^invalid_request: prompt: /,
    ],
    ['a role that there is not', { model, messages: [{ role: 'tool', content: 'Hi' }] }, /messages\[0\]\.role: /],
    [
      'a wrong member of a message',
      { model, messages: [{ role: 'user', content: 'Hi', name: 'x' }] },
      /messages\[0\]\.name: /,
    ],
    ['no model', { prompt: 'Hi' }, /^invalid_request: model: /],
    ['a schema that is none', { model, prompt: 'Hi', response_format: { type: 'json' } }, /response_format/],
  ];
  test.for(cases)('%s', async ([, input, words]) => {
    const { call } = await connect('2026');
    const { isError, text } = await call('chat', { ...input });
    expect(text).toMatch(words);
    expect(isError).toBe(true);
  });

  test('a call when the budget is used up, as a tool error that says so', async () => {
    const person = await createPerson();
    const { key } = await createKey(person, { budgets: [{ period: 'day', limit_usd: '0.000001' }] });
    for (const generation of generations) {
      const { call } = await connect(generation, key);
      const { isError, text } = await call('chat', { model, prompt: 'Hi' });
      expect(isError).toBe(true);
      expect(text).toMatch(/^insufficient_quota: The daily budget of this API key/);
      // No argument of another route.
      expect(text).toContain('Ask for a shorter answer, shorten the prompt, or ask an administrator');
    }
  });

  test('huge arguments, by the limit of every body', async () => {
    const arguments_ = { model, prompt: 'x'.repeat(7_000_000) };
    const refused = await request(['POST', '/mcp'], apiKey, {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'chat', arguments: arguments_ },
    });
    expect(refused.status).toBe(413);
    const { call } = await connect('2026');
    const { isError, text } = await call('chat', { model, prompt: 'x'.repeat(4_000_000) });
    expect(isError).toBe(true);
    expect(text).toMatch(/^context_length_exceeded: /);
  });

  test('who has not the scope, and hides what a key may not use', async () => {
    const person = await createPerson();
    const spender = await createKey(person, { scopes: ['inference'] });
    const refused = await request(['POST', '/mcp'], spender.key, { jsonrpc: '2.0', id: 1, method: 'tools/list' });
    expect(refused).toMatchObject({ status: 403, code: 'insufficient_scope' });
    const reader = await createKey(person, { scopes: ['mcp'] });
    const { client, call } = await connect('2026', reader.key);
    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name);
    expect(names).toContain('budget_remaining');
    for (const hidden of ['chat', 'quote', 'list_people']) expect(names).not.toContain(hidden);
    await expect(call('chat', { model, prompt: 'Hi' })).rejects.toThrow('Unknown tool: chat');
  });

  test('a model that the key may not call, which stands in the trail', async () => {
    const person = await createPerson();
    const { key, id } = await createKey(person, { models: ['nova-*'] });
    const { call } = await connect('2026', key);
    const { text } = await call('chat', { model: 'claude-haiku-4-5', prompt: 'Hi' });
    expect(text).toMatch(/^model_not_allowed: /);
    const trail = async () => (await request(['GET', '/v1/audit'], person.token)).body;
    await expect
      .poll(async () => JSON.stringify(await trail()), soon)
      .toMatch(new RegExp(`key\\.refuse.*${id}|${id}.*key\\.refuse`));
  });
});

import Anthropic from '@anthropic-ai/sdk';
import { describe, inject, test } from 'vitest';
import { faultsOfStream } from '../dialects/anthropic-messages/test-grammar.ts';
import { readStream } from '../dialects/openai-responses/test-grammar.ts';

const { url, api_key: apiKey } = inject('dev');
const client = new Anthropic({ baseURL: url, apiKey, maxRetries: 0 });

const sim = (script: object) => `Please. [[sim:${JSON.stringify(script)}]]`;
const weather: Anthropic.Tool = {
  name: 'get_weather',
  description: 'Weather of a city',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
describe('a stream', () => {
  test('has its events in Anthropic’s order, blocks one after the other, and the cost in its last usage', async ({
    expect,
  }) => {
    const response = await fetch(`${url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': apiKey, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'claude-sonnet-4-5',
        max_tokens: 4_000,
        stream: true,
        thinking: { type: 'enabled', budget_tokens: 2_000 },
        tools: [weather],
        messages: [
          {
            role: 'user',
            content: sim({
              reasoning: ['a', 'b'],
              text: ['c', 'd'],
              toolCalls: [{ name: 'get_weather', input: { city: 'Bern' }, chunks: 3 }],
            }),
          },
        ],
      }),
    });
    const events = readStream(await response.text());
    expect(faultsOfStream(events)).toEqual([]);
    expect(events.filter(({ name }) => name === 'content_block_start')).toHaveLength(3);
    expect(events[1]).toMatchObject({ name: 'ping' });
    expect(events.slice(-2)).toMatchObject([
      { name: 'message_delta', data: { usage: { cost_usd: expect.stringMatching(/^\d+\.\d{9}$/) } } },
      { name: 'message_stop' },
    ]);
    expect(response.headers.get('request-id')).toMatch(/^req_/);
  });
});

test('betas, and OpenAI’s words, are reported and have no effect', async ({ expect }) => {
  const body = { model: 'claude-sonnet-4-5', max_tokens: 4_000, messages: [{ role: 'user' as const, content: 'Hi' }] };
  // A field of OpenAI's, which the types do not know.
  const { data, response } = await client.messages
    .create(Object.assign(body, { reasoning_effort: 'high' }), {
      headers: { 'anthropic-beta': 'interleaved-thinking-2025-05-14' },
    })
    .withResponse();
  expect(response.headers.get('x-pennyworth-dropped')).toBe('reasoning_effort,anthropic-beta');
  expect(data.content.map(({ type }) => type)).toEqual(['text']);
});

test('errors have Anthropic’s shape and name the field', async ({ expect }) => {
  const ask = (body: object) =>
    fetch(`${url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const messages = [{ role: 'user', content: 'Hi' }];
  const cases = [
    [{ model: 'claude-sonnet-4-5', messages }, 400, 'invalid_request_error', /max_tokens/],
    [{ model: 'no-such', max_tokens: 1, messages }, 404, 'not_found_error', /no-such/],
    [{ model: 'claude-sonnet-4-5', max_tokens: 1, messages: [] }, 400, 'invalid_request_error', /messages/],
    [
      { model: 'claude-sonnet-4-5', max_tokens: 1, messages, container: 'c' },
      400,
      'invalid_request_error',
      /container/,
    ],
  ] as const;
  for (const [body, status, type, message] of cases) {
    const response = await ask(body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({
      type: 'error',
      error: { type, message: expect.stringMatching(message) },
      request_id: expect.stringMatching(/^req_/),
    });
  }
});

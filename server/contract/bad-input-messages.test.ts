import type Anthropic from '@anthropic-ai/sdk';
import { inject, test } from 'vitest';
import { marker } from './ask.ts';
import { client, hello } from './post-messages.ts';

const { url, api_key: apiKey } = inject('dev');

const sent = JSON.stringify(hello);
const failing = (type: string, status?: number) =>
  JSON.stringify({ ...hello, messages: [{ role: 'user', content: marker({ fail: { type, status } }) }] });
const broken: readonly (readonly [name: string, init: RequestInit, status: number, type: string, message?: RegExp])[] =
  [
    [
      'a missing cap',
      { body: JSON.stringify({ ...hello, max_tokens: undefined }) },
      400,
      'invalid_request_error',
      /^max_tokens: /,
    ],
    ['no message', { body: JSON.stringify({ ...hello, messages: [] }) }, 400, 'invalid_request_error', /^messages: /],
    [
      'a container',
      { body: JSON.stringify({ ...hello, container: 'c' }) },
      400,
      'invalid_request_error',
      /^container: /,
    ],
    ['no JSON', { body: '{' }, 400, 'invalid_request_error'],
    ['no credential', { body: sent, headers: { 'x-api-key': 'pnw_wrong' } }, 401, 'authentication_error'],
    ['no such model', { body: JSON.stringify({ ...hello, model: 'no-such' }) }, 404, 'not_found_error', /no-such/],
    ['another method', { method: 'GET' }, 405, 'invalid_request_error'],
    ['a body too long', { body: JSON.stringify({ ...hello, x: 'x'.repeat(6_000_000) }) }, 413, 'request_too_large'],
    ['another kind of body', { body: sent, headers: { 'content-type': 'text/plain' } }, 415, 'invalid_request_error'],
    ['a busy model', { body: failing('ThrottlingException') }, 429, 'rate_limit_error'],
    ['a model at fault', { body: failing('ModelErrorException') }, 502, 'api_error'],
    ['an overloaded model', { body: failing('ServiceUnavailableException') }, 503, 'overloaded_error'],
    ['a model that is too slow', { body: failing('ModelTimeoutException') }, 504, 'timeout_error'],
    [
      'a prompt too long',
      { body: JSON.stringify({ ...hello, messages: [{ role: 'user', content: 'word '.repeat(1_100_000) }] }) },
      400,
      'invalid_request_error',
      /^prompt is too long/,
    ],
  ];

test.for(broken)('%s is told in Anthropic’s shape', async ([, init, status, type, message], { expect }) => {
  const headers = { 'x-api-key': apiKey, 'content-type': 'application/json', ...init.headers };
  const response = await fetch(`${url}/v1/messages`, { method: 'POST', ...init, headers });
  expect(response.status).toBe(status);
  const id = response.headers.get('request-id');
  expect(id).toMatch(/^req_/);
  expect(await response.json()).toEqual({
    type: 'error',
    error: { type, message: message ? expect.stringMatching(message) : expect.stringMatching(/\.$/) },
    request_id: id,
  });
});

test('a thought of another model, or with a broken signature, is left out and reported', async ({ expect }) => {
  const signatures = ['c2lnbmVk', 'pennyworth.thinking.e30'];
  for (const model of ['claude-sonnet-4-5', 'nova-2-lite']) {
    for (const signature of signatures) {
      const thinking: Anthropic.ThinkingConfigParam = { type: 'enabled', budget_tokens: 2_000 };
      const { data, response } = await client.messages
        .create({
          model,
          max_tokens: 4_000,
          thinking,
          messages: [
            { role: 'user', content: 'Hi' },
            {
              role: 'assistant',
              content: [
                { type: 'thinking', thinking: 'Hm.', signature },
                { type: 'text', text: 'Hi.' },
              ],
            },
            { role: 'user', content: 'Go on.' },
          ],
        })
        .withResponse();
      expect(response.headers.get('x-pennyworth-dropped')?.split(',')).toContain('messages.content.thinking');
      expect(data.content.at(-1)?.type).toBe('text');
    }
  }
});

test('history of Anthropic’s own tools is left out and reported', async ({ expect }) => {
  const { data, response } = await client.messages
    .create({
      model: 'nova-2-lite',
      max_tokens: 100,
      messages: [
        { role: 'user', content: 'Search.' },
        {
          role: 'assistant',
          content: [
            { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'x' } },
            { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
            { type: 'text', text: 'Found.', citations: null },
          ],
        },
        { role: 'user', content: 'Go on.' },
      ],
    })
    .withResponse();
  expect(response.headers.get('x-pennyworth-dropped')).toBe(
    'messages.content.server_tool_use,messages.content.web_search_tool_result',
  );
  expect(data.stop_reason).toBe('end_turn');
});

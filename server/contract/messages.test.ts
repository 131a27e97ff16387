import type Anthropic from '@anthropic-ai/sdk';
import { describe, inject, test } from 'vitest';
import { faultsOfStream } from '../dialects/anthropic-messages/test-grammar.ts';
import { readStream } from '../dialects/openai-responses/test-grammar.ts';
import { marker } from './ask.ts';
import { client, hello, post, weather } from './post-messages.ts';

const { url, api_key: apiKey } = inject('dev');

type Body = Omit<Anthropic.MessageCreateParamsNonStreaming, 'model' | 'max_tokens'>;

/** One message, in one body or gathered from a stream by the SDK. */
const ways = {
  sync: (model: string, body: Body) => client.messages.create({ model, max_tokens: 4_000, ...body }),
  stream: (model: string, body: Body) => client.messages.stream({ model, max_tokens: 4_000, ...body }).finalMessage(),
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
            content: marker({
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
    expect(events.at(-2)?.data).toMatchObject({ usage: { cost_usd: expect.stringMatching(/^\d+\.\d{9}$/) } });
    expect(response.headers.get('request-id')).toMatch(/^req_/);
  });
});

test('what only Claude knows is reported by its name, and OpenAI’s words have no effect', async ({ expect }) => {
  const body = {
    ...hello,
    reasoning_effort: 'high',
    stop_sequences: ['x'],
    context_management: { edits: [{ type: 'clear_thinking_20251015' }] },
    tools: [
      { ...weather, defer_loading: true },
      { type: 'bash_20250124', name: 'bash' },
      { type: 'web_search_20250305', name: 'web_search' },
    ],
  };
  const headers = { 'anthropic-beta': 'claude-code-20250219, effort-2025-11-24' };
  const response = await post(body, headers);
  expect(response.headers.get('x-pennyworth-dropped')?.split(',').toSorted()).toEqual([
    'anthropic-beta.claude-code-20250219',
    'anthropic-beta.effort-2025-11-24',
    'context_management',
    'reasoning_effort',
    'tools.bash_20250124',
    'tools.defer_loading',
    'tools.web_search_20250305',
  ]);
  const strict = await post(body, { ...headers, 'x-pennyworth-strict': 'true' });
  expect(strict.status).toBe(400);
});

test('what a model does not take is told in Anthropic’s words', async ({ expect }) => {
  const fields = {
    model: 'qwen3-235b-a22b',
    stop_sequences: ['x'],
    output_config: { effort: 'high' },
    tools: [weather],
    tool_choice: { type: 'auto', disable_parallel_tool_use: true },
  };
  const names = ['output_config.effort', 'stop_sequences', 'tool_choice.disable_parallel_tool_use'];
  const response = await post({ ...hello, ...fields });
  expect(response.headers.get('x-pennyworth-dropped')?.split(',').toSorted()).toEqual(names);
  const strict = await post({ ...hello, ...fields }, { 'x-pennyworth-strict': 'true' });
  const told = await strict.text();
  for (const name of names) expect(told).toContain(name);
});

test.for(['sync', 'stream'] as const)('%s: thoughts without their text come back signed', async (way, { expect }) => {
  const thinking: Anthropic.ThinkingConfigParam = { type: 'enabled', budget_tokens: 2_000, display: 'omitted' };
  const model = 'claude-sonnet-4-5';
  const script = { reasoning: 'Hm “ß”', toolCalls: [{ name: 'get_weather', input: { city: 'Bern' } }] };
  const asked = { thinking, tools: [weather] };
  const first = await ways[way](model, { ...asked, messages: [{ role: 'user', content: marker(script) }] });
  expect(first.content).toMatchObject([
    { type: 'thinking', thinking: '', signature: expect.stringMatching(/.+/) },
    { type: 'tool_use' },
  ]);
  const ids = first.content.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
  const { data, response } = await client.messages
    .create({
      model,
      max_tokens: 4_000,
      ...asked,
      messages: [
        { role: 'user', content: 'Go on.' },
        { role: 'assistant', content: first.content },
        { role: 'user', content: ids.map((id) => ({ type: 'tool_result', tool_use_id: id, content: 'ok' })) },
      ],
    })
    .withResponse();
  // A lost text would have been refused, and healed by leaving the thoughts out.
  expect(response.headers.get('x-pennyworth-dropped')).toBeNull();
  expect(data.content.map(({ type }) => type)).toEqual(['thinking', 'text']);
});

import Anthropic from '@anthropic-ai/sdk';
import { describe, inject, test } from 'vitest';

const { url, api_key: apiKey } = inject('dev');
const client = new Anthropic({ baseURL: url, apiKey, maxRetries: 0 });

const sim = (script: object) => `Please. [[sim:${JSON.stringify(script)}]]`;
const weather: Anthropic.Tool = {
  name: 'get_weather',
  description: 'Weather of a city',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const models = [
  'claude-sonnet-4-5',
  'claude-opus-4-7',
  'nova-2-lite',
  'llama3-3-70b-instruct',
  'mistral-large-3-675b-instruct',
  'deepseek-v3.2',
  'gpt-oss-120b',
  'qwen3-235b-a22b',
];

type Body = Omit<Anthropic.MessageCreateParamsNonStreaming, 'model' | 'max_tokens'>;

/** One message, in one body or gathered from a stream by the SDK. */
const ways = {
  sync: (model: string, body: Body) => client.messages.create({ model, max_tokens: 4_000, ...body }),
  stream: (model: string, body: Body) => client.messages.stream({ model, max_tokens: 4_000, ...body }).finalMessage(),
};
const cells = models.flatMap((model) => (['sync', 'stream'] as const).map((way) => ({ model, way })));

test.for(cells)('$model, $way: a text with its usage', async ({ model, way }, { expect }) => {
  const answer = await ways[way](model, {
    system: 'Be brief.',
    messages: [{ role: 'user', content: sim({ text: ['Grüezi ', '🦋', '!'] }) }],
  });
  expect(answer).toMatchObject({
    type: 'message',
    role: 'assistant',
    model,
    content: [{ type: 'text', text: 'Grüezi 🦋!' }],
    stop_reason: 'end_turn',
  });
  expect(answer.id).toMatch(/^msg_/);
  expect(answer.usage.input_tokens).toBeGreaterThan(0);
  expect(answer.usage.output_tokens).toBeGreaterThan(0);
});

test.for(cells)('$model, $way: parallel tools over two turns', async ({ model, way }, { expect }) => {
  const calls = [
    { name: 'get_weather', input: { city: 'Bern' } },
    { name: 'get_weather', input: { city: 'Bonn' } },
  ];
  const question = { role: 'user', content: sim({ toolCalls: calls }) } as const;
  const first = await ways[way](model, { tools: [weather], messages: [question] });
  expect(first.stop_reason).toBe('tool_use');
  expect(first.content.map((block) => (block.type === 'tool_use' ? block.input : block.type))).toEqual(
    calls.map(({ input }) => input),
  );
  const results = first.content.flatMap((block) =>
    block.type === 'tool_use' ? [{ type: 'tool_result' as const, tool_use_id: block.id, content: '12 degrees' }] : [],
  );
  const second = await ways[way](model, {
    tools: [weather],
    messages: [
      { role: 'user', content: 'The weather?' },
      { role: 'assistant', content: first.content },
      { role: 'user', content: results },
    ],
  });
  expect(second.content).toMatchObject([{ type: 'text', text: expect.stringContaining('12 degrees') }]);
});

const thinkers = cells.filter(({ model }) => model.startsWith('claude-'));
test.for(thinkers)('$model, $way: thinking goes back with its signature', async ({ model, way }, { expect }) => {
  const thinking: Anthropic.ThinkingConfigParam =
    model === 'claude-sonnet-4-5' ? { type: 'enabled', budget_tokens: 2_000 } : { type: 'adaptive' };
  const script = { reasoning: 'Hm “ß” 🦋\r\n', toolCalls: [{ name: 'get_weather', input: { city: 'Bern' } }] };
  const first = await ways[way](model, {
    thinking,
    tools: [weather],
    messages: [{ role: 'user', content: sim(script) }],
  });
  expect(first.content).toMatchObject([
    { type: 'thinking', thinking: 'Hm “ß” 🦋\r\n', signature: expect.stringMatching(/.+/) },
    { type: 'tool_use' },
  ]);
  const result = first.content.flatMap((block) =>
    block.type === 'tool_use' ? [{ type: 'tool_result' as const, tool_use_id: block.id, content: 'ok' }] : [],
  );
  const second = await ways[way](model, {
    thinking,
    tools: [weather],
    messages: [
      { role: 'user', content: 'Go on.' },
      { role: 'assistant', content: first.content },
      { role: 'user', content: result },
    ],
  });
  expect(second.content.map(({ type }) => type)).toEqual(['thinking', 'text']);
});

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
    const events = (await response.text())
      .split('\n\n')
      .filter((frame) => frame !== '')
      .map((frame) => {
        const [event = '', data = ''] = frame.split('\n');
        return { event: event.slice('event: '.length), data: JSON.parse(data.slice('data: '.length)) };
      });
    for (const { event, data } of events) expect(data.type).toBe(event);
    let open = -1;
    let next = 0;
    for (const { event, data } of events) {
      if (event === 'content_block_start') {
        expect([open, data.index]).toEqual([-1, next++]);
        open = data.index;
      } else if (event === 'content_block_delta') expect(data.index).toBe(open);
      else if (event === 'content_block_stop') {
        expect(data.index).toBe(open);
        open = -1;
      }
    }
    expect(next).toBe(3);
    expect(events[0]).toMatchObject({ event: 'message_start', data: { message: { content: [], stop_reason: null } } });
    expect(events.slice(-2)).toMatchObject([
      { event: 'message_delta', data: { usage: { cost_usd: expect.stringMatching(/^\d+\.\d{9}$/) } } },
      { event: 'message_stop' },
    ]);
    expect(response.headers.get('request-id')).toMatch(/^req_/);
  });

  test('that breaks off ends in an error event', async ({ expect }) => {
    const stream = client.messages.stream({
      model: 'claude-sonnet-4-5',
      max_tokens: 100,
      messages: [{ role: 'user', content: sim({ fault: { kind: 'no-metadata' } }) }],
    });
    await expect(stream.finalMessage()).rejects.toThrow(/overloaded|api_error|broke off|error/);
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

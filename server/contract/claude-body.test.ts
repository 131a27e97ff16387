import type Anthropic from '@anthropic-ai/sdk';
import { test } from 'vitest';
import { marker } from './ask.ts';
import { rowOf } from './ledger.ts';
import { client, weather } from './post-messages.ts';

// Claude in Anthropic's own body: what coding agents send, by the genuine SDK.

const betas = [
  'claude-code-20250219',
  'interleaved-thinking-2025-05-14',
  'context-management-2025-06-27',
  'advanced-tool-use-2025-11-20',
  'oauth-2025-04-20',
];
const hourly = { type: 'ephemeral', ttl: '1h' } as const;
const bash = { type: 'bash_20250124', name: 'bash' } as const;

/** As a coding agent asks: betas, context_management, a deferred tool, thinking in the form the model has. */
function agentBody(model: string, script: object): Anthropic.Beta.MessageCreateParamsNonStreaming {
  const thinks = model === 'claude-sonnet-4-5';
  return {
    model,
    max_tokens: 8_000,
    betas,
    system: [{ type: 'text', text: 'You are an agent.', cache_control: { type: 'ephemeral' } }],
    thinking: thinks ? { type: 'enabled', budget_tokens: 2_000 } : { type: 'adaptive' },
    context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
    tools: [bash, { ...weather, defer_loading: true }],
    messages: [{ role: 'user', content: marker(script) }],
  };
}

type Body = Anthropic.Beta.MessageCreateParamsNonStreaming;

const ways = {
  sync: async (body: Body) => {
    const { data, response } = await client.beta.messages.create(body).withResponse();
    return { data, response, last: data.usage };
  },
  stream: async (body: Body) => {
    const stream = client.beta.messages.stream(body);
    let last: object = {};
    // The SDK puts no member together that its types do not know.
    stream.on('streamEvent', (event) => {
      if (event.type === 'message_delta') last = event.usage;
    });
    const { response } = await stream.withResponse();
    return { data: await stream.finalMessage(), response, last };
  },
};
const cells = (['claude-sonnet-4-5', 'claude-opus-4-7'] as const).flatMap((model) =>
  (['sync', 'stream'] as const).map((way) => ({ model, way })),
);

const search = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'tool_search_tool_regex', input: { query: 'x' } };
const newer = { type: 'block_of_tomorrow', say: { a: [1] } };

test.for(cells)(
  '$model, $way: what only Claude’s own body holds comes through, and is paid for',
  async ({ model, way }, { expect }) => {
    const script = {
      reasoning: 'Hm',
      text: 'So it says.',
      citations: [{ text: 'it', title: 'Page', start: 3, end: 5 }],
      blocks: [search, newer],
      toolCalls: [{ name: 'bash', input: { command: 'ls' }, id: 'toolu_1' }],
    };
    const { data, response, last } = await ways[way](agentBody(model, script));
    expect(data).toMatchObject({
      id: expect.stringMatching(/^msg_/),
      model,
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm', signature: expect.stringMatching(/.+/) },
        { type: 'text', text: 'So it says.', citations: [{ type: 'char_location', cited_text: 'it' }] },
        search,
        newer,
        { type: 'tool_use', id: 'toolu_1', name: 'bash', input: { command: 'ls' } },
      ],
      stop_reason: 'tool_use',
    });
    expect(JSON.stringify(data)).not.toContain('amazon-bedrock');
    const row = await rowOf(response.headers);
    const { input_tokens, output_tokens, cost_usd } = row;
    expect(last).toMatchObject({ input_tokens, output_tokens, cost_usd });
    expect(row).toMatchObject({ status: 'ok', cache_write_tokens: data.usage.cache_creation_input_tokens });
    const lost =
      model === 'claude-sonnet-4-5'
        ? ['anthropic-beta.oauth-2025-04-20']
        : [
            'anthropic-beta.advanced-tool-use-2025-11-20',
            'anthropic-beta.claude-code-20250219',
            'anthropic-beta.context-management-2025-06-27',
            'anthropic-beta.oauth-2025-04-20',
            'context_management',
            'tools.defer_loading',
          ];
    expect(response.headers.get('x-pennyworth-dropped')?.split(',').toSorted()).toEqual(lost);
  },
);

test('the exact stop sequence is told', async ({ expect }) => {
  const body = { ...agentBody('claude-sonnet-4-5', { text: 'a STOP b' }), stop_sequences: ['STOP'] };
  for (const way of ['sync', 'stream'] as const) {
    const { data } = await ways[way](body);
    expect(data).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'STOP' });
  }
});

test('the length of the prompt stands in message_start already', async ({ expect }) => {
  const starts: Anthropic.Beta.BetaRawMessageStartEvent[] = [];
  for await (const event of await client.beta.messages.create({
    ...agentBody('claude-sonnet-4-5', {}),
    stream: true,
  })) {
    if (event.type === 'message_start') starts.push(event);
  }
  expect(starts.map(({ message }) => message.usage.input_tokens > 10)).toEqual([true]);
});

test.for([
  ['no-metadata', /broke off/],
  ['cut-frame', /broke off/],
  ['exception', /model failed/i],
] as const)('a stream that ends by %s ends in an error event', async ([kind, message], { expect }) => {
  const script = { text: ['a', 'b', 'c'], fault: { kind } };
  const failing = client.beta.messages.stream(agentBody('claude-sonnet-4-5', script)).finalMessage();
  await expect(failing).rejects.toThrow(message);
});

test('a stream that broke off has used exactly what Claude counted of the prompt', async ({ expect }) => {
  const long = 'You are patient. '.repeat(800);
  const system = [{ type: 'text' as const, text: `${crypto.randomUUID()} ${long}`, cache_control: hourly }];
  const script = { text: ['a', 'b', 'c'], fault: { kind: 'reset', afterChunks: 2 } };
  const stream = client.beta.messages.stream({ ...agentBody('claude-sonnet-4-5', script), system });
  let counted: Partial<Anthropic.Beta.BetaUsage> = {};
  stream.on('streamEvent', (event) => {
    if (event.type === 'message_start') counted = event.message.usage;
  });
  const { response } = await stream.withResponse();
  await expect(stream.finalMessage()).rejects.toThrow();
  expect(counted.cache_creation_input_tokens).toBeGreaterThan(3_000);
  expect(await rowOf(response.headers)).toMatchObject({
    status: 'upstream_truncated',
    input_tokens: counted.input_tokens,
    cache_read_tokens: 0,
    cache_write_tokens: counted.cache_creation_input_tokens,
  });
});

test('a word like refusal or pause_turn stays as Claude said it', async ({ expect }) => {
  for (const stopReason of ['refusal', 'pause_turn', 'model_context_window_exceeded']) {
    const { data } = await ways.sync(agentBody('claude-sonnet-4-5', { text: 'a', stopReason }));
    expect(data.stop_reason).toBe(stopReason);
  }
});

test('a model that does not know a beta any more is asked once more without it', async ({ expect }) => {
  const fail = { type: 'ValidationException', message: 'invalid beta flag', times: 1 };
  const { data, response } = await ways.sync(
    agentBody('claude-haiku-4-5', { id: crypto.randomUUID(), text: 'Well.', fail }),
  );
  expect(data.content).toMatchObject([{ type: 'text', text: 'Well.' }]);
  const dropped = response.headers.get('x-pennyworth-dropped')?.split(',') ?? [];
  expect(dropped).toEqual(
    expect.arrayContaining([
      'anthropic-beta.context-management-2025-06-27',
      'context_management',
      'tools.defer_loading',
    ]),
  );
  expect(await rowOf(response.headers)).toMatchObject({ attempts: 2 });
});

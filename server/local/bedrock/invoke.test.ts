import {
  InvokeModelCommand,
  type InvokeModelCommandInput,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { afterAll, expect, test } from 'vitest';
import { startBedrock } from './emulator.ts';
import { createClient } from './test-clients.ts';
import { claude, nova, testModels } from './test-models.ts';

const emulator = await startBedrock({ models: testModels });
afterAll(() => emulator.close());
const client = createClient(emulator.url, 'HTTP/2');

interface Asked {
  readonly script?: object;
  readonly body?: object;
  readonly input?: Partial<InvokeModelCommandInput>;
  readonly modelId?: string;
}

function commandInput({ script, body, input, modelId = claude.id }: Asked) {
  const content = `Hello ${script ? `[[sim:${JSON.stringify(script)}]]` : ''}`;
  const asked = { anthropic_version: 'bedrock-2023-05-31', max_tokens: 4_000, messages: [{ role: 'user', content }] };
  return { modelId, body: JSON.stringify({ ...asked, ...body }), contentType: 'application/json', ...input };
}

async function whole(asked: Asked) {
  const { body, serviceTier } = await client.send(new InvokeModelCommand(commandInput(asked)));
  return { message: JSON.parse(new TextDecoder().decode(body)), serviceTier };
}

/** The events of a stream, and what ended it. */
async function streamed(asked: Asked) {
  const answer = await client.send(new InvokeModelWithResponseStreamCommand(commandInput(asked)));
  const events: Record<string, unknown>[] = [];
  try {
    for await (const { chunk } of answer.body ?? []) events.push(JSON.parse(new TextDecoder().decode(chunk?.bytes)));
    return { events, error: undefined, serviceTier: answer.serviceTier };
  } catch (error) {
    return { events, error, serviceTier: answer.serviceTier };
  }
}

const typesOf = (events: readonly Record<string, unknown>[]) => [...new Set(events.map(({ type }) => type))];

test('a text comes with Anthropic’s events, in one chunk each', async () => {
  const { events, error } = await streamed({ script: { text: ['Hel', 'lo'] } });
  expect(error).toBeUndefined();
  expect(typesOf(events)).toEqual([
    'message_start',
    'content_block_start',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ]);
  expect(events[0]).toMatchObject({ message: { role: 'assistant', content: [], usage: { output_tokens: 1 } } });
  expect(events.at(-2)).toMatchObject({
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 2 },
  });
  expect(events.at(-1)).toMatchObject({ 'amazon-bedrock-invocationMetrics': { outputTokenCount: 2 } });
});

test('thinking, tools, citations and blocks of Claude’s own stand in both forms', async () => {
  const search = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'tool_search_tool_regex', input: { query: 'x' } };
  const asked = {
    script: {
      reasoning: 'Hm',
      text: 'It is so.',
      citations: [{ text: 'so', title: 'Page', start: 3, end: 5 }],
      blocks: [search],
      toolCalls: [{ name: 'look', input: { at: 1 }, id: 'toolu_1' }],
    },
    body: {
      thinking: { type: 'enabled', budget_tokens: 1_024 },
      tools: [{ name: 'look', input_schema: { type: 'object' } }],
    },
  };
  const { message } = await whole(asked);
  const citation = {
    type: 'char_location',
    cited_text: 'so',
    document_title: 'Page',
    file_id: null,
    document_index: 0,
    start_char_index: 3,
    end_char_index: 5,
  };
  expect(message).toMatchObject({
    stop_reason: 'tool_use',
    content: [
      { type: 'thinking', thinking: 'Hm', signature: expect.stringMatching(/.+/) },
      { type: 'text', text: 'It is so.', citations: [citation] },
      search,
      { type: 'tool_use', id: 'toolu_1', name: 'look', input: { at: 1 } },
    ],
    usage: { output_tokens_details: { thinking_tokens: 1 } },
  });
  const { events } = await streamed(asked);
  expect(events.flatMap(({ content_block: block }) => block ?? [])).toMatchObject([
    { type: 'thinking' },
    { type: 'text', citations: [] },
    search,
    { type: 'tool_use', input: {} },
  ]);
  expect(events.flatMap(({ delta }) => delta ?? [])).toContainEqual({ type: 'citations_delta', citation });
});

test('what Converse has in its body is read from headers', async () => {
  const input = {
    guardrailIdentifier: 'simulated',
    guardrailVersion: '1',
    trace: 'ENABLED' as const,
    serviceTier: 'flex' as const,
  };
  const script = { guardrail: { action: 'intervened', text: 'No.' } };
  const { events, serviceTier } = await streamed({ script, input });
  expect(serviceTier).toBe('flex');
  expect(events.at(-2)).toMatchObject({ delta: { stop_reason: 'end_turn' } });
  expect(events.at(-1)).toMatchObject({
    'amazon-bedrock-guardrailAction': 'INTERVENED',
    'amazon-bedrock-trace': { guardrail: { actionReason: 'Guardrail blocked.' } },
  });
  expect((await whole({ script })).message).toMatchObject({ stop_reason: 'end_turn' });
});

test('stop sequences, and cache points with their ttl', async () => {
  const block = { type: 'text', text: 'x'.repeat(8_000), cache_control: { type: 'ephemeral', ttl: '1h' } };
  const { message } = await whole({
    script: { text: 'a STOP b' },
    body: { stop_sequences: ['STOP'], system: [block] },
  });
  expect(message).toMatchObject({
    stop_reason: 'stop_sequence',
    stop_sequence: 'STOP',
    usage: { cache_creation_input_tokens: 2_000, cache_creation: { ephemeral_1h_input_tokens: 2_000 } },
  });
});

test.for([
  ['no-metadata', 'message_delta', undefined],
  ['no-stop', 'content_block_stop', undefined],
  ['exception', 'content_block_delta', 'ModelStreamErrorException'],
] as const)('the fault %s ends a stream after %s', async ([kind, last, name]) => {
  const { events, error } = await streamed({ script: { text: ['a', 'b'], fault: { kind } } });
  expect(events.at(-1)?.['type']).toBe(last);
  if (name) expect(error).toMatchObject({ name });
  else expect(error).toBeUndefined();
});

test('refuses in the service’s words, also in a stream’s first frame', async () => {
  const bad = { body: { anthropic_beta: ['no-such-beta'] } };
  await expect(whole(bad)).rejects.toMatchObject({ name: 'ValidationException', message: 'invalid beta flag' });
  // The SDK reads the first frame before it resolves.
  const first = streamed({ ...bad, script: { refusal: 'in-stream' } });
  await expect(first).rejects.toMatchObject({ name: 'ValidationException', message: 'invalid beta flag' });
  await expect(whole({ modelId: nova.id })).rejects.toMatchObject({ message: expect.stringContaining('Claude only') });
});

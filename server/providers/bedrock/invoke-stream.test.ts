import { describe, expect, test } from 'vitest';
import type { EventMessage } from '../../aws/bedrock-runtime.ts';
import { TruncatedStreamError } from '../../errors.ts';
import type { ModelEvent } from '../../model/events.ts';
import { InvokeStreamReader } from './invoke-stream.ts';
import type { ReaderOptions } from './stream.ts';
import { ToolNames } from './tools.ts';

const plain = { callable: undefined, streamCountsCached: false, json: undefined };

function createReader(options: Partial<ReaderOptions> = {}, tier?: string): InvokeStreamReader {
  return new InvokeStreamReader({ names: new ToolNames(), ...plain, ...options }, tier);
}

function chunk(event: unknown): EventMessage {
  const bytes = Buffer.from(JSON.stringify(event)).toString('base64');
  return { kind: 'event', name: 'chunk', payload: { bytes, p: 'abc' } };
}

const start = {
  type: 'message_start',
  message: { usage: { input_tokens: 9, cache_read_input_tokens: 4, output_tokens: 1 } },
};
const end = (usage: object = { output_tokens: 7 }, reason = 'end_turn') => [
  { type: 'message_delta', delta: { stop_reason: reason, stop_sequence: null }, usage },
  { type: 'message_stop', 'amazon-bedrock-invocationMetrics': { inputTokenCount: 9 } },
];
const block = (index: number, content: object, ...deltas: readonly object[]) => [
  { type: 'content_block_start', index, content_block: content },
  ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
  { type: 'content_block_stop', index },
];

/** What the waist's words say of these events. */
function read(events: readonly unknown[], reader = createReader()): readonly ModelEvent[] {
  return events.flatMap((event) => reader.read(chunk(event))).filter(({ type }) => type !== 'native');
}

const finish = { type: 'finish', reason: 'stop', raw: 'end_turn' };
const usage = expect.anything();
const promptUsage = { type: 'prompt-usage', usage };

test('each event is handed on as it stands, before what the waist makes of it', ({ expect }) => {
  const reader = createReader();
  const events = [start, { type: 'ping' }, { type: 'event_of_tomorrow', a: [1] }, ...end()];
  const all = events.flatMap((event) => reader.read(chunk(event)));
  reader.end();
  const { 'amazon-bedrock-invocationMetrics': _, ...stop } = { 'amazon-bedrock-invocationMetrics': 0, ...end()[1] };
  expect(all.flatMap((event) => (event.type === 'native' ? [event.event] : []))).toEqual([
    ...events.slice(0, -1),
    stop,
  ]);
  expect(all.map(({ type }) => type)).toEqual([
    'native',
    'prompt-usage',
    'native',
    'native',
    'native',
    'usage',
    'native',
    'finish',
  ]);
});

const cases: Readonly<Record<string, readonly [readonly unknown[], readonly object[]]>> = {
  'a text, some of it in its start': [
    block(0, { type: 'text', text: 'Hel' }, { type: 'text_delta', text: 'lo' }, { type: 'delta_of_tomorrow' }),
    [
      { type: 'text-start', index: 0 },
      { type: 'text-delta', index: 0, text: 'Hel' },
      { type: 'text-delta', index: 0, text: 'lo' },
      { type: 'text-end', index: 0 },
    ],
  ],
  'blocks nobody knows have no index': [
    [
      ...block(0, { type: 'server_tool_use' }, { type: 'input_json_delta', partial_json: '{}' }),
      ...block(1, { type: 'redacted_thinking', data: 'x' }),
    ],
    [
      { type: 'reasoning-start', index: 0 },
      { type: 'reasoning-redacted', index: 0, data: 'x' },
      { type: 'reasoning-end', index: 0 },
    ],
  ],
  'thinking with its signature': [
    block(
      0,
      { type: 'thinking', thinking: '' },
      { type: 'thinking_delta', thinking: 'Hm' },
      { type: 'signature_delta', signature: 's' },
    ),
    [
      { type: 'reasoning-start', index: 0 },
      { type: 'reasoning-delta', index: 0, text: 'Hm' },
      { type: 'reasoning-signature', index: 0, signature: 's' },
      { type: 'reasoning-end', index: 0 },
    ],
  ],
  'a tool call without arguments': [
    block(0, { type: 'tool_use', id: 't', name: 'look', input: {} }, { type: 'input_json_delta', partial_json: '' }),
    [
      { type: 'tool-call-start', index: 0, id: 't', name: 'look' },
      { type: 'tool-call-delta', index: 0, json: '' },
      { type: 'tool-call-delta', index: 0, json: '{}' },
      { type: 'tool-call-end', index: 0 },
    ],
  ],
  'citations of every kind, and one of the web': [
    block(
      0,
      { type: 'text', text: '' },
      ...[
        {
          type: 'page_location',
          cited_text: 'a',
          document_index: 1,
          document_title: 'T',
          start_page_number: 2,
          end_page_number: 3,
        },
        {
          type: 'content_block_location',
          cited_text: 'b',
          document_index: 0,
          start_block_index: 4,
          end_block_index: 5,
        },
        { type: 'web_search_result_location', cited_text: 'c', url: 'https://example.com' },
      ].map((citation) => ({ type: 'citations_delta', citation })),
    ),
    [
      { type: 'text-start', index: 0 },
      {
        type: 'citation',
        index: 0,
        citation: {
          citedText: 'a',
          title: 'T',
          source: undefined,
          place: { kind: 'pages', index: 1, start: 2, end: 3 },
        },
      },
      {
        type: 'citation',
        index: 0,
        citation: {
          citedText: 'b',
          title: undefined,
          source: undefined,
          place: { kind: 'blocks', index: 0, start: 4, end: 5 },
        },
      },
      { type: 'text-end', index: 0 },
    ],
  ],
};
test.for(Object.entries(cases))('%s', ([, [events, expected]], { expect }) => {
  expect(read([start, ...events, ...end()])).toEqual([promptUsage, ...expected, { type: 'usage', usage }, finish]);
});

test.for<[string, object, object]>([
  [
    'leaves cached tokens out of the input',
    { output_tokens: 7 },
    { inputTokens: 9, cacheReadTokens: 4, outputTokens: 7 },
  ],
  [
    'is what the end says anew, null aside',
    { input_tokens: 3, cache_read_input_tokens: null, output_tokens: 5, output_tokens_details: { thinking_tokens: 9 } },
    { inputTokens: 3, cacheReadTokens: 4, outputTokens: 5, reasoningTokens: 5 },
  ],
  [
    'splits cache writes by their life',
    { cache_creation_input_tokens: 6, cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 4 } },
    { cacheWrite5mTokens: 2, cacheWrite1hTokens: 4 },
  ],
  [
    'does not split by a sum that is wrong',
    { cache_creation_input_tokens: 6, cache_creation: { ephemeral_1h_input_tokens: 4 } },
    { cacheWrite5mTokens: 6, cacheWrite1hTokens: 0 },
  ],
])('the usage %s', ([, told, expected], { expect }) => {
  const [, event] = read([start, ...end(told)], createReader({}, 'flex'));
  expect(event).toMatchObject({ type: 'usage', usage: { ...expected, tier: 'flex' } });
});

test.for([
  ['refusal', 'content-filter'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'context-window'],
  ['pause_turn', 'unknown'],
] as const)('the reason %s is %s', ([raw, reason], { expect }) => {
  expect(read([start, ...end(undefined, raw)]).at(-1)).toEqual({ type: 'finish', reason, raw });
});

test('a guardrail that intervened is told, whatever word Claude keeps', ({ expect }) => {
  const [delta, stop] = end();
  const told = { ...stop, 'amazon-bedrock-guardrailAction': 'INTERVENED' };
  expect(read([start, delta, told]).at(-1)).toMatchObject({ reason: 'content-filter', raw: 'guardrail_intervened' });
});

test('what the prompt has used is told before the answer', ({ expect }) => {
  const counts = {
    input_tokens: 9,
    cache_read_input_tokens: 4,
    cache_creation_input_tokens: 6,
    cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 4 },
  };
  const [event] = read([{ type: 'message_start', message: { usage: counts } }], createReader({}, 'flex'));
  expect(event).toMatchObject({
    type: 'prompt-usage',
    usage: { inputTokens: 9, cacheReadTokens: 4, cacheWrite5mTokens: 2, cacheWrite1hTokens: 4, tier: 'flex' },
  });
  expect(read([{ type: 'message_start', message: {} }])).toEqual([]);
});

describe('an answer that breaks off', () => {
  const [delta, stop] = end();
  test.for<[string, readonly unknown[]]>([
    ['before message_delta', [start, stop]],
    ['before message_stop', [start, delta]],
    ['before anything', []],
  ])('%s is cut', ([, events], { expect }) => {
    const reader = createReader();
    read(events, reader);
    expect(() => reader.end()).toThrow(TruncatedStreamError);
  });

  test('in what is no event is cut', ({ expect }) => {
    const broken: EventMessage = { kind: 'event', name: 'chunk', payload: { bytes: 'eyJ0eXBl' } };
    expect(() => createReader().read(broken)).toThrow(TruncatedStreamError);
    expect(() => createReader().read(chunk([]))).toThrow(TruncatedStreamError);
  });

  test.for([
    ['overloaded_error', 503],
    ['rate_limit_error', 429],
    ['api_error', 502],
  ] as const)('by an %s is told with status %i', ([type, status], { expect }) => {
    const error = { type: 'error', error: { type, message: 'No.' } };
    expect(() => read([start, error])).toThrow(expect.objectContaining({ status }));
  });

  test('by an exception is told as on Converse', ({ expect }) => {
    const exception: EventMessage = { kind: 'exception', name: 'throttlingException', payload: { message: 'slow' } };
    expect(() => createReader().read(exception)).toThrow(expect.objectContaining({ status: 429 }));
    expect(createReader().read({ kind: 'event', name: 'unheardOf', payload: {} })).toEqual([]);
  });
});

import { describe, test } from 'vitest';
import type { ModelEvent } from '../../model/events.ts';
import { noUsage } from '../../model/usage.ts';
import { disclose } from '../enclosed-thinking.ts';
import { MessagesAnswerEncoder } from './encode-answer.ts';
import { MessagesStreamEncoder } from './encode-stream.ts';

const head = { id: 'msg_ours', model: 'mine', omitsThinking: false };
const cost = { costUsd: '0.000000001' };

const own = (event: Readonly<Record<string, unknown>>): ModelEvent => ({ type: 'native', dialect: 'anthropic', event });
const block = (index: number, content: object, ...deltas: readonly object[]) => [
  own({ type: 'content_block_start', index, content_block: content }),
  ...deltas.map((delta) => own({ type: 'content_block_delta', index, delta })),
  own({ type: 'content_block_stop', index }),
];
const end = (stop = 'end_turn', raw = stop): ModelEvent[] => [
  own({
    type: 'message_delta',
    delta: { stop_reason: stop, stop_sequence: null },
    usage: { output_tokens: 7 },
    context_management: { applied_edits: [] },
  }),
  own({ type: 'message_stop' }),
  { type: 'finish', reason: 'stop', raw },
];
const start = own({
  type: 'message_start',
  message: {
    id: 'msg_bdrk',
    model: 'theirs',
    type: 'message',
    content: [],
    usage: { input_tokens: 9, output_tokens: 1 },
  },
});
const waist: ModelEvent[] = [
  { type: 'text-start', index: 0 },
  { type: 'text-delta', index: 0, text: 'told twice' },
];

function streamed(events: readonly ModelEvent[], told: typeof head = head): Record<string, unknown>[] {
  const encoder = new MessagesStreamEncoder(told);
  const text = events.map((event) => encoder.encode([event])).join('') + encoder.end(cost);
  return text
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => {
      const [name = '', data = ''] = frame.split('\n');
      const event = JSON.parse(data.slice('data: '.length));
      if (name !== `event: ${event.type}`) throw new Error(`${name} is not ${event.type}`);
      return event;
    });
}

function gathered(events: readonly ModelEvent[], told: typeof head = head) {
  const encoder = new MessagesAnswerEncoder(told);
  for (const event of events) encoder.add([event]);
  return encoder.answer(cost);
}

const tomorrow = { type: 'block_of_tomorrow', a: { b: [1] } };
const citation = { type: 'of_tomorrow', cited_text: 'x' };
const blocks = [
  ...block(
    0,
    { type: 'text', text: '' },
    { type: 'text_delta', text: 'Hel' },
    { type: 'text_delta', text: 'lo' },
    { type: 'citations_delta', citation },
  ),
  ...block(1, tomorrow, { type: 'delta_of_tomorrow', c: 1, d: 'e' }),
  ...block(
    2,
    { type: 'tool_use', id: 't', name: 'look', input: {} },
    { type: 'input_json_delta', partial_json: '{"a"' },
    { type: 'input_json_delta', partial_json: ':1}' },
  ),
];

/** Members of Anthropic's own that these events of Bedrock's lack. */
const unknownThere = {
  stop_reason: null,
  stop_sequence: null,
  stop_details: null,
  container: null,
  diagnostics: null,
};

test('a stream is sent as it came, but for id, model and price', ({ expect }) => {
  const events = streamed([start, ...waist, own({ type: 'ping' }), ...blocks, ...end()]);
  const sent = [start, own({ type: 'ping' }), ...blocks, ...end()].flatMap((event) =>
    event.type === 'native' ? [event.event] : [],
  );
  const [first, ...rest] = sent;
  expect(events).toEqual([
    {
      ...first,
      message: {
        id: 'msg_ours',
        model: 'mine',
        type: 'message',
        content: [],
        ...unknownThere,
        usage: { input_tokens: 9, output_tokens: 1 },
      },
    },
    ...rest.map((event) =>
      event['type'] === 'message_delta' ? { ...event, usage: { output_tokens: 7, cost_usd: cost.costUsd } } : event,
    ),
  ]);
});

test('a message has all blocks and members, known or not', ({ expect }) => {
  expect(gathered([start, ...waist, ...blocks, ...end()])).toEqual({
    id: 'msg_ours',
    model: 'mine',
    type: 'message',
    content: [
      { type: 'text', text: 'Hello', citations: [citation] },
      { ...tomorrow, c: 1, d: 'e' },
      { type: 'tool_use', id: 't', name: 'look', input: { a: 1 } },
    ],
    ...unknownThere,
    stop_reason: 'end_turn',
    context_management: { applied_edits: [] },
    usage: { input_tokens: 9, output_tokens: 7, cost_usd: cost.costUsd },
  });
});

test('what a guardrail says in the place of an answer is a refusal', ({ expect }) => {
  const events = [start, ...end('end_turn', 'guardrail_intervened')];
  expect(streamed(events).at(-2)).toMatchObject({ delta: { stop_reason: 'refusal' } });
  expect(gathered(events)).toMatchObject({ stop_reason: 'refusal' });
});

test('nothing comes before message_start, nor a second one with a ping', ({ expect }) => {
  const encoder = new MessagesStreamEncoder(head);
  encoder.encode([start]);
  expect(encoder.ping()).toBe('event: ping\ndata: {"type":"ping"}\n\n');
});

describe('thoughts whose text the caller does not want', () => {
  const thoughts = block(
    0,
    { type: 'thinking', thinking: 'H', signature: '' },
    { type: 'thinking_delta', thinking: 'm' },
    { type: 'signature_delta', signature: 's' },
  );
  const silent = { ...head, omitsThinking: true };
  test('travel within their signature', ({ expect }) => {
    const told = gathered([start, ...thoughts, ...block(1, { type: 'text', text: 'a' }), ...end()], silent);
    expect(told).toMatchObject({
      content: [
        { type: 'thinking', thinking: '' },
        { type: 'text', text: 'a' },
      ],
    });
    const [signature = ''] = /pennyworth[^"]+/.exec(JSON.stringify(told)) ?? [];
    expect(disclose({ type: 'reasoning', text: '', signature })).toEqual({
      type: 'reasoning',
      text: 'Hm',
      signature: 's',
    });
    const types = streamed([start, ...thoughts, ...end()], silent).map(({ type, delta }) => [
      type,
      JSON.stringify(delta)?.slice(0, 25),
    ]);
    expect(types.slice(1, 4)).toEqual([
      ['content_block_start', undefined],
      ['content_block_delta', '{"type":"signature_delta"'],
      ['content_block_stop', undefined],
    ]);
  });

  test.for([{ type: 'ping' }, { type: 'event_of_tomorrow', index: 0 }])('pass %j by', (between, { expect }) => {
    const [first, ...others] = thoughts;
    if (!first) throw new Error('there is a first event');
    const plain = streamed([start, ...thoughts, ...end()], silent);
    const told = streamed([start, first, own(between), ...others, ...end()], silent);
    expect(told).toEqual(plain.toSpliced(2, 0, between));
  });
});

test('an answer that the gateway ended itself is ended in Anthropic’s events too', ({ expect }) => {
  const cut: ModelEvent[] = [
    start,
    own({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    own({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Half' } }),
    { type: 'text-end', index: 0 },
    { type: 'usage', usage: { ...noUsage, inputTokens: 9, outputTokens: 2 } },
    { type: 'finish', reason: 'length', raw: 'deadline' },
  ];
  const ended = { stop_reason: 'max_tokens', stop_sequence: null };
  const usage = { input_tokens: 9, output_tokens: 2, cost_usd: '0.000000001' };
  expect(streamed(cut).slice(-3)).toMatchObject([
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: ended, usage },
    { type: 'message_stop' },
  ]);
  expect(gathered(cut)).toMatchObject({ content: [{ type: 'text', text: 'Half' }], ...ended, usage });
});

test('an answer cut between its two last events has both', ({ expect }) => {
  const [delta] = end('tool_use');
  if (!delta) throw new Error('there is a delta');
  const cut: ModelEvent[] = [start, delta, { type: 'finish', reason: 'length', raw: 'deadline' }];
  expect(streamed(cut).slice(-2)).toMatchObject([
    { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 7, cost_usd: cost.costUsd } },
    { type: 'message_stop' },
  ]);
});

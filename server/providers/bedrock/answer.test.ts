import { test } from 'vitest';
import { TruncatedStreamError } from '../../errors.ts';
import type { ModelEvent } from '../../model/events.ts';
import { readConverseAnswer } from './answer.ts';
import { follows } from './schema-judge.ts';
import type { ReaderOptions } from './stream.ts';
import { ToolNames } from './tools.ts';

const plain: ReaderOptions = { names: new ToolNames(), callable: undefined, streamCountsCached: true, json: undefined };
const usage = { inputTokens: 5000, outputTokens: 7, totalTokens: 5017, cacheReadInputTokens: 10 };

function answerOf(content: readonly unknown[], stopReason: string | undefined = 'end_turn') {
  return { output: { message: { role: 'assistant', content } }, stopReason, usage, metrics: { latencyMs: 1 } };
}

/** The events of an answer, and what was thrown after them. */
function read(answer: unknown, options: Partial<ReaderOptions> = {}): { events: ModelEvent[]; error: unknown } {
  const events: ModelEvent[] = [];
  try {
    for (const batch of readConverseAnswer(answer, { ...plain, ...options })) events.push(...batch);
    return { events, error: undefined };
  } catch (error) {
    return { events, error };
  }
}

const end = (reason: string, raw: string, tier?: string) => [
  { type: 'finish', reason, raw },
  {
    type: 'usage',
    usage: {
      inputTokens: 5000,
      cacheReadTokens: 10,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      outputTokens: 7,
      reasoningTokens: undefined,
      tier,
      raw: usage,
    },
  },
];

const whole = [
  { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'c2ln' } } },
  { reasoningContent: { redactedContent: 'eA==' } },
  { text: 'Let me look.' },
  { somethingNew: {} },
  { toolUse: { toolUseId: 'a', name: 'look', input: { city: 'Bern', n: [1, null] } } },
  { toolUse: { toolUseId: 'b', name: 'now', input: {} } },
];
const thoughts = [
  { type: 'reasoning-start', index: 0 },
  { type: 'reasoning-delta', index: 0, text: 'Hm.' },
  { type: 'reasoning-signature', index: 0, signature: 'c2ln' },
  { type: 'reasoning-end', index: 0 },
  { type: 'reasoning-start', index: 1 },
  { type: 'reasoning-redacted', index: 1, data: 'eA==' },
  { type: 'reasoning-end', index: 1 },
  { type: 'text-start', index: 2 },
  { type: 'text-delta', index: 2, text: 'Let me look.' },
  { type: 'text-end', index: 2 },
  { type: 'warning', code: 'content_left_out', field: 'content.somethingNew' },
];

test('gives the events that a stream would bring, cached tokens beside the input', ({ expect }) => {
  expect(read(answerOf(whole, 'tool_use'))).toEqual({
    events: [
      ...thoughts,
      { type: 'tool-call-start', index: 3, id: 'a', name: 'look' },
      { type: 'tool-call-delta', index: 3, json: '{"city":"Bern","n":[1,null]}' },
      { type: 'tool-call-end', index: 3 },
      { type: 'tool-call-start', index: 4, id: 'b', name: 'now' },
      { type: 'tool-call-delta', index: 4, json: '{}' },
      { type: 'tool-call-end', index: 4 },
      ...end('tool-calls', 'tool_use'),
    ],
    error: undefined,
  });
});

test('leaves tool calls out when told so', ({ expect }) => {
  const { events } = read(answerOf(whole, 'tool_use'), { callable: new Set<string>() });
  expect(events).toEqual([...thoughts, ...end('tool-calls', 'tool_use')]);
});

test('gives tool calls the caller’s own names', ({ expect }) => {
  const names = new ToolNames();
  const name = names.encode('get weather!');
  const { events } = read(answerOf([{ toolUse: { toolUseId: 'a', name, input: {} } }]), { names });
  expect(events[0]).toEqual({ type: 'tool-call-start', index: 0, id: 'a', name: 'get weather!' });
});

test('an answer with nothing in it is one', ({ expect }) => {
  expect(read(answerOf([]))).toEqual({ events: end('stop', 'end_turn'), error: undefined });
});

test('keeps the tier that served', ({ expect }) => {
  const { events } = read({ ...answerOf([]), serviceTier: { type: 'priority' } });
  expect(events).toEqual(end('stop', 'end_turn', 'priority'));
});

test.for([undefined, null, {}, { output: 7 }, { ...answerOf([]), stopReason: null }, { ...answerOf([]), usage: [] }])(
  '%j is no complete answer',
  (answer, { expect }) => {
    expect(read(answer).error).toBeInstanceOf(TruncatedStreamError);
  },
);

test('an answer that cannot be used is told as an error, after its usage', ({ expect }) => {
  const { events, error } = read(answerOf([{ text: '<tool' }], 'malformed_tool_use'));
  expect(events.at(-1)).toMatchObject({ type: 'usage', usage: { inputTokens: 5000 } });
  expect(error).toMatchObject({ status: 502, code: 'upstream_malformed_output' });
});

test('only the calls of allowed tools are handed on, numbered without holes', ({ expect }) => {
  const calls = ['now', 'look'].map((name) => ({ toolUse: { toolUseId: name, name, input: {} } }));
  const { events } = read(answerOf(calls, 'tool_use'), { callable: new Set(['look']) });
  expect(events.slice(0, 3)).toEqual([
    { type: 'tool-call-start', index: 0, id: 'look', name: 'look' },
    { type: 'tool-call-delta', index: 0, json: '{}' },
    { type: 'tool-call-end', index: 0 },
  ]);
});

test.for([undefined, null, 7, []])(
  'a call with the input %j has no arguments, and without an id gets one',
  (input, { expect }) => {
    const { events } = read(answerOf([{ toolUse: { toolUseId: '', name: 'now', input } }], 'tool_use'));
    expect(events.slice(0, 2)).toEqual([
      { type: 'tool-call-start', index: 0, id: expect.stringMatching(/^call_[0-9a-f]{32}$/), name: 'now' },
      { type: 'tool-call-delta', index: 0, json: '{}' },
    ]);
  },
);

test('arguments that were cut at the cap stay the text they are', ({ expect }) => {
  const input = '{"path":"/a","mode":';
  const { events } = read(answerOf([{ toolUse: { toolUseId: 'a', name: 'now', input } }], 'max_tokens'));
  expect(events[1]).toEqual({ type: 'tool-call-delta', index: 0, json: input });
});

test('the text of a cited block comes with its citations; those of other places are told as left out', ({ expect }) => {
  const place = { documentPage: { documentIndex: 1, start: 2, end: 3 } };
  const citations = [{ title: 'A page', sourceContent: [{ text: 'it' }], location: place }, { location: { web: {} } }];
  const content = [{ citationsContent: { content: [{ text: 'So it ' }, { text: 'is.' }], citations } }];
  expect(read(answerOf(content)).events.slice(0, 5)).toEqual([
    { type: 'text-start', index: 0 },
    { type: 'text-delta', index: 0, text: 'So it is.' },
    {
      type: 'citation',
      index: 0,
      citation: {
        citedText: 'it',
        title: 'A page',
        source: undefined,
        place: { kind: 'pages', index: 1, start: 2, end: 3 },
      },
    },
    { type: 'warning', code: 'content_left_out', field: 'content.citation' },
    { type: 'text-end', index: 0 },
  ]);
});

test('the exact stop sequence is told', ({ expect }) => {
  const additionalModelResponseFields = { stop_sequence: 'END' };
  const { events } = read({ ...answerOf([], 'stop_sequence'), additionalModelResponseFields });
  expect(events[0]).toEqual({ type: 'finish', reason: 'stop-sequence', raw: 'stop_sequence', stopSequence: 'END' });
});

test('the tokens thought are part of the usage', ({ expect }) => {
  const additionalModelResponseFields = { usage: { output_tokens_details: { thinking_tokens: 5 } } };
  const { events } = read({ ...answerOf([]), additionalModelResponseFields });
  expect(events.at(-1)).toMatchObject({ usage: { reasoningTokens: 5 } });
});

test('an answer that was to be JSON and is none is told after its usage', ({ expect }) => {
  const json = { tool: undefined, schema: {}, follows };
  const { events, error } = read(answerOf([{ text: 'Bern.' }]), { json });
  expect(events.at(-1)).toMatchObject({ type: 'usage' });
  expect(error).toMatchObject({ status: 502, param: 'response_format' });
  expect(read(answerOf([{ text: '```json\n{}\n```' }]), { json })).toMatchObject({
    events: [{ type: 'text-start' }, { type: 'text-delta', text: '{}' }, {}, {}, {}],
    error: undefined,
  });
});

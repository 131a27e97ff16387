import { describe, test } from 'vitest';
import { MessagesAnswer } from '../../../shared/anthropic/messages.ts';
import type { ModelEvent } from '../../model/events.ts';
import { noUsage } from '../../model/usage.ts';
import { answerCases, end, reasoning, text, toolCall } from '../openai-chat/test-answers.ts';
import { readStream } from '../openai-responses/test-grammar.ts';
import { MessagesAnswerEncoder } from './encode-answer.ts';
import { MessagesStreamEncoder } from './encode-stream.ts';
import { head } from './test-answers.ts';
import { faultsOfStream, messageOfStream } from './test-grammar.ts';
import { readSdkTypes } from './test-sdk-types.ts';

const cost = { costUsd: '0.000000001' };
const omitting = { ...head, omitsThinking: true };

function whole(events: readonly ModelEvent[], asked = head): object {
  const encoder = new MessagesAnswerEncoder(asked);
  encoder.add(events);
  return encoder.answer(cost);
}

/** Each event comes alone, as from a slow model. */
function streamed(events: readonly ModelEvent[], asked = head): string {
  const encoder = new MessagesStreamEncoder(asked);
  return events.map((event) => encoder.encode([event])).join('') + encoder.end(cost);
}

const sealed: ModelEvent[] = [
  { type: 'reasoning-start', index: 0 },
  { type: 'reasoning-redacted', index: 0, data: 'eA==' },
  { type: 'reasoning-end', index: 0 },
];
const cases: Readonly<Record<string, readonly ModelEvent[]>> = {
  ...Object.fromEntries(Object.entries(answerCases).map(([name, { events }]) => [name, events])),
  'sealed thoughts': [...sealed, ...text(1, 'a'), ...end('stop')],
  'thoughts, texts and calls': [
    ...reasoning(0, 'Hm', '.'),
    ...text(1, 'a'),
    ...toolCall(2, 'look', '{"a"', ':1}'),
    ...toolCall(3, 'look'),
    ...end('tool-calls'),
  ],
  'a refusal': [...text(0, 'No.'), ...end('content-filter')],
  'a cut call': [...toolCall(0, 'look', '{"a":'), ...end('length')],
};

test.for(Object.entries(cases))('%s: the same streamed as whole, in the right order', ([, events], { expect }) => {
  const read = readStream(streamed(events));
  expect(faultsOfStream(read)).toEqual([]);
  const answer = whole(events);
  expect(messageOfStream(read)).toEqual(JSON.parse(JSON.stringify(answer)));
  expect(MessagesAnswer.parse(answer)).toEqual(answer);
});

test.for(Object.entries(cases))('%s: an answer without thoughts has the same order', ([, events], { expect }) => {
  const read = readStream(streamed(events, omitting));
  expect(faultsOfStream(read)).toEqual([]);
  expect(messageOfStream(read)).toEqual(JSON.parse(JSON.stringify(whole(events, omitting))));
});

test.for([
  ['stop', 'end_turn'],
  ['unknown', 'end_turn'],
  ['tool-calls', 'end_turn'],
  ['length', 'max_tokens'],
  ['context-window', 'model_context_window_exceeded'],
  ['content-filter', 'refusal'],
  ['stop-sequence', 'stop_sequence'],
] as const)('%s is told as %s', ([reason, told], { expect }) => {
  const isRefusal = told === 'refusal';
  expect(whole([...text(0, 'a'), ...end(reason)])).toMatchObject({
    stop_reason: told,
    stop_sequence: null,
    stop_details: isRefusal ? { type: 'refusal', category: null, explanation: null } : null,
    container: null,
    diagnostics: null,
  });
});

test('the sequence that stopped it is told where the provider says which', ({ expect }) => {
  const stopped: ModelEvent = { type: 'finish', reason: 'stop-sequence', raw: 'stop_sequence', stopSequence: 'END' };
  const events = [...text(0, 'a'), stopped, ...end('stop-sequence').slice(1)];
  expect(whole(events)).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'END' });
  expect(messageOfStream(readStream(streamed(events)))).toMatchObject({ stop_sequence: 'END' });
  const called = [...toolCall(0, 'look'), stopped, ...end('stop-sequence').slice(1)];
  expect(whole(called)).toMatchObject({ stop_reason: 'tool_use', stop_sequence: null });
});

test('an answer has every member of the SDK’s types, even those that are always null here', ({ expect }) => {
  const { interfaces } = readSdkTypes('messages/messages');
  const missing = (name: string, told: object | undefined | null) =>
    [...(interfaces.get(name)?.keys() ?? ['?'])].filter((member) => !(member in (told ?? {})));
  const answer = MessagesAnswer.parse(whole([...text(0, 'No.'), ...end('content-filter')]));
  expect(missing('Message', answer)).toEqual([]);
  expect(missing('Usage', answer.usage)).toEqual([]);
  expect(missing('MessageDeltaUsage', answer.usage)).toEqual([]);
  expect(missing('RefusalStopDetails', answer.stop_details)).toEqual([]);
  expect(missing('TextBlock', answer.content[0])).toEqual([]);
});

describe('usage', () => {
  test('never counts a cached token twice', ({ expect }) => {
    expect(whole(end('stop'))).toMatchObject({
      usage: {
        input_tokens: 100,
        cache_read_input_tokens: 900,
        cache_creation_input_tokens: 200,
        cache_creation: { ephemeral_5m_input_tokens: 150, ephemeral_1h_input_tokens: 50 },
        output_tokens: 50,
        output_tokens_details: null,
        server_tool_use: null,
        cost_usd: '0.000000001',
      },
    });
  });

  test('tells the tokens of thoughts where they are counted', ({ expect }) => {
    const usage = { ...noUsage, outputTokens: 9, reasoningTokens: 7 };
    expect(whole(end('stop', usage))).toMatchObject({ usage: { output_tokens_details: { thinking_tokens: 7 } } });
  });
});

test('says a ping of its own, and never before the message', ({ expect }) => {
  const encoder = new MessagesStreamEncoder(head);
  const sent = encoder.ping() + encoder.encode(text(0, 'a')) + encoder.ping() + encoder.encode(end('stop'));
  const read = readStream(sent + encoder.end(cost));
  expect(faultsOfStream(read)).toEqual([]);
  expect(read.filter(({ name }) => name === 'ping')).toHaveLength(3);
});

test('calls that are written at once come one after the other', ({ expect }) => {
  const [start = [], piece = [], stop = []] = [0, 1, 2].map((at) =>
    [toolCall(0, 'look', '{"a":1}'), toolCall(1, 'look', '{"b":2}')].flatMap((call) => call[at] ?? []),
  );
  const after = [...text(2, 'so')];
  const mixed = [...start, ...after.slice(0, 1), ...piece, ...after.slice(1), ...stop, ...end('tool-calls')];
  for (const events of [mixed, mixed.filter(({ type }) => type !== 'tool-call-end')]) {
    const read = readStream(streamed(events));
    expect(faultsOfStream(read)).toEqual([]);
    expect(messageOfStream(read)).toEqual(JSON.parse(JSON.stringify(whole(events))));
  }
});

import { test } from 'vitest';
import { ChatCompletionChunk } from '../../../shared/openai/chat.ts';
import type { ModelEvent } from '../../model/events.ts';
import type { AnswerForms } from '../decode-tools.ts';
import { decodeChatRequest } from './decode-request.ts';
import { ChatAnswerEncoder } from './encode-answer.ts';
import { ChatStreamEncoder } from './encode-stream.ts';
import { cachedUsage, end, plainForms, text, toolCall } from './test-answers.ts';

const head = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'm' };
const custom: AnswerForms = { customTools: new Set(['write']), isLegacy: false };
const legacy: AnswerForms = { customTools: new Set(), isLegacy: true };
const costUsd = null;

function choiceOf(events: readonly ModelEvent[], forms: AnswerForms) {
  const encoder = new ChatAnswerEncoder({ ...head, forms });
  encoder.add(events);
  return encoder.answer({ costUsd }).choices[0];
}

function chunksOf(events: readonly ModelEvent[], forms: AnswerForms, includeUsage = false) {
  const encoder = new ChatStreamEncoder({ ...head, forms, includeUsage });
  const stream = encoder.encode(events) + encoder.end({ costUsd });
  const lines = stream.split('\n\n').filter((line) => line.startsWith('data: {'));
  return lines.map((line) => ChatCompletionChunk.parse(JSON.parse(line.slice('data: '.length))));
}

/** Deltas after the first and before the finish. */
const deltasOf = (events: readonly ModelEvent[], forms: AnswerForms) =>
  chunksOf(events, forms)
    .slice(1, -1)
    .map(({ choices }) => choices[0]?.delta);

const written = [
  ...toolCall(0, 'look', '{}'),
  ...toolCall(1, 'write', '{"input":"a\\n', '\\ud83c', '\\udf0d"}'),
  ...end('tool-calls'),
];

test('a call of a custom tool is answered as one', ({ expect }) => {
  expect(choiceOf(written, custom)).toMatchObject({
    message: {
      content: null,
      tool_calls: [
        { id: 'call_0', type: 'function', function: { name: 'look', arguments: '{}' } },
        { id: 'call_1', type: 'custom', custom: { name: 'write', input: 'a\n🌍' } },
      ],
    },
    finish_reason: 'tool_calls',
  });
});

test('a call of a custom tool is streamed as one', ({ expect }) => {
  expect(deltasOf(written, custom)).toEqual([
    { tool_calls: [{ index: 0, id: 'call_0', type: 'function', function: { name: 'look', arguments: '' } }] },
    { tool_calls: [{ index: 0, function: { arguments: '{}' } }] },
    { tool_calls: [{ index: 1, id: 'call_1', type: 'custom', custom: { name: 'write', input: '' } }] },
    { tool_calls: [{ index: 1, custom: { input: 'a\n' } }] },
    { tool_calls: [{ index: 1, custom: { input: '🌍' } }] },
  ]);
});

test('a custom tool is answered as the request asked, and its call is taken back', ({ expect }) => {
  const user = { role: 'user', content: 'Hi' };
  const tools = [{ type: 'custom', custom: { name: 'write' } }];
  const { forms } = decodeChatRequest({ model: 'm', messages: [user], tools });
  const message = choiceOf(written, forms)?.message;
  const { request } = decodeChatRequest({ model: 'm', messages: [user, message], tools });
  expect(request.messages[1]?.content[1]).toMatchObject({ id: 'call_1', name: 'write', input: { input: 'a\n🌍' } });
});

const twice = [...text(0, 'So.'), ...toolCall(1, 'look', '{"a"', ':1}'), ...toolCall(2, 'peek'), ...end('tool-calls')];

test('the old form is answered with the first call', ({ expect }) => {
  expect(choiceOf(twice, legacy)).toEqual({
    index: 0,
    message: {
      role: 'assistant',
      content: 'So.',
      refusal: null,
      function_call: { name: 'look', arguments: '{"a":1}' },
    },
    logprobs: null,
    finish_reason: 'function_call',
  });
});

test('the old form is streamed with the first call', ({ expect }) => {
  expect(deltasOf(twice, legacy)).toEqual([
    { content: 'So.' },
    { function_call: { name: 'look', arguments: '' } },
    { function_call: { arguments: '{"a"' } },
    { function_call: { arguments: ':1}' } },
  ]);
  expect(chunksOf(twice, legacy).at(-1)?.choices[0]?.finish_reason).toBe('function_call');
});

test.for([
  [legacy, twice, ['function_call']],
  [legacy, [...toolCall(1, 'look'), ...end('tool-calls')], []],
  [plainForms, twice, []],
] as const)('%j: calls for which the form has no room are reported', ([forms, events, dropped], { expect }) => {
  const whole = new ChatAnswerEncoder({ ...head, forms });
  const stream = new ChatStreamEncoder({ ...head, forms, includeUsage: false });
  whole.add(events);
  stream.encode(events);
  expect([whole.dropped, stream.dropped]).toEqual([dropped, dropped]);
});

test('the old form without a call stops as ever', ({ expect }) => {
  expect(choiceOf([...text(0, 'x'), ...end('tool-calls')], legacy)?.finish_reason).toBe('stop');
});

test.for([
  ['flex', 'flex'],
  ['default', 'default'],
  ['reserved', undefined],
  [undefined, undefined],
] as const)('tells the tier %s as %s', ([tier, told], { expect }) => {
  const events = [...text(0, 'x'), ...end('stop', { ...cachedUsage, tier })];
  const whole = new ChatAnswerEncoder({ ...head, forms: plainForms });
  whole.add(events);
  expect(whole.answer({ costUsd }).service_tier).toBe(told);
  expect(chunksOf(events, plainForms, true).map((chunk) => chunk.service_tier)).toEqual([
    undefined,
    undefined,
    told,
    told,
  ]);
});

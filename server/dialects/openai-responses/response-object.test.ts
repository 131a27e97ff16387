import { test } from 'vitest';
import { faultsOfResponses } from '../../contract/responses-schemas.ts';
import { end } from '../openai-chat/test-answers.ts';
import { ResponsesAnswerEncoder } from './encode-answer.ts';
import { echoOf } from './response-object.ts';
import { head, sentBody } from './test-answers.ts';

const empty = {
  background: false,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  service_tier: 'auto',
  store: false,
  temperature: 1,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: 1,
  truncation: 'disabled',
};

test('fills in what was not sent', ({ expect }) => {
  expect(echoOf({ model: 'm', input: 'hello', stream: true }, false)).toEqual(empty);
  const nulls = Object.fromEntries([...Object.keys(empty), 'user', 'prompt'].map((name) => [name, null]));
  expect(echoOf(nulls, false)).toEqual(empty);
});

test('repeats what was sent', ({ expect }) => {
  const [look, ...others] = sentBody.tools;
  expect(echoOf(sentBody, false)).toEqual({
    ...empty,
    instructions: 'Be brief.',
    tools: [{ ...look, strict: null }, ...others],
    parallel_tool_calls: false,
    temperature: 0.2,
    max_output_tokens: 500,
    reasoning: { effort: 'low', summary: 'auto' },
    text: { format: { type: 'text' }, verbosity: 'low' },
    metadata: { run: '7' },
    user: 'ada',
  });
});

test.for([
  ['nothing', {}],
  ['a format', { text: { format: { type: 'json_schema', name: 'x', schema: { type: 'object' }, strict: true } } }],
  ['one tool', { tools: sentBody.tools, tool_choice: { type: 'function', name: 'look' } }],
  ['instructions as items', { instructions: [{ role: 'developer', content: 'Be brief.' }] }],
  ['other tools', { tools: [{ type: 'web_search' }, { type: 'custom', name: 'patch' }], service_tier: 'flex' }],
] as const)('a request with %s is repeated by OpenAI’s schema', ([, body], { expect }) => {
  const encoder = new ResponsesAnswerEncoder({ ...head, echo: echoOf(body, false) });
  encoder.add(end('stop'));
  expect(faultsOfResponses('response', JSON.parse(JSON.stringify(encoder.answer({ costUsd: null }))))).toEqual([]);
});

test('the schemas do refuse', ({ expect }) => {
  expect(faultsOfResponses('response', {})).not.toEqual([]);
  const event = { type: 'response.output_text.delta', item_id: 'a', output_index: 0, content_index: 0, delta: 'x' };
  const whole = { ...event, sequence_number: 4, logprobs: [] };
  expect(faultsOfResponses('event', whole)).toEqual([]);
  expect(faultsOfResponses('event', { ...event, sequence_number: 4 })).not.toEqual([]);
  expect(faultsOfResponses('event', { ...whole, surprise: 1 })).not.toEqual([]);
});

test('what was sent in a form OpenAI does not know is not repeated', ({ expect }) => {
  const echo = echoOf({ max_tool_calls: [[]], truncation: {}, prompt_cache_retention: {} }, true);
  expect(echo).toMatchObject({ max_tool_calls: null, truncation: 'disabled' });
  expect(echo).not.toHaveProperty('prompt_cache_retention');
});

import type { ChatCompletionCreateParamsBase } from 'openai/resources/chat/completions';
import { test } from 'vitest';
import { GatewayError } from '../../errors.ts';
import { DroppedFields } from '../dropped-fields.ts';
import { checkFields } from '../field-treatments.ts';
import { extensionTreatments, fieldTreatments, treatments } from './fields.ts';

/** CreateChatCompletionRequest of OpenAI's API 2.3.0, field by field. */
const specified = [
  'audio',
  'frequency_penalty',
  'function_call',
  'functions',
  'logit_bias',
  'logprobs',
  'max_completion_tokens',
  'max_tokens',
  'messages',
  'metadata',
  'modalities',
  'model',
  'moderation',
  'n',
  'parallel_tool_calls',
  'prediction',
  'presence_penalty',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'reasoning_effort',
  'response_format',
  'safety_identifier',
  'seed',
  'service_tier',
  'stop',
  'store',
  'stream',
  'stream_options',
  'temperature',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'user',
  'verbosity',
  'web_search_options',
] as const;

// Does not compile while the SDK knows a field that the list above lacks, or the other way round.
type Missing = Exclude<keyof ChatCompletionCreateParamsBase, (typeof specified)[number]>;
type Surplus = Exclude<(typeof specified)[number], keyof ChatCompletionCreateParamsBase>;
const differences: readonly (Missing | Surplus)[] = [] satisfies readonly never[];

test('every field of OpenAI’s request is classed, and nothing else is', ({ expect }) => {
  expect(Object.keys(fieldTreatments).toSorted()).toEqual(specified.toSorted());
  expect(differences).toEqual([]);
});

/** What becomes of one field of a request. */
function fateOf(name: string, value: unknown): string {
  const dropped = new DroppedFields();
  try {
    checkFields({ [name]: value }, treatments, dropped);
  } catch (error) {
    if (error instanceof GatewayError) return `${error.status} ${error.type} ${error.param}`;
    throw error;
  }
  const [reported] = dropped.list();
  return reported === undefined ? 'kept' : `reported ${reported}`;
}

const refusedValues: Readonly<Record<string, readonly unknown[]>> = {
  n: [2, 0, '1'],
  logprobs: [true],
  top_logprobs: [5],
  modalities: [['text', 'audio'], ['audio'], []],
  audio: [{ voice: 'alloy', format: 'wav' }],
  background: [true],
  previous_response_id: ['resp_1'],
  conversation: ['conv_1'],
  prompt: [{ id: 'pmpt_1' }],
};

const cases = Object.entries(refusedValues).flatMap(([name, values]) => values.map((value) => [name, value] as const));
test.for(cases)('refuses %s with %j by its name', ([name, value], { expect }) => {
  expect(fateOf(name, value)).toBe(`400 invalid_request_error ${name}`);
});

const defaults: Readonly<Record<string, unknown>> = {
  n: 1,
  logprobs: false,
  top_logprobs: 0,
  modalities: ['text'],
  frequency_penalty: 0,
  presence_penalty: 0,
  store: false,
  prompt_cache_retention: 'in_memory',
  background: false,
  truncation: 'disabled',
};
test.for(Object.entries(defaults))('takes %s with its default %j without a word', ([name, value], { expect }) => {
  expect(fateOf(name, value)).toBe('kept');
});

test.for(specified)('takes null for %s as not sent', (name, { expect }) => {
  expect(fateOf(name, null)).toBe('kept');
});

const reportedValues: Readonly<Record<string, unknown>> = {
  seed: 7,
  logit_bias: { 50256: -100 },
  store: true,
  frequency_penalty: 0.5,
  presence_penalty: -1,
  prediction: { type: 'content', content: 'x' },
  prompt_cache_retention: '24h',
  moderation: {},
  web_search_options: {},
  truncation: 'auto',
  somethingNew: 1,
  constructor: 1,
  hasOwnProperty: 1,
};
test.for(Object.entries(reportedValues))('reports %s', ([name, value], { expect }) => {
  expect(fateOf(name, value)).toBe(`reported ${name}`);
});

test('every classed field is mapped, or stands in a case above', ({ expect }) => {
  const shown = new Set([...Object.keys(refusedValues), ...Object.keys(reportedValues)]);
  const classed = { ...fieldTreatments, ...extensionTreatments };
  const mapped = Object.entries(classed).flatMap(([name, { as }]) => (as === 'mapped' ? [name] : []));
  const unclassed = ['somethingNew', 'constructor', 'hasOwnProperty'];
  expect([...mapped, ...shown].toSorted()).toEqual([...Object.keys(classed), ...unclassed].toSorted());
});

test('no extension of ours has the name of a field of OpenAI’s', ({ expect }) => {
  expect(Object.keys(extensionTreatments).filter((name) => Object.hasOwn(fieldTreatments, name))).toEqual([]);
});

test('names that would break a header are made harmless', ({ expect }) => {
  expect(fateOf('a,b\r\nset-cookie: x=1', 1)).toBe('reported a?b??set-cookie??x?1');
  expect(fateOf('日本', 1)).toBe('reported ??');
  expect(fateOf('x'.repeat(1000), 1)).toBe(`reported ${'x'.repeat(64)}`);
});

test('a million unknown fields are told in a header’s length', ({ expect }) => {
  const dropped = new DroppedFields();
  for (let index = 0; index < 1_000_000; index++) dropped.add(`field_${index}`);
  const names = dropped.shortList();
  expect(names).toHaveLength(51);
  expect(names.at(-1)).toBe('and_999950_more');
});

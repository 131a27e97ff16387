import type { CompletionCreateParamsBase } from 'openai/resources/completions';
import { expect, test } from 'vitest';
import { failureOf } from '../openai-chat/test-failures.ts';
import { decodeCompletionRequest } from './decode-request.ts';
import { completionTreatments } from './fields.ts';

/** CreateCompletionRequest of OpenAI's API 2.3.0, field by field. */
const specified = [
  'best_of',
  'echo',
  'frequency_penalty',
  'logit_bias',
  'logprobs',
  'max_tokens',
  'model',
  'n',
  'presence_penalty',
  'prompt',
  'seed',
  'stop',
  'stream',
  'stream_options',
  'suffix',
  'temperature',
  'top_p',
  'user',
] as const;

// Does not compile while the SDK knows a field that the list above lacks, or the other way round.
type Missing = Exclude<keyof CompletionCreateParamsBase, (typeof specified)[number]>;
type Surplus = Exclude<(typeof specified)[number], keyof CompletionCreateParamsBase>;
const differences: readonly (Missing | Surplus)[] = [] satisfies readonly never[];

test('every field of OpenAI’s request is classed, and nothing else is', ({ expect }) => {
  expect(Object.keys(completionTreatments).toSorted()).toEqual(specified.toSorted());
  expect(differences).toEqual([]);
});

const plain = { model: 'm', prompt: 'Hi' };

/** What becomes of one field of a request: what it changes in it, the report, or the refusal. */
function fateOf(name: string, value: unknown): unknown {
  const error = failureOf(() => decodeCompletionRequest({ ...plain, [name]: value }));
  if (error) return `${error.status} ${error.param}`;
  const { dropped, ...kept } = decodeCompletionRequest({ ...plain, [name]: value });
  if (dropped.length > 0) return `reported ${dropped.join()}`;
  const { request, includeUsage, echo } = decodeCompletionRequest(plain);
  const before = { ...request, includeUsage, echo };
  const changes = Object.entries({ ...kept.request, includeUsage: kept.includeUsage, echo: kept.echo });
  const isSame = (at: string, now: unknown) =>
    Object.entries(before).some(([each, was]) => each === at && JSON.stringify(was) === JSON.stringify(now));
  return Object.fromEntries(changes.filter(([at, now]) => !isSame(at, now)));
}

const says = (text: string) => ({ messages: [{ role: 'user', content: [{ type: 'text', text }] }] });
const fates: readonly (readonly [name: (typeof specified)[number], value: unknown, fate: unknown])[] = [
  ['model', 'n', { model: 'n' }],
  ['model', '', '400 model'],
  ['prompt', 'Go.', says('Go.')],
  ['prompt', ['Go.'], says('Go.')],
  ['prompt', ['a', 'b'], '400 prompt'],
  ['prompt', [], '400 prompt'],
  ['prompt', [{ text: 'a' }], '400 prompt'],
  ['prompt', [1, 2], '400 prompt'],
  ['prompt', [[1, 2]], '400 prompt'],
  ['prompt', '', '400 prompt'],
  ['prompt', ' \n', '400 prompt'],
  ['prompt', 7, '400 prompt'],
  ['prompt', undefined, '400 prompt'],
  ['max_tokens', 5, { maxOutputTokens: 5 }],
  ['max_tokens', 0, '400 max_tokens'],
  ['max_tokens', 1.5, '400 max_tokens'],
  ['temperature', 0.5, { temperature: 0.5 }],
  ['temperature', 3, '400 temperature'],
  ['top_p', 0.5, { topP: 0.5 }],
  ['top_p', 2, '400 top_p'],
  ['stop', 'x', { stopSequences: ['x'] }],
  ['stop', ['x', '', 'y'], { stopSequences: ['x', 'y'] }],
  ['stop', ['1', '2', '3', '4', '5'], '400 stop'],
  ['stream', true, { stream: true }],
  ['stream_options', { include_usage: true }, { includeUsage: true }],
  ['stream_options', { include_usage: 1 }, '400 stream_options.include_usage'],
  ['stream_options', { include_obfuscation: true }, 'reported stream_options.include_obfuscation'],
  ['echo', true, { echo: 'Hi' }],
  ['echo', 1, '400 echo'],
  ['user', 'ada', { metadata: { user: expect.stringMatching(/^[0-9a-f]{32}$/) } }],
  ['user', 7, '400 user'],
  ['n', 1, {}],
  ['n', 2, '400 n'],
  ['best_of', 1, {}],
  ['best_of', 3, '400 best_of'],
  ['logprobs', 0, 'reported logprobs'],
  ['logprobs', 5, '400 logprobs'],
  ['suffix', '', {}],
  ['suffix', '}', '400 suffix'],
  ['frequency_penalty', 0, {}],
  ['frequency_penalty', 1, 'reported frequency_penalty'],
  ['presence_penalty', 0, {}],
  ['presence_penalty', -1, 'reported presence_penalty'],
  ['logit_bias', { 50256: -100 }, 'reported logit_bias'],
  ['seed', 7, 'reported seed'],
];
test.for(fates)('%s: %j', ([name, value, fate], { expect }) => {
  expect(fateOf(name, value)).toEqual(fate);
});

test('every field of OpenAI’s stands in a case above', ({ expect }) => {
  expect([...new Set(fates.map(([name]) => name))].toSorted()).toEqual(specified.toSorted());
});

const optional = specified.filter((name) => name !== 'model' && name !== 'prompt');
test.for(optional)('takes null for %s as not sent', (name, { expect }) => {
  expect(fateOf(name, null)).toEqual({});
});

test.for(['messages', 'reasoning_effort', 'somethingNew', 'constructor'])(
  'reports %s, which is no field',
  (name, { expect }) => {
    expect(fateOf(name, 'x')).toBe(`reported ${name}`);
  },
);

test('every refusal says what to do', ({ expect }) => {
  const refusals = fates.flatMap(([name, value]) => {
    return failureOf(() => decodeCompletionRequest({ ...plain, [name]: value }))?.message ?? [];
  });
  expect(refusals.length).toBeGreaterThan(15);
  for (const message of refusals) expect(message).toMatch(/^[\w.]+: .+\.$/);
  const messageOf = (body: object) => failureOf(() => decodeCompletionRequest({ model: 'm', ...body }))?.message;
  expect(messageOf({ messages: [] })).toContain('/v1/chat/completions');
  for (const prompt of [[1], [1, 2], [[1], [2]]]) expect(messageOf({ prompt })).toContain('send the text itself');
});

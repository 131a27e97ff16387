import { type Schema, Validator } from '@cfworker/json-schema';
import { test } from 'vitest';
import { chatExtensions } from '../../../shared/openai/extensions.ts';
import { noUsage } from '../../model/usage.ts';
import { isObject } from '../json-object.ts';
import { ChatAnswerEncoder } from './encode-answer.ts';
import { ChatStreamEncoder } from './encode-stream.ts';
import chunkSchema from './fixtures/chat.completion.chunk.schema.json' with { type: 'json' };
import answerSchema from './fixtures/chat.completion.schema.json' with { type: 'json' };
import { answerCases, plainForms } from './test-answers.ts';

// Answers and chunks against OpenAI's own schemas, made strict: no property that is not in them.

/** A schema that refuses what it does not name. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (!isObject(schema)) return schema;
  const members = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  const isOpen = members['properties'] !== undefined && members['additionalProperties'] === undefined;
  return isOpen ? { ...members, additionalProperties: false } : members;
}

function validatorOf(schema: Schema): (value: unknown) => string[] {
  const strict = closed(schema);
  if (!isObject(strict)) throw new Error('the schema is an object');
  const validator = new Validator(strict, '2020-12', false);
  return (value) =>
    validator.validate(value).errors.map(({ instanceLocation, error }) => `${instanceLocation} ${error}`);
}
const answerFaults = validatorOf(answerSchema);
const chunkFaults = validatorOf(chunkSchema);

/** Without our extensions, by the object they stand in. */
function bare(value: unknown, place: string): unknown {
  if (Array.isArray(value)) return value.map((each) => bare(each, place));
  if (!isObject(value)) return value;
  const extensions: readonly string[] = Object.entries(chatExtensions).find(([name]) => name === place)?.[1] ?? [];
  const isCustom = place === 'deltaToolCall' && value['type'] === 'custom';
  const kept = Object.entries(value).filter(([name]) => !extensions.includes(name) && !(isCustom && name === 'type'));
  const inner = (name: string) => (place === 'delta' && name === 'tool_calls' ? 'deltaToolCall' : name);
  return Object.fromEntries(kept.map(([name, member]) => [name, bare(member, inner(name))]));
}

const head = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'm' };
const forms = {
  functions: plainForms,
  'custom tools': { customTools: new Set(['look']), isLegacy: false },
  'the old form': { customTools: new Set<string>(), isLegacy: true },
};
const tiered = { type: 'usage', usage: { ...noUsage, reasoningTokens: 7, tier: 'flex' } } as const;
const cases = Object.entries(answerCases).flatMap(([name, { events }]) =>
  Object.entries(forms).map(([form, asked]) => [`${name}, with ${form}`, [...events, tiered], asked] as const),
);

test.for(cases)('answers %s by OpenAI’s schema', ([, events, asked], { expect }) => {
  const encoder = new ChatAnswerEncoder({ ...head, forms: asked });
  encoder.add(events);
  const answer: unknown = JSON.parse(JSON.stringify(encoder.answer({ costUsd: '0.000000001' })));
  expect(answer).toMatchObject({ service_tier: 'flex' });
  expect(answerFaults(bare(answer, ''))).toEqual([]);
});

test.for(cases)('streams %s by OpenAI’s schema', ([, events, asked], { expect }) => {
  const encoder = new ChatStreamEncoder({ ...head, forms: asked, includeUsage: true });
  const stream = encoder.encode(events) + encoder.end({ costUsd: '0.000000001' });
  const lines = stream.split('\n\n').filter((line) => line.startsWith('data: {'));
  const chunks = lines.map((line): unknown => JSON.parse(line.slice('data: '.length)));
  expect(chunks.flatMap((chunk) => chunkFaults(bare(chunk, '')))).toEqual([]);
});

test('the schemas do refuse', ({ expect }) => {
  expect(answerFaults({})).not.toEqual([]);
  expect(chunkFaults({ ...head, object: 'chat.completion.chunk', choices: [], surprise: 1 })).not.toEqual([]);
});

import { afterAll, test } from 'vitest';
import { answerJson, startScriptedServer } from '../../aws/scripted-server.ts';
import { startBedrock } from '../../local/bedrock/emulator.ts';
import type { CountCall } from '../provider.ts';
import { createTokenCounter } from './count-tokens.ts';
import { callWith, look, modelWith, user } from './test-calls.ts';
import { runtimeAt } from './test-runtime.ts';

const counted = modelWith({}, { id: 'anthropic.claude-sonnet-4-5-test' });
const uncounted = modelWith({}, { id: 'anthropic.claude-opus-4-7-test' });
const other = modelWith({}, { id: 'example.other', maker: 'example' });

const emulator = await startBedrock({ models: [counted, uncounted, other] });
afterAll(() => emulator.close());

const createCounter = (url: string) => createTokenCounter(runtimeAt(url));
const asked = () => emulator.calls.get('CountTokens') ?? 0;
const prompt = (model: typeof counted) => callWith({ messages: [user('How long is this?')], tools: [look] }, model);

test('Bedrock counts under the bare id, with tools', async ({ expect }) => {
  const count = createCounter(emulator.url);
  const call = prompt(counted);
  const target = { ...call.target, modelId: `us.${counted.id}` };
  const { inputTokens } = await count({ ...call, target });
  expect(inputTokens).toBeGreaterThan(10);
  const { inputTokens: without } = await count({ ...call, request: { ...call.request, tools: [] } });
  expect(without).toBeLessThan(inputTokens ?? 0);
});

test('a model that Bedrock does not count for is not asked for twice', async ({ expect }) => {
  const count = createCounter(emulator.url);
  const before = asked();
  expect(await count(prompt(uncounted))).toEqual({ inputTokens: undefined, dropped: [] });
  expect(await count(prompt(uncounted))).toEqual({ inputTokens: undefined, dropped: [] });
  expect(asked() - before).toBe(1);
});

test('other makers’ models are never asked for, and what is left out is named', async ({ expect }) => {
  const before = asked();
  const call: CountCall = callWith({ messages: [user('Hi')], additionalFields: { x: 1 } }, other);
  expect(await createCounter(emulator.url)(call)).toEqual({
    inputTokens: undefined,
    dropped: ['additionalModelRequestFields.x'],
  });
  expect(asked()).toBe(before);
});

test('a count that fails is left to the estimate, and tried again with the next prompt', async ({ expect }) => {
  const count = createCounter(emulator.url);
  expect((await count({ ...prompt(counted), signal: AbortSignal.abort() })).inputTokens).toBeUndefined();
  expect((await count(prompt(counted))).inputTokens).toBeGreaterThan(0);
});

test('what a caller wrote cannot turn the count off for others', async ({ expect }) => {
  const message =
    "messages.0: Input tag 'The provided model identifier is invalid. counting tokens' found using 'type'";
  await using server = await startScriptedServer((_, response) => {
    answerJson(response, 400, { __type: 'ValidationException', message });
  });
  const count = createCounter(server.url);
  for (let each = 0; each < 2; each++) expect((await count(prompt(counted))).inputTokens).toBeUndefined();
  expect(server.requests).toHaveLength(2);
});

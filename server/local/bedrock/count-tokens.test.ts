import { ConverseCommand, CountTokensCommand, type CountTokensInput } from '@aws-sdk/client-bedrock-runtime';
import { afterAll, test } from 'vitest';
import { startBedrock } from './emulator.ts';
import { createClient } from './test-clients.ts';
import { claude, newClaude, nova, testModels } from './test-models.ts';

const emulator = await startBedrock({ models: testModels });
afterAll(() => emulator.close());
const client = createClient(emulator.url, 'HTTP/1.1');

const count = (modelId: string, input: CountTokensInput) => client.send(new CountTokensCommand({ modelId, input }));
const input = {
  converse: {
    system: [{ text: 'Be brief.' }],
    messages: [{ role: 'user' as const, content: [{ text: 'How many tokens is this?' }] }],
  },
};
const native = {
  anthropic_version: 'bedrock-2023-05-31',
  max_tokens: 1,
  system: 'Be brief.',
  messages: [{ role: 'user', content: 'How many tokens is this?' }],
};

test('a prompt counts as the usage of its call does, in Converse’s words and in Claude’s own', async ({ expect }) => {
  const { usage } = await client.send(new ConverseCommand({ modelId: claude.id, ...input.converse }));
  const { inputTokens } = await count(claude.id, input);
  expect(inputTokens).toBe(usage?.inputTokens);
  const invokeModel = { body: Buffer.from(JSON.stringify(native)) };
  expect((await count(claude.id, { invokeModel })).inputTokens).toBe(inputTokens);
});

test.for([
  [`us.${claude.id}`, 'The provided model identifier is invalid.'],
  [newClaude.id, "The provided model doesn't support counting tokens."],
  [nova.id, "The provided model doesn't support counting tokens."],
] as const)('%s is not counted for', async ([modelId, message], { expect }) => {
  await expect(count(modelId, input)).rejects.toMatchObject({ name: 'ValidationException', message });
});

import { expect, test } from 'vitest';
import { ask, client, script } from './ask.ts';
import { faultsOf } from './openai-schemas.ts';

const model = 'claude-sonnet-4-5';

test('the list of models and each model follow OpenAI’s schemas', async () => {
  const list = await client.models.list();
  expect(faultsOf('list', { object: list.object, data: list.data })).toEqual([]);
  expect(faultsOf('model', await client.models.retrieve(model))).toEqual([]);
});

test('the schemas are able to find a fault', async () => {
  const { choices, ...rest } = await client.chat.completions.create({
    model,
    messages: [{ role: 'user', content: 'Hi' }],
  });
  expect(faultsOf('completion', { choices, ...rest })).toEqual([]);
  expect(faultsOf('completion', rest).join()).toContain('choices');
  expect(faultsOf('completion', { choices, ...rest, created: 'now' }).join()).toContain('created');
  expect(faultsOf('completion', { choices, ...rest, more: 1 }).join()).toContain('more');
  expect(faultsOf('error', { error: { message: 'No.', type: 'x', param: null } }).join()).toContain('code');
});

test.each(['sync', 'stream'] as const)('%s: what a model may say is all within them', async (mode) => {
  const commands = {
    reasoning: 'Hm.',
    text: 'Well. ',
    toolCalls: [{ name: 'f', input: { a: 1 } }],
    usage: { cacheReadInputTokens: 900, cacheWriteInputTokens: 200, inputTokens: 100, outputTokens: 50 },
  };
  const tools = [{ type: 'function', function: { name: 'f' } }];
  const answer = await ask(mode, model, { tools, messages: [script(commands)] });
  expect(answer.usage).toMatchObject({
    prompt_tokens: 1200,
    completion_tokens: 50,
    total_tokens: 1250,
    prompt_tokens_details: { cached_tokens: 900, cache_write_tokens: 200 },
  });
});

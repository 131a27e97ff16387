import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type LocalStack, startStack } from '../../bin/local-stack.ts';
import { ask, modes, script } from './ask.ts';

// What the operator's document does to every call, on a stack of its own.

const profile = 'arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/claude-sonnet-4-5';
const config = {
  aliases: {
    house: { model: 'claude-haiku-4-5' },
    'pw-sonnet': { model: 'claude-sonnet-4-5', target: profile },
  },
  prices: { house: { input: 2, output: '10.5' } },
  prefer_global: true,
  prompt_cache: 'off',
  guardrails: { default: { id: 'simulated1', version: '1' } },
};

let stack: LocalStack;
let client: OpenAI;
beforeAll(async () => {
  stack = await startStack({ env: { PENNYWORTH_CONFIG: JSON.stringify(config) } });
  client = new OpenAI({ baseURL: `${stack.dev.url}/v1`, apiKey: stack.dev.api_key, maxRetries: 0 });
});
afterAll(async () => {
  await stack.stop();
});

const wicked = script({ text: 'Something wicked.', guardrail: { action: 'intervened', text: 'Not here.' } });

test.each(modes)('%s: the operator’s guardrail holds for every call, and no caller loosens it', async (mode) => {
  for (const model of ['claude-sonnet-4-5', 'llama3-3-70b-instruct', 'house']) {
    const plain = await ask(mode, model, { messages: [wicked] }, { client });
    expect(plain, model).toMatchObject({ status: 200, finishReason: 'content_filter', text: 'Not here.', dropped: [] });
    const own = { guardrailIdentifier: 'simulated2', guardrailVersion: '2' };
    const loosened = await ask(mode, model, { messages: [wicked], guardrailConfig: own }, { client });
    expect(loosened, model).toMatchObject({ status: 200, finishReason: 'content_filter', text: 'Not here.' });
    expect(loosened.dropped, model).toEqual(['guardrailConfig']);
  }
});

test.each(modes)('%s: no word of Claude’s own takes a call to where the guardrail sees less of it', async (mode) => {
  const { url, api_key: apiKey } = stack.dev;
  const { messages } = new Anthropic({ baseURL: url, apiKey, maxRetries: 0 }).beta;
  const user = { role: 'user', content: wicked.content } as const;
  const input_schema = { type: 'object' } as const;
  const tools = [
    { type: 'bash_20250124', name: 'bash' } as const,
    { name: 'look', input_schema, defer_loading: true },
    { name: 'see', input_schema },
  ];
  const betas = ['context-management-2025-06-27'];
  const body = { model: 'claude-sonnet-4-5', max_tokens: 100, betas, tools, messages: [user] };
  const stream = mode === 'stream' ? messages.stream(body) : undefined;
  const { response } = await (stream ?? messages.create(body)).withResponse();
  expect(response.headers.get('x-pennyworth-dropped')?.split(',').toSorted()).toEqual([
    'anthropic-beta.context-management-2025-06-27',
    'tools.bash_20250124',
    'tools.defer_loading',
  ]);
  const answer = await (stream?.finalMessage() ?? messages.create(body));
  expect(answer).toMatchObject({ content: [{ type: 'text', text: 'Not here.' }], stop_reason: 'refusal' });
});

test.each(modes)('%s: the operator’s names, targets and prices', async (mode) => {
  const usage = { inputTokens: 1000, outputTokens: 100 };
  const house = await ask(mode, 'house', { messages: [script({ text: 'Hi.', usage })] }, { client });
  expect(house.headers.get('x-pennyworth-model')).toBe('global.anthropic.claude-haiku-4-5-20251001-v1:0');
  expect(house.usage?.cost_usd).toBe('0.003050000');
  const sonnet = await ask(mode, 'pw-sonnet', { messages: [script({ text: 'Hi.', usage })] }, { client });
  expect(sonnet).toMatchObject({ status: 200, text: 'Hi.' });
  expect(sonnet.headers.get('x-pennyworth-model')).toBe(profile);
  const models = await Array.fromAsync(client.models.list());
  expect(models.map(({ id }) => id)).toEqual(expect.arrayContaining(['house', 'pw-sonnet', 'claude-haiku-4-5']));
});

test('the cache is off, but for points a caller sets', async () => {
  const text = 'You are patient. '.repeat(800);
  const tools = [{ type: 'function', function: { name: 'f' } }];
  const plain = {
    tools,
    messages: [
      { role: 'system', content: text },
      { role: 'user', content: 'Hello?' },
    ],
  };
  const unmarked = await ask('sync', 'claude-sonnet-4-5', plain, { client });
  expect(unmarked.usage?.prompt_tokens_details.cache_write_tokens).toBe(0);
  const system = { role: 'system', content: [{ type: 'text', text, cache_control: { type: 'ephemeral' } }] };
  const marked = await ask(
    'sync',
    'claude-sonnet-4-5',
    { ...plain, messages: [system, plain.messages[1]] },
    { client },
  );
  expect(marked.usage?.prompt_tokens_details.cache_write_tokens).toBeGreaterThan(3000);
});

test.each(modes)(
  '%s: a guardrail of the operator’s that is none is the operator’s fault, one of the caller’s the caller’s',
  async (mode) => {
    const guardrails = { default: { id: 'absent', version: '1' } };
    const broken = await startStack({ env: { PENNYWORTH_CONFIG: JSON.stringify({ guardrails }) } });
    try {
      const told = new OpenAI({ baseURL: `${broken.dev.url}/v1`, apiKey: broken.dev.api_key, maxRetries: 0 });
      const { status, error } = await ask(mode, 'claude-sonnet-4-5', { messages: [script({})] }, { client: told });
      expect({ status, code: error?.code }).toEqual({ status: 500, code: 'gateway_misconfigured' });
    } finally {
      await broken.stop();
    }
    const own = { guardrailIdentifier: 'absent', guardrailVersion: '1' };
    const { url, api_key: apiKey } = inject('dev');
    const plain = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
    const asked = { messages: [script({})], guardrailConfig: own };
    const { status, error } = await ask(mode, 'claude-sonnet-4-5', asked, { client: plain });
    expect({ status, param: error?.param }).toEqual({ status: 400, param: 'guardrailConfig' });
  },
);

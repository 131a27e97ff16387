import { describe, inject, test } from 'vitest';
import * as z from 'zod/mini';
import { marker } from './ask.ts';
import { rowOf } from './ledger.ts';

// Every answer says what it cost and which tokens that was for, on each route that calls a model: in its headers, where
// the whole is known before its body begins, and in the last usage object of its protocol.

const { url, api_key: apiKey, model } = inject('dev');

/** Counts as the provider tells them: each by another price of Claude Sonnet 4.5 through the `us.` profile. */
const told = {
  inputTokens: 100,
  outputTokens: 20,
  totalTokens: 190,
  cacheReadInputTokens: 30,
  cacheWriteInputTokens: 40,
};
/** 100 × $3.30 + 20 × $16.50 + 30 × $0.33 + 40 × $4.125 for a million. */
const costUsd = '0.000834900';
const row = { input_tokens: 100, output_tokens: 20, cache_read_tokens: 30, cache_write_tokens: 40, cost_usd: costUsd };
const words = marker({ text: 'One two three.', chunks: 3, usage: told });
const messages = [{ role: 'user', content: words }];
const prompt = { cache_control: { type: 'ephemeral' }, type: 'text', text: 'You are brief.' };

const ofChat = {
  prompt_tokens: 170,
  completion_tokens: 20,
  total_tokens: 190,
  prompt_tokens_details: { cached_tokens: 30 },
};
const ofMessages = {
  input_tokens: 100,
  output_tokens: 20,
  cache_read_input_tokens: 30,
  cache_creation_input_tokens: 40,
};

interface Route {
  readonly name: string;
  readonly path: string;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** As the protocol counts, cost aside. */
  readonly usage: object;
}

const routes: readonly Route[] = [
  {
    name: 'chat completions',
    path: '/v1/chat/completions',
    body: { messages, stream_options: { include_usage: true } },
    usage: ofChat,
  },
  {
    name: 'completions',
    path: '/v1/completions',
    body: { prompt: words, max_tokens: 100, stream_options: { include_usage: true } },
    usage: ofChat,
  },
  {
    name: 'Responses',
    path: '/v1/responses',
    body: { input: words, store: false },
    usage: { input_tokens: 170, output_tokens: 20, total_tokens: 190, input_tokens_details: { cached_tokens: 30 } },
  },
  {
    name: 'stored Responses',
    path: '/v1/responses',
    body: { input: words, store: true },
    usage: { input_tokens: 170, output_tokens: 20, total_tokens: 190, input_tokens_details: { cached_tokens: 30 } },
  },
  {
    name: 'Messages',
    path: '/v1/messages',
    body: { messages, max_tokens: 100 },
    usage: ofMessages,
  },
  {
    name: 'Messages in Claude’s own body',
    path: '/v1/messages',
    body: { messages, max_tokens: 100, system: [prompt], tools: [{ type: 'bash_20250124', name: 'bash' }] },
    headers: { 'anthropic-beta': 'context-management-2025-06-27' },
    usage: ofMessages,
  },
];

function ask({ path, body, headers = {} }: Route, more: object): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, ...body, ...more }),
  });
}

const Usage = z.looseObject({ cost_usd: z.nullable(z.string()) });
const Told = z.object({ usage: z.optional(z.nullable(z.looseObject({}))) });
const Event = z.object({
  usage: z.optional(z.nullable(z.looseObject({}))),
  response: z.optional(z.nullable(Told)),
});

/** The last usage object that a stream tells. */
function lastUsage(text: string): unknown {
  const events = [...text.matchAll(/^data: (\{.*)$/gm)].map(([, data = '']) => Event.parse(JSON.parse(data)));
  return events.flatMap(({ usage, response }) => usage ?? response?.usage ?? []).at(-1);
}

describe.for(routes)('$name', (route) => {
  test('a whole answer says its cost in header and usage, as the ledger has it', async ({ expect }) => {
    const response = await ask(route, { stream: false });
    const { usage } = Told.parse(JSON.parse(await response.text()));
    expect(usage).toMatchObject({ ...route.usage, cost_usd: costUsd });
    expect(response.headers.get('x-pennyworth-cost-usd')).toBe(costUsd);
    expect(await rowOf(response.headers)).toMatchObject(row);
    expect(response.headers.get('x-pennyworth-model')).toMatch(/^us\.anthropic\.claude-sonnet-4-5/);
  });

  test('a stream says its cost in its last usage, as the ledger has it', async ({ expect }) => {
    const response = await ask(route, { stream: true });
    const usage = Usage.parse(lastUsage(await response.text()));
    expect(usage).toMatchObject({ ...route.usage, cost_usd: costUsd });
    // Nothing is known when its head goes out, and nothing is guessed.
    expect(response.headers.has('x-pennyworth-cost-usd')).toBe(false);
    expect(await rowOf(response.headers)).toMatchObject(row);
    expect(response.headers.get('x-pennyworth-model')).toMatch(/^us\.anthropic\.claude-sonnet-4-5/);
  });
});

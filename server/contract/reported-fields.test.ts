import { describe, expect, test } from 'vitest';
import { ask, type Fields, modes, script } from './ask.ts';
import { rowOf } from './ledger.ts';

// Nothing a caller asks for is left out silently: it is done, refused, or named in x-pennyworth-dropped.

const hello = { messages: [{ role: 'user', content: 'Hello!' }] };
const tool = { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } };

interface Report {
  readonly model: string;
  readonly fields: Fields;
  readonly names: readonly string[];
}
const claude = 'claude-sonnet-4-5';
const reports: readonly Report[] = [
  { model: claude, fields: { seed: 7, logit_bias: { 1: 1 } }, names: ['logit_bias', 'seed'] },
  {
    model: claude,
    fields: { presence_penalty: 1, frequency_penalty: 1 },
    names: ['frequency_penalty', 'presence_penalty'],
  },
  {
    model: claude,
    fields: { store: true, prediction: { type: 'content', content: 'x' } },
    names: ['prediction', 'store'],
  },
  { model: claude, fields: { verbosity: 'low' }, names: ['verbosity'] },
  { model: claude, fields: { service_tier: 'scale' }, names: ['service_tier'] },
  { model: claude, fields: { temperature: 1.7 }, names: ['temperature'] },
  { model: claude, fields: { nonsense: 1 }, names: ['nonsense'] },
  { model: claude, fields: { web_search_options: {} }, names: ['web_search_options'] },
  {
    model: 'claude-opus-4-7',
    fields: { temperature: 0.2, top_p: 0.5, top_k: 9 },
    names: ['temperature', 'top_k', 'top_p'],
  },
  { model: 'nova-2-lite', fields: { tools: [tool], parallel_tool_calls: false }, names: ['parallel_tool_calls'] },
  { model: 'llama3-3-70b-instruct', fields: { reasoning_effort: 'high' }, names: ['reasoning_effort'] },
  { model: 'llama3-3-70b-instruct', fields: { tools: [tool], tool_choice: 'required' }, names: ['tool_choice'] },
  { model: 'qwen3-235b-a22b', fields: { stop: ['x'] }, names: ['stop'] },
  { model: 'deepseek-v3.2', fields: { top_k: 5 }, names: ['top_k'] },
  {
    model: claude,
    fields: { n: 1, logprobs: false, store: false, seed: null, frequency_penalty: 0, modalities: ['text'] },
    names: [],
  },
];

describe.each(modes)('%s', (mode) => {
  test.each(reports)('$model: $fields', async ({ model, fields, names }) => {
    const answer = await ask(mode, model, { ...hello, ...fields });
    expect(answer.status, answer.error?.message).toBe(200);
    expect([...answer.dropped].sort()).toEqual(names);
    expect([...(await rowOf(answer.headers)).dropped].sort()).toEqual(names);
    const strict = await ask(mode, model, { ...hello, ...fields }, { headers: { 'x-pennyworth-strict': 'true' } });
    if (names.length === 0) return expect(strict.status).toBe(200);
    expect(strict).toMatchObject({ status: 400, error: { code: 'invalid_request', type: 'invalid_request_error' } });
    expect(names).toContain(strict.error?.param);
  });

  test.each([
    ['n', { n: 2 }],
    ['logprobs', { logprobs: true }],
    ['top_logprobs', { top_logprobs: 3 }],
    ['modalities', { modalities: ['text', 'audio'] }],
    ['audio', { audio: { voice: 'alloy', format: 'wav' } }],
    ['previous_response_id', { previous_response_id: 'resp_1' }],
    ['background', { background: true }],
    ['max_tokens', { max_tokens: 0 }],
    ['temperature', { temperature: 2.5 }],
    ['response_format', { response_format: { type: 'xml' } }],
    ['reasoning_effort', { reasoning_effort: 'heroic' }],
    ['tool_choice', { tools: [tool], tool_choice: { type: 'function', function: { name: 'nobody' } } }],
  ])('%s is refused by its name', async (param, fields) => {
    const answer = await ask(mode, claude, { ...hello, ...fields });
    expect(answer).toMatchObject({ status: 400, error: { type: 'invalid_request_error' } });
    expect(answer.error?.param?.startsWith(param), `${answer.error?.param} for ${param}`).toBe(true);
  });
});

/** nova-2-lite through its `us.` profile, in pico-USD a token, read by hand from AWS's price list. */
const prices = {
  default: { input: 330_000n, output: 2_750_000n },
  flex: { input: 165_000n, output: 1_375_000n },
  priority: { input: 577_500n, output: 4_812_500n },
};

describe.each(modes)('service_tier, %s', (mode) => {
  test.each([
    { asked: 'flex', answered: undefined, tier: 'flex' as const },
    { asked: 'priority', answered: undefined, tier: 'priority' as const },
    { asked: 'default', answered: undefined, tier: 'default' as const },
    { asked: 'auto', answered: undefined, tier: 'default' as const },
    { asked: 'priority', answered: 'default', tier: 'default' as const },
    { asked: 'flex', answered: 'priority', tier: 'priority' as const },
  ])('$asked, answered by $tier, is priced by what answered', async ({ asked, answered, tier }) => {
    const commands = { text: 'Yes, of course.', usage: { inputTokens: 1000, outputTokens: 100 } };
    const serviceTier = answered === undefined ? {} : { serviceTier: answered };
    const answer = await ask(mode, 'nova-2-lite', {
      service_tier: asked,
      messages: [script({ ...commands, ...serviceTier })],
    });
    expect(answer).toMatchObject({ status: 200, dropped: [] });
    // Who asks for nothing special may be told nothing.
    if (asked === 'default' || asked === 'auto') expect([undefined, 'default']).toContain(answer.serviceTier);
    else expect(answer.serviceTier).toBe(tier);
    const nano = Number((1000n * prices[tier].input + 100n * prices[tier].output + 500n) / 1000n);
    expect((await rowOf(answer.headers)).cost_nano_usd).toBe(nano);
  });
});

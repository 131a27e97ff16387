import OpenAI from 'openai';
import { describe, inject, test } from 'vitest';
import { client } from './ask.ts';
import { rowOf } from './ledger.ts';
import { families } from './matrix/families.ts';
import { faultsOf } from './openai-schemas.ts';

// OpenAI's completions through the genuine SDK, whole and streamed.

const { url, api_key: apiKey } = inject('dev');
const sim = (script: object) => `Please. [[sim:${JSON.stringify(script)}]]`;
const model = 'claude-sonnet-4-5';
const models = families.map(({ model }) => model);
type Body = Omit<OpenAI.CompletionCreateParamsNonStreaming, 'model' | 'stream'>;

/** What came of a call, the same for a whole answer and for a stream. */
interface Outcome {
  readonly text: string;
  readonly finishReason: string | undefined;
  readonly usage: unknown;
  readonly headers: Headers;
  /** What is wrong by OpenAI's schema. */
  readonly faults: readonly string[];
}

/** A chunk as OpenAI's schema has it, which knows only the whole answer: there nothing is null. */
function asWhole(chunk: OpenAI.Completion): object {
  const { usage, ...rest } = chunk;
  const choices = chunk.choices.map((choice) => ({ ...choice, finish_reason: choice.finish_reason ?? 'stop' }));
  return { ...rest, choices, ...(usage && { usage }) };
}

const ways = {
  sync: async (name: string, body: Body): Promise<Outcome> => {
    const { data, response } = await client.completions.create({ model: name, ...body }).withResponse();
    const [choice] = data.choices;
    const faults = faultsOf('textCompletion', data);
    const { usage } = data;
    return { text: choice?.text ?? '', finishReason: choice?.finish_reason, usage, headers: response.headers, faults };
  },
  stream: async (name: string, body: Body): Promise<Outcome> => {
    const asked = { ...body, model: name, stream: true as const, stream_options: { include_usage: true } };
    const { data, response } = await client.completions.create(asked).withResponse();
    const chunks = await Array.fromAsync(data);
    const faults = chunks.flatMap((chunk) => faultsOf('textCompletion', asWhole(chunk)));
    if (new Set(chunks.map((chunk) => chunk.id)).size !== 1) faults.push('the id changes within a stream');
    const reasons = chunks.flatMap(({ choices }) => choices.flatMap((choice) => choice.finish_reason ?? []));
    if (reasons.length !== 1) faults.push(`${reasons.length} finish reasons in a stream`);
    const usages = chunks.flatMap(({ usage }) => usage ?? []);
    if (usages.length !== 1 || !chunks.at(-1)?.usage) faults.push('the last chunk, and no other, is the usage');
    const text = chunks.flatMap(({ choices }) => choices.map((choice) => choice.text)).join('');
    return { text, finishReason: reasons[0], usage: usages[0], headers: response.headers, faults };
  },
};
const cells = models.flatMap((name) => (['sync', 'stream'] as const).map((way) => ({ model: name, way })));

test.for(cells)('$model, $way: a text with its cost, in the ledger', async ({ model: name, way }, { expect }) => {
  const answer = await ways[way](name, { prompt: sim({ text: ['Grüezi ', '🦋', '!'] }), user: 'ada' });
  expect(answer).toMatchObject({ text: 'Grüezi 🦋!', finishReason: 'stop', faults: [] });
  expect(answer.usage).toMatchObject({ cost_usd: expect.stringMatching(/^\d+\.\d{9}$/) });
  expect(answer.headers.get('x-pennyworth-dropped')).toBeNull();
  const row = await rowOf(answer.headers);
  expect(row).toMatchObject({ endpoint: '/v1/completions', status: 'ok', stream: way === 'stream', dropped: [] });
  expect(answer.usage).toMatchObject({ prompt_tokens: row.input_tokens, completion_tokens: row.output_tokens });
});

describe.each(['sync', 'stream'] as const)('%s', (way) => {
  test.for<[string, Body, string | RegExp, string]>([
    ['a stop sequence', { prompt: sim({ text: 'one two three' }), stop: ['three'] }, 'one two ', 'stop'],
    ['the cap', { prompt: 'Go on and on.', max_tokens: 5 }, /^.{1,20}$/, 'length'],
    ['a full window', { prompt: sim({ text: 'x', stopReason: 'model_context_window_exceeded' }) }, 'x', 'length'],
    ['a filter', { prompt: sim({ text: 'x', stopReason: 'content_filtered' }) }, 'x', 'content_filter'],
  ])('ends by %s', async ([, body, text, reason], { expect }) => {
    const answer = await ways[way](model, body);
    expect(answer).toMatchObject({ finishReason: reason, faults: [] });
    expect(answer.text).toEqual(typeof text === 'string' ? text : expect.stringMatching(text));
  });

  test('takes a list of one prompt, and gives it back before the answer', async ({ expect }) => {
    const prompt = sim({ text: 'Yes.' });
    expect(await ways[way](model, { prompt: [prompt], echo: true })).toMatchObject({ text: `${prompt}Yes.` });
    expect(await ways[way](model, { prompt: [prompt], echo: false })).toMatchObject({ text: 'Yes.' });
  });

  test('tells the cap it chose where the caller named none', async ({ expect }) => {
    const { headers } = await ways[way](model, { prompt: 'Hi' });
    expect(headers.get('x-pennyworth-max-tokens')).toBe('32000');
    const capped = await ways[way](model, { prompt: 'Hi', max_tokens: 100 });
    expect(capped.headers.get('x-pennyworth-max-tokens')).toBeNull();
  });

  test('counts thoughts and does not tell them', async ({ expect }) => {
    const script = { reasoning: 'Hm, hm, hm.', text: 'Yes.', usage: { outputTokens: 50 } };
    const answer = await ways[way]('deepseek-v3.2', { prompt: sim(script) });
    expect(answer).toMatchObject({ text: 'Yes.', usage: { completion_tokens: 50 }, faults: [] });
  });

  test('names what it could not keep, of the API and of the model', async ({ expect }) => {
    const asked = { seed: 7, logit_bias: { 1: 1 }, presence_penalty: 1, frequency_penalty: 1, logprobs: 0 };
    const answer = await ways[way]('claude-opus-4-7', { prompt: 'Hi', temperature: 0.5, ...asked });
    const names = [...Object.keys(asked), 'temperature'].toSorted();
    expect(answer.headers.get('x-pennyworth-dropped')?.split(',').toSorted()).toEqual(names);
    expect((await rowOf(answer.headers)).dropped.toSorted()).toEqual(names);
    const strict = client.completions.create(
      { model, prompt: 'Hi', seed: 7, stream: way === 'stream' },
      { headers: { 'x-pennyworth-strict': 'true' } },
    );
    await expect(strict).rejects.toMatchObject({ status: 400, param: 'seed' });
  });

  test.for<[string, Partial<Body>]>([
    ['prompt', { prompt: ['a', 'b'] }],
    ['prompt', { prompt: [1, 2, 3] }],
    ['suffix', { suffix: '}' }],
    ['n', { n: 2 }],
    ['best_of', { best_of: 2 }],
    ['logprobs', { logprobs: 3 }],
    ['max_tokens', { max_tokens: 0 }],
  ])('refuses %s: %j', async ([param, body], { expect }) => {
    const error = await ways[way](model, { prompt: 'Hi', ...body }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ param, code: 'invalid_request', message: expect.stringContaining(`${param}: `) });
  });

  test('fails with OpenAI’s own classes before the first byte', async ({ expect }) => {
    const failure = (name: string, script: object) =>
      ways[way](name, { prompt: sim(script) }).catch((caught: unknown) => caught);
    expect(await failure('claude-sonet-4-5', {})).toBeInstanceOf(OpenAI.NotFoundError);
    expect(await failure(model, { fail: { type: 'ThrottlingException' } })).toBeInstanceOf(OpenAI.RateLimitError);
    expect(await failure(model, { fail: { type: 'ModelErrorException' } })).toBeInstanceOf(OpenAI.InternalServerError);
  });
});

test('an error after the first byte stands in the stream, without [DONE], and in the ledger', async ({ expect }) => {
  const fault = { kind: 'exception', afterChunks: 2, type: 'ModelStreamErrorException' };
  const response = await fetch(`${url}/v1/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream: true, prompt: sim({ text: ['a', 'b', 'c'], fault }) }),
  });
  const text = await response.text();
  expect(response.status).toBe(200);
  expect(text).toContain('"text":"a"');
  expect(text).toContain('"error":{');
  expect(text).not.toContain('[DONE]');
  expect(await rowOf(response.headers)).toMatchObject({ endpoint: '/v1/completions', status: 'error', stream: true });
});

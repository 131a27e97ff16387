import { test } from 'vitest';
import { families } from './matrix/families.ts';
import { client, hello, post, weather } from './post-messages.ts';

test.for(families)('$model: a prompt is counted, or its length is estimated', async ({ model }, { expect }) => {
  const prompt = { model, system: 'Be brief.', messages: [{ role: 'user' as const, content: 'How long is this?' }] };
  const { data, response } = await client.messages.countTokens(prompt).withResponse();
  const short = data.input_tokens;
  // Bedrock counts for some Claudes only.
  const isCounted = model === 'claude-sonnet-4-5';
  expect(response.headers.get('x-pennyworth-token-count')).toBe(isCounted ? 'provider' : 'estimate');
  expect(response.headers.get('x-pennyworth-model')).toBe(families.find((each) => each.model === model)?.servedBy);
  const { usage } = await client.messages.create({ ...prompt, max_tokens: 100 });
  if (isCounted) expect(short).toBe(usage.input_tokens);
  // Rather too much than too little.
  else expect(short).toBeGreaterThanOrEqual(usage.input_tokens);
  if (model === 'llama3-3-70b-instruct') return;
  const long = await client.messages.countTokens({ ...prompt, tools: [weather], tool_choice: { type: 'any' } });
  expect(long.input_tokens).toBeGreaterThan(short);
});

test('what is wrong with a prompt is told by its count too', async ({ expect }) => {
  const count = (body: object, headers = {}) => post(body, headers, '/v1/messages/count_tokens');
  const { max_tokens: _, ...prompt } = hello;
  const cases = [
    [{ ...prompt, model: 'no-such' }, 404, 'not_found_error', /no-such/],
    [{ ...prompt, model: undefined }, 400, 'invalid_request_error', /^model/],
    [
      { ...prompt, messages: [{ role: 'user', content: [{ type: 'unheard_of' }] }] },
      400,
      'invalid_request_error',
      /^messages\[0\]/,
    ],
  ] as const;
  for (const [body, status, type, message] of cases) {
    const response = await count(body);
    expect(response.status).toBe(status);
    const error = { type, message: expect.stringMatching(message) };
    expect(await response.json()).toMatchObject({ type: 'error', error, request_id: expect.stringMatching(/^req_/) });
  }
  const body = { ...prompt, metadata: { x: 1 } };
  const reported = await count(body, { 'anthropic-beta': 'token-counting-2024-11-01' });
  expect(reported.headers.get('x-pennyworth-dropped')).toBe('metadata.x,anthropic-beta.token-counting-2024-11-01');
  expect((await count(body, { 'x-pennyworth-strict': 'true' })).status).toBe(400);
});

test('a cap that is null, as some clients send it, does not matter', async ({ expect }) => {
  const response = await post({ ...hello, max_tokens: null }, {}, '/v1/messages/count_tokens');
  expect(response.status).toBe(200);
});

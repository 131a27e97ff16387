import OpenAI from 'openai';
import { describe, inject, test } from 'vitest';

const { url, api_key: apiKey, model } = inject('dev');
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });

/** A script for the simulator, as the last words of a user's text. */
const sim = (script: object) => `Please. [[sim:${JSON.stringify(script)}]]`;
const user = (content: string) => ({ role: 'user' as const, content });
const weather = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'Weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

test('answers a plain question in one body, with the cost and the model that served', async ({ expect }) => {
  const { data, response, request_id } = await client.chat.completions
    .create({ model, messages: [{ role: 'system', content: 'Be brief.' }, user('Hello!')] })
    .withResponse();
  expect(data.object).toBe('chat.completion');
  expect(data.model).toBe(model);
  expect(data.choices[0]?.message.content).toContain('This is a simulated answer from');
  expect(data.choices[0]?.finish_reason).toBe('stop');
  expect(data.usage?.total_tokens).toBe((data.usage?.prompt_tokens ?? 0) + (data.usage?.completion_tokens ?? 0));
  expect(response.headers.get('x-pennyworth-model')).toBe('us.anthropic.claude-sonnet-4-5-20250929-v1:0');
  expect(response.headers.get('x-pennyworth-cost-usd')).toMatch(/^\d+\.\d{9}$/);
  expect(response.headers.get('x-pennyworth-max-tokens')).toBe('32000');
  expect(request_id).toMatch(/^req_/);
});

test('streams chunks while the model is still speaking', async ({ expect }) => {
  const stream = await client.chat.completions.create({
    model,
    stream: true,
    messages: [user(sim({ text: ['one ', 'two ', 'three ', 'four ', 'five'], chunkDelayMs: 80 }))],
  });
  const arrivals: number[] = [];
  let text = '';
  for await (const chunk of stream) {
    const piece = chunk.choices[0]?.delta.content;
    if (!piece) continue;
    arrivals.push(performance.now());
    text += piece;
  }
  expect(text).toBe('one two three four five');
  expect(arrivals).toHaveLength(5);
  expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(200);
});

test('sends exactly one usage chunk when asked, and none otherwise', async ({ expect }) => {
  const read = async (includeUsage: boolean) => {
    const stream = await client.chat.completions.create({
      model,
      stream: true,
      ...(includeUsage ? { stream_options: { include_usage: true } } : {}),
      messages: [user('Count me.')],
    });
    const chunks = await Array.fromAsync(stream);
    return chunks.filter((chunk) => chunk.usage);
  };
  const [chunk, ...more] = await read(true);
  expect(more).toEqual([]);
  expect(chunk?.choices).toEqual([]);
  expect(chunk?.usage).toMatchObject({ cost_usd: expect.stringMatching(/^\d+\.\d{9}$/) });
  expect(await read(false)).toEqual([]);
});

describe('tools', () => {
  const call = { name: 'get_weather', input: { city: 'Bern' } };

  test('go round: asked, answered, told', async ({ expect }) => {
    const first = await client.chat.completions.create({
      model,
      tools: [weather],
      messages: [user(sim({ toolCalls: [call] }))],
    });
    const [choice] = first.choices;
    expect(choice?.finish_reason).toBe('tool_calls');
    const [asked] = choice?.message.tool_calls ?? [];
    if (!choice || asked?.type !== 'function') throw new Error('no tool call came');
    expect(asked.function.name).toBe('get_weather');
    expect(JSON.parse(asked.function.arguments)).toEqual({ city: 'Bern' });
    const second = await client.chat.completions.create({
      model,
      tools: [weather],
      messages: [
        user('What is the weather in Bern?'),
        choice.message,
        { role: 'tool', tool_call_id: asked.id, content: '12 degrees' },
      ],
    });
    expect(second.choices[0]?.finish_reason).toBe('stop');
    expect(second.choices[0]?.message.content).toContain('get_weather');
  });

  test('stream their arguments in pieces, parallel calls by index', async ({ expect }) => {
    const runner = client.chat.completions.stream({
      model,
      tools: [weather],
      messages: [user(sim({ toolCalls: [call, { name: 'get_weather', input: { city: 'Basel' } }] }))],
    });
    const answer = await runner.finalChatCompletion();
    const calls = answer.choices[0]?.message.tool_calls ?? [];
    expect(calls.map((each) => JSON.parse(each.function.arguments))).toEqual([{ city: 'Bern' }, { city: 'Basel' }]);
    expect(new Set(calls.map((each) => each.id)).size).toBe(2);
    expect(answer.choices[0]?.finish_reason).toBe('tool_calls');
  });

  test('come in parallel in one body too', async ({ expect }) => {
    const answer = await client.chat.completions.create({
      model,
      tools: [weather],
      messages: [user(sim({ toolCalls: [call, call, call] }))],
    });
    expect(answer.choices[0]?.message.tool_calls).toHaveLength(3);
  });
});

test('stops at the cap and at a stop sequence', async ({ expect }) => {
  const capped = await client.chat.completions.create({ model, max_tokens: 5, messages: [user('Go on and on.')] });
  expect(capped.choices[0]?.finish_reason).toBe('length');
  const stopped = await client.chat.completions.create({
    model,
    stop: ['three'],
    messages: [user(sim({ text: 'one two three four' }))],
  });
  expect(stopped.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'one two ' } });
});

test('lists and shows models, also by ids with colons and dots', async ({ expect }) => {
  const models = await Array.fromAsync(client.models.list());
  expect(models.length).toBeGreaterThan(50);
  expect(models.map((each) => each.id)).toContain(model);
  const bare = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
  expect((await client.models.retrieve(bare)).id).toBe(model);
  const arn = `arn:aws:bedrock:us-west-2::foundation-model/${bare}`;
  expect((await client.models.retrieve(arn)).id).toBe(model);
});

describe('errors arrive as the SDK’s own classes', () => {
  const ask = (content: string, options: object = {}) =>
    client.chat.completions.create({ model, messages: [user(content)], ...options });
  const failure = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );

  test('AuthenticationError for a key that is not ours', async ({ expect }) => {
    const stranger = new OpenAI({ baseURL: `${url}/v1`, apiKey: `pnw_${'a'.repeat(73)}`, maxRetries: 0 });
    const error = await failure(stranger.models.list());
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(error).toMatchObject({ code: 'invalid_api_key', type: 'invalid_request_error' });
  });

  test('NotFoundError for an unknown model, naming the nearest', async ({ expect }) => {
    const error = await failure(ask('Hi', { model: 'claude-sonet-4-5' }));
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({ code: 'model_not_found', param: 'model', message: expect.stringContaining(model) });
  });

  test('BadRequestError for empty messages, naming the field', async ({ expect }) => {
    const error = await failure(ask('', { messages: [] }));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ param: 'messages' });
  });

  test('RateLimitError when Bedrock throttles to the end', async ({ expect }) => {
    const error = await failure(ask(sim({ fail: { type: 'ThrottlingException' } })));
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error).toMatchObject({ code: 'rate_limit_exceeded', headers: expect.anything() });
  });

  test('InternalServerError when Bedrock fails', async ({ expect }) => {
    const error = await failure(ask(sim({ fail: { type: 'ModelErrorException' } })));
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
  });

  test('BadRequestError for a stream that Bedrock refuses in its first frame', async ({ expect }) => {
    const fault = { kind: 'exception', afterChunks: 0, type: 'ValidationException', message: 'This model is tired.' };
    const error = await failure(ask(sim({ fault }), { stream: true }));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ message: expect.stringContaining('This model is tired.') });
  });

  test('an error event and no [DONE] when the stream breaks, usage settled', async ({ expect }) => {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model,
        stream: true,
        messages: [
          user(
            sim({
              text: ['a', 'b', 'c'],
              fault: { kind: 'exception', afterChunks: 2, type: 'ModelStreamErrorException' },
            }),
          ),
        ],
      }),
    });
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(text).not.toContain('[DONE]');
    expect(text).toContain('"error":{');
    const id = response.headers.get('x-request-id');
    const calls = await fetch(`${url}/v1/usage/calls?limit=1000`, { headers: { authorization: `Bearer ${apiKey}` } });
    const { data } = JSON.parse(await calls.text());
    expect(data.find((call: { request_id: string }) => call.request_id === id)).toMatchObject({
      status: 'error',
      stream: true,
    });
  });
});

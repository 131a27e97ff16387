import { createServer } from 'node:http';
import OpenAI from 'openai';
import { afterAll, beforeAll, test } from 'vitest';
import { startStack } from '../../bin/local-stack.ts';

/** What Ollama and the like answer, as far as it is used here. */
const server = createServer((request, response) => {
  if (request.url === '/v1/models') {
    response.end(JSON.stringify({ object: 'list', data: [{ id: 'tiny:1b', object: 'model' }] }));
    return;
  }
  request.resume();
  const chunk = (choices: object[], usage?: object) => `data: ${JSON.stringify({ choices, usage })}\n\n`;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(chunk([{ index: 0, delta: { role: 'assistant', content: 'A real ' } }]));
  response.write(chunk([{ index: 0, delta: { content: 'answer.' }, finish_reason: 'stop' }]));
  response.end(`${chunk([], { prompt_tokens: 5, completion_tokens: 3 })}data: [DONE]\n\n`);
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test('models of an OpenAI-compatible server are listed and answer beside the others; their cost is unknown', async ({
  expect,
}) => {
  const stack = await startStack({ args: ['--openai-compatible', url] });
  try {
    const client = new OpenAI({ baseURL: `${stack.dev.url}/v1`, apiKey: stack.dev.api_key, maxRetries: 0 });
    const model = 'openai-compatible/tiny:1b';
    expect((await client.models.retrieve(model)).id).toBe(model);
    const messages = [{ role: 'user' as const, content: 'Hello!' }];
    const whole = await client.chat.completions.create({ model, messages });
    expect(whole).toMatchObject({
      model,
      choices: [{ message: { content: 'A real answer.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 5, completion_tokens: 3, cost_usd: null },
    });
    const chunks = await Array.fromAsync(await client.chat.completions.create({ model, messages, stream: true }));
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('A real answer.');
    const other = await client.chat.completions.create({ model: stack.dev.model, messages });
    expect(other.choices[0]?.message.content).toContain('simulated answer');
    const headers = { authorization: `Bearer ${stack.dev.api_key}` };
    const usage = JSON.parse(await (await fetch(`${stack.dev.url}/v1/usage`, { headers })).text());
    expect(usage).toMatchObject({ unpriced_requests: 2 });
    expect(usage.rows).toContainEqual(expect.objectContaining({ group: model, requests: 2, cost_nano_usd: null }));
  } finally {
    await stack.stop();
  }
});

test('an address where no model is listed ends the start in one line', async ({ expect }) => {
  await expect(startStack({ args: ['--openai-compatible', 'http://127.0.0.1:1'] })).rejects.toThrow('lists no models');
});

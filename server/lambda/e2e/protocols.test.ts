import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cloud, type Deployment, deploy, startCloud } from './function.ts';

// The real bundle under AWS's runtime client, asked by the genuine SDKs.

let cloud: Cloud;
let deployment: Deployment;
let openai: OpenAI;
let anthropic: Anthropic;
beforeAll(async () => {
  cloud = await startCloud();
  deployment = await deploy(cloud, { stage: 'prod' });
  const { api_key: apiKey } = cloud.stack.dev;
  openai = new OpenAI({ baseURL: `${deployment.url}/v1`, apiKey, maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: deployment.url, apiKey, maxRetries: 0 });
});
afterAll(async () => {
  await deployment?.stop();
  await cloud?.stack.stop();
});

const model = 'claude-sonnet-4-5';
const slow = '[[sim:{"text":"One two three four five six seven eight.","chunks":8,"chunkDelayMs":40}]]';

test('chat completions stream as they are written', async () => {
  const stream = await openai.chat.completions.create({
    model,
    messages: [{ role: 'user', content: slow }],
    stream: true,
    stream_options: { include_usage: true },
  });
  const arrivals: number[] = [];
  let text = '';
  for await (const chunk of stream) {
    const piece = chunk.choices[0]?.delta.content ?? '';
    if (piece) arrivals.push(performance.now());
    text += piece;
  }
  expect(text).toBe('One two three four five six seven eight.');
  expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(150);
});

test('Responses and Messages stream too', async () => {
  const events: string[] = [];
  const stream = await openai.responses.create({ model, input: slow, stream: true });
  for await (const event of stream) events.push(event.type);
  expect(events.at(0)).toBe('response.created');
  expect(events.at(-1)).toBe('response.completed');
  const message = await anthropic.messages
    .stream({ model, max_tokens: 100, messages: [{ role: 'user', content: slow }] })
    .finalMessage();
  expect(message.content).toMatchObject([{ type: 'text', text: 'One two three four five six seven eight.' }]);
});

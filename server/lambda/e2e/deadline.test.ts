import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cloud, type Deployment, deploy, newestCallOf, startCloud } from './function.ts';

// Ten seconds before Lambda would end the function, the gateway ends the answer by its own hand.

let cloud: Cloud;
let deployment: Deployment;
let openai: OpenAI;
beforeAll(async () => {
  cloud = await startCloud();
  deployment = await deploy(cloud, { timeoutMs: 12_000 });
  openai = new OpenAI({ baseURL: `${deployment.url}/v1`, apiKey: cloud.stack.dev.api_key, maxRetries: 0 });
});
afterAll(async () => {
  await deployment?.stop();
  await cloud?.stack.stop();
});

const model = 'claude-sonnet-4-5';
const endless = 'Go on. [[sim:{"chunks":60,"chunkDelayMs":100}]]';
const messages = [{ role: 'user' as const, content: endless }];

const newestCall = () => newestCallOf(cloud, deployment);

test('a stream ends with what came, as one that reached its length, priced and settled', async () => {
  const startedAt = performance.now();
  const response = await openai.chat.completions
    .create({ model, messages, stream: true, stream_options: { include_usage: true } })
    .asResponse();
  const text = await response.text();
  expect(performance.now() - startedAt).toBeLessThan(6_000);
  expect(text).toContain('"finish_reason":"length"');
  expect(text).toContain(': the time of this call is up');
  expect(text).toContain('"cost_usd"');
  expect(text.trimEnd()).toMatch(/data: \[DONE\]$/);
  expect(await newestCall()).toMatchObject({ status: 'deadline', stream: true });
});

test('a JSON answer is the part that came, with a warning', async () => {
  const { data, response } = await openai.chat.completions
    .create({ model, messages, max_tokens: 8_000 })
    .withResponse();
  expect(data.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: expect.stringMatching(/\w/) } });
  expect(response.headers.get('x-pennyworth-warning')).toBe('deadline');
  expect(await newestCall()).toMatchObject({ status: 'deadline', stream: false });
});

test('where nothing came in time, it is a timeout that is not tried again', async () => {
  const silent = [{ role: 'user' as const, content: '[[sim:{"delayMs":6000}]]' }];
  const call = openai.chat.completions.create({ model, messages: silent, stream: true });
  await expect(call).rejects.toMatchObject({ status: 504, code: 'upstream_timeout' });
  expect(await newestCall()).toMatchObject({ status: 'error' });
});

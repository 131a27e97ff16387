import * as z from 'zod/mini';
import type { LocalStack } from '../local-stack.ts';

const models = ['claude-sonnet-4-5', 'claude-haiku-4-5', 'nova-lite', 'gpt-oss-120b'];
const keys = 8;
const callsAtOnce = 16;
/** One call of so many is streamed. */
const streamedOf = 4;

const NewKey = z.object({ key: z.string() });
const LastChunk = z.object({ usage: z.object({ cost_usd: z.string() }) });

/**
 * Makes calls over HTTP, as one person with several keys does: short chats with several models, some of them streamed.
 * @returns the sum of what the answers say they cost, in nano-USD
 */
export async function makeCalls({ dev }: LocalStack, token: string, calls: number): Promise<number> {
  const apiKeys = await Promise.all(Array.from({ length: keys }, (_, index) => createKey(dev.url, token, index)));
  let sum = 0;
  let next = 0;
  const work = async () => {
    while (next < calls) {
      const index = next++;
      const cost = await call(dev.url, apiKeys[index % keys] ?? '', index);
      sum += cost;
      if (index % 10_000 === 0) process.stderr.write(`called: ${index}\n`);
    }
  };
  await Promise.all(Array.from({ length: callsAtOnce }, work));
  return sum;
}

async function createKey(url: string, token: string, index: number): Promise<string> {
  const response = await post(`${url}/v1/keys`, token, { name: `month ${index}` });
  return NewKey.parse(await response.json()).key;
}

/** @returns nano-USD */
async function call(url: string, apiKey: string, index: number): Promise<number> {
  const stream = index % streamedOf === 0;
  const body = {
    model: models[index % models.length] ?? '',
    messages: [{ role: 'user', content: `Say a few words about number ${index}.` }],
    max_tokens: 24,
    ...(stream && { stream, stream_options: { include_usage: true } }),
  };
  const tag = `project-${index % 20}`;
  const response = await post(`${url}/v1/chat/completions`, apiKey, body, { 'x-pennyworth-tag': tag });
  const text = await response.text();
  return nanoUsdOf(stream ? lastCost(text) : (response.headers.get('x-pennyworth-cost-usd') ?? ''));
}

async function post(url: string, credential: string, body: object, headers: object = {}): Promise<Response> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response;
}

function lastCost(stream: string): string {
  const chunk = stream.split('\n\n').findLast((piece) => piece.includes('"cost_usd"'));
  return LastChunk.parse(JSON.parse((chunk ?? '').replace('data: ', ''))).usage.cost_usd;
}

function nanoUsdOf(costUsd: string): number {
  if (!/^\d+\.\d{9}$/.test(costUsd)) throw new Error(`an answer cost "${costUsd}"`);
  return Number(costUsd.replace('.', ''));
}

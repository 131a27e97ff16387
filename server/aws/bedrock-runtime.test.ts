import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { EventStreamCodec } from '@smithy/core/event-streams';
import { describe, expect, test, vi } from 'vitest';
import { type BedrockRuntimeOptions, createBedrockRuntime, type EventMessage } from './bedrock-runtime.ts';
import { startScriptedServer } from './scripted-server.ts';

const model = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const body = { messages: [{ role: 'user', content: [{ text: 'Hi' }] }] };
const call = () => ({ signal: new AbortController().signal });

interface BedrockTestOptions extends Pick<BedrockRuntimeOptions, 'silenceTimeoutMs' | 'streamIdleTimeoutMs'> {
  readonly environment?: Readonly<Record<string, string>>;
}

async function startBedrock(
  answer: (response: ServerResponse, index: number) => unknown,
  { environment, ...limits }: BedrockTestOptions = {},
) {
  const server = await startScriptedServer((_, response, index) => {
    response.setHeader('x-amzn-requestid', `request-${index}`);
    return answer(response, index);
  });
  const bedrock = createBedrockRuntime({
    region: 'us-west-2',
    credentials: () => ({ accessKeyId: 'AKIA1', secretAccessKey: 'secret' }),
    environment: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: server.url, ...environment },
    ...limits,
  });
  return { bedrock, server, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function answerError(response: ServerResponse, status: number, type: string, error: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type });
  response.end(JSON.stringify(error));
}

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes)),
  (text) => new TextEncoder().encode(text),
);

function encode({ kind, name, payload }: EventMessage): Uint8Array {
  const typeHeader = kind === 'event' ? ':event-type' : ':exception-type';
  return codec.encode({
    headers: {
      [typeHeader]: { type: 'string', value: name },
      ':content-type': { type: 'string', value: 'application/json' },
      ':message-type': { type: 'string', value: kind },
    },
    body: Buffer.from(JSON.stringify(payload)),
  });
}

const start: EventMessage = { kind: 'event', name: 'messageStart', payload: { role: 'assistant' } };
const delta: EventMessage = { kind: 'event', name: 'contentBlockDelta', payload: { delta: { text: 'Hel' } } };
const stop: EventMessage = { kind: 'event', name: 'messageStop', payload: { stopReason: 'end_turn' } };
const throttled: EventMessage = { kind: 'exception', name: 'throttlingException', payload: { message: 'slow down' } };

/** All messages, and what ended the stream. */
async function readAll(messages: AsyncIterable<readonly EventMessage[]>) {
  const read: EventMessage[] = [];
  try {
    for await (const batch of messages) read.push(...batch);
    return { read, error: undefined };
  } catch (error) {
    return { read, error };
  }
}

describe('converse', () => {
  test('posts the body to the model, signed for `bedrock`, and gives answer and request id', async () => {
    await using context = await startBedrock((response) => response.end('{"stopReason":"end_turn"}'));
    expect(await context.bedrock.converse(model, body, call())).toEqual({
      body: { stopReason: 'end_turn' },
      requestId: 'request-0',
      attempts: 1,
    });
    const [request] = context.server.requests;
    expect(request).toMatchObject({
      method: 'POST',
      url: '/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse',
      headers: { 'content-type': 'application/json' },
    });
    expect(request?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIA1\/\d{8}\/us-west-2\/bedrock\//);
    expect(JSON.parse(request?.body ?? '')).toEqual(body);
  });

  test('sends the API key of the environment instead of a signature where there is one', async () => {
    const environment = { AWS_BEARER_TOKEN_BEDROCK: 'bedrock-api-key-1' };
    await using context = await startBedrock((response) => response.end('{}'), { environment });
    await context.bedrock.converse(model, body, call());
    expect(context.server.requests[0]?.headers).toMatchObject({ authorization: 'Bearer bedrock-api-key-1' });
    expect(context.server.requests[0]?.headers).not.toHaveProperty('x-amz-date');
  });

  test('tries throttling again and tells how often it was sent', async () => {
    await using context = await startBedrock((response, index) => {
      if (index === 0) answerError(response, 429, 'ThrottlingException', { message: 'Too many requests' });
      else response.end('{}');
    });
    expect(await context.bedrock.converse(model, body, call())).toMatchObject({ attempts: 2, requestId: 'request-1' });
  });

  test('gives the error of Bedrock with bare name, text, details and request id', async () => {
    const type = 'ModelErrorException:http://internal.amazon.com/coral/com.amazon.bedrock/';
    const error = { message: 'The model failed', originalStatusCode: 500, resourceName: model };
    await using context = await startBedrock((response) => answerError(response, 424, type, error));
    await expect(context.bedrock.converse(model, body, call())).rejects.toMatchObject({
      name: 'ModelErrorException',
      message: 'The model failed',
      service: 'bedrock-runtime',
      status: 424,
      requestId: 'request-0',
      attempts: 1,
      details: { originalStatusCode: 500, resourceName: model },
    });
    expect(context.server.requests).toHaveLength(1);
  });

  test('that is silent for too long is a timeout, sent once: the model may have worked', async () => {
    await using context = await startBedrock(() => undefined, { silenceTimeoutMs: 60 });
    const expected = { name: 'TimeoutError', service: 'bedrock-runtime', status: 0, attempts: 1 };
    await expect(context.bedrock.converse(model, body, call())).rejects.toMatchObject(expected);
    await vi.waitUntil(() => context.server.connections.open.size === 0);
    expect(context.server.requests).toHaveLength(1);
  });

  test('whose answer breaks off is an error, sent once: the model has worked', async () => {
    await using context = await startBedrock(async (response) => {
      response.write('{"half":');
      await delay(30);
      response.socket?.resetAndDestroy();
    });
    const expected = { name: 'NetworkError', requestId: 'request-0', attempts: 1 };
    await expect(context.bedrock.converse(model, body, call())).rejects.toMatchObject(expected);
    expect(context.server.requests).toHaveLength(1);
  });

  test('whose connections reset before any answer is sent three times', async () => {
    await using context = await startBedrock((response) => response.socket?.resetAndDestroy());
    const expected = { name: 'NetworkError', status: 0, attempts: 3 };
    await expect(context.bedrock.converse(model, body, call())).rejects.toMatchObject(expected);
    expect(context.server.requests).toHaveLength(3);
  });
});

describe('converseStream', () => {
  test('gives one array for each read, over one connection for all calls', async () => {
    await using context = await startBedrock(async (response) => {
      response.write(Buffer.concat([encode(start), encode(delta)]));
      await delay(30);
      response.end(encode(stop));
    });
    for (let count = 0; count < 3; count++) {
      const { messages, requestId, attempts } = await context.bedrock.converseStream(model, body, call());
      const batches: (readonly EventMessage[])[] = [];
      for await (const batch of messages) batches.push(batch);
      expect({ batches, requestId, attempts }).toEqual({
        batches: [[start, delta], [stop]],
        requestId: `request-${count}`,
        attempts: 1,
      });
    }
    expect(context.server.requests[0]?.url).toMatch(/\/converse-stream$/);
    expect(context.server.connections.total).toBe(1);
  });

  test('refused before the first byte is an error of the call', async () => {
    const refusal = { message: 'The provided model identifier is invalid.' };
    await using context = await startBedrock((response) => answerError(response, 400, 'ValidationException', refusal));
    const expected = { name: 'ValidationException', ...refusal, status: 400 };
    await expect(context.bedrock.converseStream(model, body, call())).rejects.toMatchObject(expected);
  });

  const half = encode(delta).subarray(0, 40);
  const idle = { streamIdleTimeoutMs: 80 };
  test.for([
    ['a reset', async (response: ServerResponse) => response.socket?.resetAndDestroy(), { name: 'NetworkError' }],
    ['a closed socket', async (response: ServerResponse) => response.socket?.destroy(), { name: 'NetworkError' }],
    ['silence', async () => undefined, { name: 'TimeoutError' }],
    ['an end within a message', async (response: ServerResponse) => response.end(half), { name: 'NetworkError' }],
    ['rubbish', async (response: ServerResponse) => response.end('x'.repeat(40)), { name: 'NetworkError' }],
    ['a proper but early end', async (response: ServerResponse) => response.end(), undefined],
  ] as const)('that ends by %s gives what came before and tells', async ([, end, error], { expect }) => {
    await using context = await startBedrock(async (response) => {
      response.write(Buffer.concat([encode(start), encode(delta)]));
      await delay(30);
      return end(response);
    }, idle);
    const { messages } = await context.bedrock.converseStream(model, body, call());
    const ended = await readAll(messages);
    expect(ended.read).toEqual([start, delta]);
    if (error === undefined) expect(ended.error).toBeUndefined();
    else
      expect(ended.error).toMatchObject({ ...error, service: 'bedrock-runtime', requestId: 'request-0', attempts: 1 });
    expect(context.server.requests).toHaveLength(1);
  });

  test('hands an exception of the model on as a message', async () => {
    await using context = await startBedrock((response) => {
      response.end(Buffer.concat([encode(start), encode(throttled)]));
    });
    const { messages } = await context.bedrock.converseStream(model, body, call());
    expect(await readAll(messages)).toEqual({ read: [start, throttled], error: undefined });
  });

  test('that is aborted rejects with the reason and closes the connection', async () => {
    await using context = await startBedrock((response) => response.write(encode(start)));
    const controller = new AbortController();
    const { messages } = await context.bedrock.converseStream(model, body, { signal: controller.signal });
    const reason = new Error('deadline');
    setTimeout(() => controller.abort(reason), 50);
    expect(await readAll(messages)).toEqual({ read: [start], error: reason });
    await vi.waitUntil(() => context.server.connections.open.size === 0);
  });

  test('that is left early closes the connection, because nothing else stops the model', async () => {
    await using context = await startBedrock((response) => response.write(encode(start)));
    const { messages } = await context.bedrock.converseStream(model, body, call());
    for await (const _ of messages) break;
    await vi.waitUntil(() => context.server.connections.open.size === 0);
  });
});

describe('invokeModelStream', () => {
  const chunk: EventMessage = { kind: 'event', name: 'chunk', payload: { bytes: 'e30=' } };

  test('posts the body with its headers and gives the stream with the tier and the latency that answer', async () => {
    await using context = await startBedrock((response) => {
      response.setHeader('x-amzn-bedrock-service-tier', 'flex');
      response.setHeader('x-amzn-bedrock-performanceconfig-latency', 'standard');
      response.end(encode(chunk));
    });
    const headers = { 'x-amzn-bedrock-trace': 'ENABLED' };
    const { messages, ...head } = await context.bedrock.invokeModelStream(model, body, { ...call(), headers });
    const told = { serviceTier: { type: 'flex' }, performanceConfig: { latency: 'standard' } };
    expect(head).toEqual({ requestId: 'request-0', attempts: 1, ...told });
    expect(await readAll(messages)).toEqual({ read: [chunk], error: undefined });
    const [request] = context.server.requests;
    expect(request?.url).toMatch(/\/invoke-with-response-stream$/);
    expect(request?.headers).toMatchObject({ ...headers, 'content-type': 'application/json' });
    expect(request?.headers.authorization).toContain('x-amzn-bedrock-trace');
  });
});

describe('countTokens', () => {
  test.for([
    ['Converse’s words', { converse: body }, { converse: body }],
    ['the model’s own', { invokeModel: { a: 1 } }, { invokeModel: { body: 'eyJhIjoxfQ==' } }],
  ] as const)('of a prompt in %s', async ([, input, sent], { expect }) => {
    await using context = await startBedrock((response) => response.end('{"inputTokens":7}'));
    expect(await context.bedrock.countTokens(model, input, call())).toEqual({ inputTokens: 7 });
    const [request] = context.server.requests;
    expect(request?.url).toMatch(/\/count-tokens$/);
    expect(JSON.parse(request?.body ?? '')).toEqual({ input: sent });
  });

  test('without a count in the answer is an error', async ({ expect }) => {
    await using context = await startBedrock((response) => response.end('{}'));
    const expected = { name: 'UnreadableAnswerError', requestId: 'request-0' };
    await expect(context.bedrock.countTokens(model, { converse: body }, call())).rejects.toMatchObject(expected);
  });
});

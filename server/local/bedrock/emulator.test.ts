import { ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { afterAll, expect as check, describe, test } from 'vitest';
import { startBedrock } from './emulator.ts';
import { ask, collect, createClient, deltasOf, handlers, textOf } from './test-clients.ts';
import { claude, llama, testModels } from './test-models.ts';

const emulator = await startBedrock({ models: testModels });
afterAll(() => emulator.close());

const profile = `us.${claude.id}`;
const arn = `arn:aws:bedrock:us-west-2:123456789012:inference-profile/${profile}`;

describe.for(handlers)('the genuine client over %s', (handler) => {
  const client = createClient(emulator.url, handler);

  test.for([claude.id, profile, arn])('%s answers Converse', async (modelId, { expect }) => {
    const { output, stopReason, usage, metrics, $metadata } = await client.send(new ConverseCommand(ask(modelId)));
    const text = output?.message?.content?.[0]?.text ?? '';
    expect({ role: output?.message?.role, stopReason, usage, status: $metadata.httpStatusCode }).toEqual({
      role: 'assistant',
      stopReason: 'end_turn',
      usage: {
        inputTokens: 2,
        outputTokens: Math.ceil(Buffer.byteLength(text) / 4),
        totalTokens: 2 + Math.ceil(Buffer.byteLength(text) / 4),
        cacheReadInputTokens: 0,
        cacheWriteInputTokens: 0,
      },
      status: 200,
    });
    expect(text.startsWith(`This is a simulated answer from ${claude.id}: `)).toBe(true);
    expect(text.split(' ').length).toBeGreaterThanOrEqual(40);
    expect(metrics?.latencyMs).toBeGreaterThanOrEqual(0);
    expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a stream brings the same text in the order of the service', async ({ expect }) => {
    const whole = await client.send(new ConverseCommand(ask(profile)));
    const { stream } = await client.send(new ConverseStreamCommand(ask(profile)));
    const { events, error } = await collect(stream);
    expect(error).toBeUndefined();
    expect(textOf(events)).toBe(whole.output?.message?.content?.[0]?.text);
    const kinds = events.flatMap((event) => Object.keys(event));
    expect(deltasOf(events).length).toBeGreaterThanOrEqual(10);
    expect([...new Set(kinds)]).toEqual([
      'messageStart',
      'contentBlockDelta',
      'contentBlockStop',
      'messageStop',
      'metadata',
    ]);
    expect(events.at(-1)?.metadata?.usage).toEqual(whole.usage);
    expect(events.at(-2)).toEqual({ messageStop: { stopReason: 'end_turn' } });
  });

  test('several tools are called in parallel, beside a text', async ({ expect }) => {
    const script = {
      text: 'Let me look.',
      toolCalls: [
        { name: 'look', input: { where: 'Übersee', deep: [1, { a: null }] }, chunks: 7 },
        { name: 'look', input: {}, id: 'second' },
      ],
    };
    const toolConfig = { tools: [{ toolSpec: { name: 'look', inputSchema: { json: { type: 'object' } } } }] };
    const { output, stopReason } = await client.send(new ConverseCommand({ ...ask(profile, script), toolConfig }));
    const [text, first, second] = output?.message?.content ?? [];
    expect({ text, stopReason, second }).toEqual({
      text: { text: 'Let me look.' },
      stopReason: 'tool_use',
      second: { toolUse: { toolUseId: 'second', name: 'look', input: {} } },
    });
    expect(first?.toolUse?.input).toEqual({ where: 'Übersee', deep: [1, { a: null }] });
    expect(first?.toolUse?.toolUseId).toMatch(/^tooluse_[\w-]{22}$/);

    const { stream } = await client.send(new ConverseStreamCommand({ ...ask(profile, script), toolConfig }));
    const { events } = await collect(stream);
    expect(events.flatMap(({ contentBlockStart }) => contentBlockStart ?? [])).toEqual([
      { contentBlockIndex: 1, start: { toolUse: { name: 'look', toolUseId: first?.toolUse?.toolUseId } } },
      { contentBlockIndex: 2, start: { toolUse: { name: 'look', toolUseId: 'second' } } },
    ]);
    const pieces = events.flatMap(({ contentBlockDelta: delta }) =>
      delta?.contentBlockIndex === 1 ? (delta.delta?.toolUse?.input ?? []) : [],
    );
    expect(pieces).toHaveLength(7);
    expect(JSON.parse(pieces.join(''))).toEqual(first?.toolUse?.input);
  });

  test('reasoning comes before the text, signed, and may be sent back', async ({ expect }) => {
    const input = ask(profile, { reasoning: 'First this, then that.', text: 'Done.' });
    const { output } = await client.send(new ConverseCommand(input));
    const content = output?.message?.content ?? [];
    expect(content.map((block) => Object.keys(block))).toEqual([['reasoningContent'], ['text']]);
    const { stream } = await client.send(new ConverseStreamCommand(input));
    const { events } = await collect(stream);
    const deltas = events.flatMap(({ contentBlockDelta }) => contentBlockDelta?.delta?.reasoningContent ?? []);
    expect(deltas.map(({ text }) => text ?? '').join('')).toBe('First this, then that.');
    expect(deltas.at(-1)?.signature).toBe(content[0]?.reasoningContent?.reasoningText?.signature);
    const again = await client.send(
      new ConverseCommand({
        modelId: profile,
        messages: [...input.messages, { role: 'assistant', content }, { role: 'user', content: [{ text: 'Go on' }] }],
      }),
    );
    expect(again.stopReason).toBe('end_turn');
  });

  test('chunks with a pause arrive one by one', async ({ expect }) => {
    const script = { text: ['a', 'b', 'c', 'd', 'e'], delayMs: 60, chunkDelayMs: 60 };
    const startedMs = performance.now();
    const { stream } = await client.send(new ConverseStreamCommand(ask(profile, script)));
    const timesMs: number[] = [];
    for await (const event of stream ?? []) {
      if (event.contentBlockDelta) timesMs.push(performance.now() - startedMs);
    }
    expect(timesMs).toHaveLength(5);
    for (const [index, timeMs] of timesMs.entries()) expect(timeMs).toBeGreaterThanOrEqual(60 * (index + 1) - 10);
    expect(Math.min(...timesMs.slice(1).map((timeMs, index) => timeMs - (timesMs[index] ?? 0)))).toBeGreaterThan(20);
  });

  test('frames cut in two are put together again', async ({ expect }) => {
    const script = { text: ['äö', '€', '𝄞'], chunkDelayMs: 5, splitFrames: true };
    const { stream } = await client.send(new ConverseStreamCommand(ask(profile, script)));
    const { events, error } = await collect(stream);
    expect({ deltas: deltasOf(events), error }).toEqual({ deltas: ['äö', '€', '𝄞'], error: undefined });
  });

  test('a Bedrock API key is as good as a signature', async ({ expect }) => {
    const known = createClient(emulator.url, handler, { token: 'local' });
    expect((await known.send(new ConverseCommand(ask(profile)))).stopReason).toBe('end_turn');
    const unknown = createClient(emulator.url, handler, { token: 'other' });
    await expect(unknown.send(new ConverseCommand(ask(profile)))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 403 },
    });
  });

  test.for([
    [{ secretAccessKey: 'wrong' }, 'InvalidSignatureException'],
    [{ accessKeyId: 'nobody' }, 'UnrecognizedClientException'],
  ] as const)('credentials %j are refused', async ([settings, name], { expect }) => {
    const stranger = createClient(emulator.url, handler, settings);
    await expect(stranger.send(new ConverseCommand(ask(profile)))).rejects.toMatchObject({
      name,
      $metadata: { httpStatusCode: 403 },
    });
  });

  test('a refusal is the typed error of the client', async ({ expect }) => {
    await expect(client.send(new ConverseStreamCommand({ ...ask(llama.id), messages: [] }))).rejects.toMatchObject({
      name: 'ValidationException',
      message:
        'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
      $metadata: { httpStatusCode: 400 },
    });
  });

  test('50 streams at once keep apart', async ({ expect }) => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const script = { text: [`${index}`, ' of', ` 50`], chunkDelayMs: 1 };
        const { stream } = await client.send(new ConverseStreamCommand(ask(profile, script)));
        return textOf((await collect(stream)).events);
      }),
    );
    expect(answers).toEqual(Array.from({ length: 50 }, (_, index) => `${index} of 50`));
  });
});

async function post(path: string, body: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${emulator.url}${path}`, {
    method: 'POST',
    body,
    headers: { authorization: 'Bearer local', 'content-type': 'application/json', ...headers },
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const converse = `/model/${encodeURIComponent(profile)}/converse`;

test('a refusal looks as the service sends it', async ({ expect }) => {
  const { status, headers, text } = await post('/model/no.such-model/converse', '{"messages":[]}');
  expect({ status, text, type: headers.get('x-amzn-errortype'), media: headers.get('content-type') }).toEqual({
    status: 400,
    text: '{"message":"The provided model identifier is invalid."}',
    type: 'ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/',
    media: 'application/json',
  });
  expect(headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
});

test.for([
  ['{', 400, 'SerializationException'],
  ['{"messages":"Hello"}', 400, 'SerializationException'],
  ['{"inferenceConfig":{"maxTokens":"5"}}', 400, 'SerializationException'],
] as const)('the body %s cannot be read', async ([body, status, type], { expect }) => {
  const answer = await post(converse, body);
  expect([answer.status, answer.headers.get('x-amzn-errortype')?.split(':')[0]]).toEqual([status, type]);
});

test('the wrong JSON type is named', async ({ expect }) => {
  const { text } = await post(converse, '{"inferenceConfig":{"maxTokens":"5"}}');
  expect(text).toBe('{"message":"STRING_VALUE can not be converted to a Number"}');
});

test.for([
  ['GET', '/'],
  ['GET', converse],
  ['POST', '/model/x/invoke-async'],
  ['POST', '/model/%ff/converse'],
  ['POST', '/'],
] as const)('%s %s is no operation', async ([method, path], { expect }) => {
  const response = await fetch(`${emulator.url}${path}`, { method });
  expect([response.status, response.headers.get('x-amzn-errortype')?.split(':')[0]]).toEqual([
    404,
    'UnknownOperationException',
  ]);
  expect(await response.json()).toEqual({ message: check.any(String) });
});

test('a request without credentials is refused', async ({ expect }) => {
  const response = await fetch(`${emulator.url}${converse}`, { method: 'POST', body: '{}' });
  expect([response.status, await response.json()]).toEqual([403, { message: 'Missing Authentication Token' }]);
});

test('200 chunks without a pause leave in few writes, padded', async ({ expect }) => {
  const body = JSON.stringify(ask(profile, { chunks: 200 }));
  const response = await fetch(`${emulator.url}${converse}-stream`, {
    method: 'POST',
    body,
    headers: { authorization: 'Bearer local' },
  });
  const reads: Uint8Array[] = [];
  for await (const read of response.body ?? []) reads.push(read);
  expect(response.headers.get('content-type')).toBe('application/vnd.amazon.eventstream');
  expect(reads.length).toBeLessThanOrEqual(8);
  const text = Buffer.concat(reads).toString('latin1');
  expect(text.match(/"contentBlockIndex":0,"delta":\{"text":"[^"]+"\},"p":"abc/g)?.length).toBeGreaterThan(150);
  expect(text.match(/"delta"/g)).toHaveLength(200);
});

test('calls are counted, refusals included', async ({ expect }) => {
  const own = await startBedrock({ models: testModels });
  const client = createClient(own.url, 'HTTP/1.1');
  await client.send(new ConverseCommand(ask(profile)));
  await client.send(new ConverseCommand({ ...ask(profile), messages: [] })).catch(() => undefined);
  await client.send(new ConverseStreamCommand(ask(profile)));
  await own.close();
  expect([...own.calls]).toEqual([
    ['Converse', 2],
    ['ConverseStream', 1],
  ]);
});

test('close ends open streams of both kinds', async ({ expect }) => {
  const own = await startBedrock({ models: testModels });
  const streams = await Promise.all(
    handlers.map((handler) =>
      createClient(own.url, handler).send(new ConverseStreamCommand(ask(profile, { fault: { kind: 'hang' } }))),
    ),
  );
  await own.close();
  const ended = await Promise.all(streams.map(({ stream }) => collect(stream)));
  expect(ended.map(({ events }) => events.some(({ messageStop }) => messageStop))).toEqual([false, false]);
});

import { afterAll, describe, test } from 'vitest';
import { createBedrockRuntime } from '../../aws/bedrock-runtime.ts';
import type { CatalogueModel } from '../../catalogue/catalogue.ts';
import { GatewayError, TruncatedStreamError } from '../../errors.ts';
import { startBedrock } from '../../local/bedrock/emulator.ts';
import type { ModelEvent } from '../../model/events.ts';
import type { ModelRequest } from '../../model/request.ts';
import type { ProviderCall } from '../provider.ts';
import { createBedrockProvider } from './index.ts';
import { calling, callWith, look, modelWith, result, user } from './test-calls.ts';

const claude = modelWith({ sampling: 'one' });
const wholeOnly = modelWith({ streaming: false }, { id: 'example.whole-only', maker: 'example' });
const toolsWhole = modelWith({ streamingTools: false }, { id: 'example.tools-whole', maker: 'example' });

const emulator = await startBedrock({ models: [claude, wholeOnly, toolsWhole] });
afterAll(() => emulator.close());

const provider = createProvider(emulator.url);

function createProvider(url: string, limits: { readonly streamIdleTimeoutMs?: number } = {}) {
  const runtime = createBedrockRuntime({
    region: 'us-west-2',
    credentials: () => ({ accessKeyId: 'local', secretAccessKey: 'local' }),
    environment: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url },
    ...limits,
  });
  return createBedrockProvider(runtime);
}

/** What the simulator is to do, as the last user text. */
const play = (script: object) => [user(`Please. [[sim:${JSON.stringify(script)}]]`)];

interface Outcome {
  readonly batches: readonly (readonly ModelEvent[])[];
  readonly error: unknown;
}

async function run(call: ProviderCall, by = provider): Promise<Outcome & { dropped: readonly string[] }> {
  const { events, dropped } = await by.call(call);
  const batches: (readonly ModelEvent[])[] = [];
  try {
    for await (const batch of events) batches.push(batch);
    return { batches, error: undefined, dropped };
  } catch (error) {
    return { batches, error, dropped };
  }
}

function textOf({ batches }: Outcome): string {
  return batches.flatMap((batch) => batch.flatMap((event) => (event.type === 'text-delta' ? event.text : []))).join('');
}

/** How many calls of each operation something makes. */
async function operationsOf(act: () => Promise<unknown>) {
  const count = (name: string) => emulator.calls.get(name) ?? 0;
  const before = [count('Converse'), count('ConverseStream')] as const;
  await act();
  return { Converse: count('Converse') - before[0], ConverseStream: count('ConverseStream') - before[1] };
}

describe('which operation is called', () => {
  const whole = { Converse: 1, ConverseStream: 0 };
  const streamed = { Converse: 0, ConverseStream: 1 };
  const cases: readonly (readonly [string, Partial<ModelRequest>, CatalogueModel, number, typeof whole])[] = [
    ['a stream is streamed, however short', { stream: true }, claude, 1, streamed],
    ['a whole answer that must be short is not', {}, claude, 4096, whole],
    ['a whole answer that may be long is streamed upstream', {}, claude, 4097, streamed],
    ['a model that cannot stream does not', { stream: true }, wholeOnly, 64_000, whole],
    ['a model that cannot stream tools streams without them', { stream: true }, toolsWhole, 10, streamed],
    ['a model that cannot stream tools does not with them', { stream: true, tools: [look] }, toolsWhole, 10, whole],
  ];
  test.for(cases)('%s', async ([, fields, model, maxOutputTokens, expected], { expect }) => {
    expect(await operationsOf(() => run(callWith(fields, model, maxOutputTokens)))).toEqual(expected);
  });
});

test('both ways bring the same answer', async ({ expect }) => {
  const script = {
    text: 'Let me look.',
    reasoning: 'Hm.',
    toolCalls: [{ name: 'look', input: { a: ['ü'] }, id: 't1' }],
  };
  const fields = { messages: play(script), tools: [look] };
  const gather = ({ batches, error }: Outcome) => {
    const joined = { text: '', reasoning: '', json: '' };
    const others: ModelEvent[] = [];
    for (const event of batches.flat()) {
      if (event.type === 'text-delta') joined.text += event.text;
      else if (event.type === 'reasoning-delta') joined.reasoning += event.text;
      else if (event.type === 'tool-call-delta') joined.json += event.json;
      else others.push(event);
    }
    return { ...joined, others, error };
  };
  const streamed = gather(await run(callWith({ ...fields, stream: true })));
  const whole = gather(await run(callWith(fields)));
  expect(whole).toEqual(streamed);
  expect(streamed).toMatchObject({ text: 'Let me look.', reasoning: 'Hm.', json: '{"a":["ü"]}', error: undefined });
  expect(streamed.others.slice(-2)).toMatchObject([
    { type: 'finish', reason: 'tool-calls', raw: 'tool_use' },
    { type: 'usage', usage: { cacheReadTokens: 0 } },
  ]);
});

test('what one network read brings is one batch, and comes at once', async ({ expect }) => {
  const { batches } = await run(
    callWith({ stream: true, messages: play({ text: ['a', 'b', 'c'], chunkDelayMs: 40 }) }),
  );
  const texts = batches.flatMap((batch) => {
    const text = batch.flatMap((event) => (event.type === 'text-delta' ? event.text : [])).join('');
    return text === '' ? [] : [text];
  });
  expect(texts).toEqual(['a', 'b', 'c']);
});

test('a tool round under a name Bedrock refuses goes through', async ({ expect }) => {
  const tools = [{ ...look, name: 'mcp.server/look' }];
  const script = { toolCalls: [{ name: 'mcp_server_look', input: {}, id: 'tooluse_1' }] };
  const first = await run(callWith({ messages: play(script), tools }));
  expect(first.batches.flat()[0]).toEqual({
    type: 'tool-call-start',
    index: 0,
    id: 'tooluse_1',
    name: 'mcp.server/look',
  });
  const second = await run(
    callWith({ messages: [user('Hi'), calling('', 'tooluse_1'), result('tooluse_1', 'sun')], tools }),
  );
  expect(second.error).toBeUndefined();
  expect(textOf(second)).toContain('simulated answer');
});

test('with tool choice none a call the model makes all the same is left out', async ({ expect }) => {
  const script = { text: 'Well.', toolCalls: [{ name: 'look', input: {} }] };
  for (const stream of [true, false]) {
    const outcome = await run(
      callWith({ messages: play(script), tools: [look], toolChoice: { type: 'none' }, stream }),
    );
    expect(textOf(outcome)).toBe('Well.');
    expect(outcome.batches.flat().filter(({ type }) => type.startsWith('tool-call'))).toEqual([]);
  }
});

test('reports what the model does not take, and refuses it in strict mode before anything is sent', async ({
  expect,
}) => {
  const call = callWith({ temperature: 0.2, topP: 0.9, stopSequences: ['\n'] }, claude);
  expect((await run(call)).dropped).toEqual(['top_p', 'stop']);
  const refused = await operationsOf(async () => {
    await expect(run({ ...call, strict: true })).rejects.toMatchObject({ status: 400, param: 'top_p' });
  });
  expect(refused).toEqual({ Converse: 0, ConverseStream: 0 });
});

test('tells the id of AWS’s answer and the tries it took', async ({ expect }) => {
  const messages = play({ text: 'x', fail: { type: 'ThrottlingException', times: 1 } });
  const { upstreamRequestId, attempts } = await provider.call(callWith({ messages, stream: true }));
  expect(upstreamRequestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(attempts).toBe(2);
});

describe.for([true, false])('with stream %s', (stream) => {
  const failures = [
    ['AccessDeniedException', { status: 502, code: 'provider_access_denied' }],
    ['ValidationException', { status: 400, code: 'invalid_request' }],
    ['ModelTimeoutException', { status: 504, code: 'upstream_timeout' }],
    ['ThrottlingException', { status: 429, code: 'rate_limit_exceeded' }],
  ] as const;
  test.for(failures)('%s before the answer is thrown by the call', async ([type, expected], { expect }) => {
    const call = provider.call(callWith({ messages: play({ fail: { type } }), stream }));
    await expect(call).rejects.toBeInstanceOf(GatewayError);
    await expect(call).rejects.toMatchObject(expected);
  });

  test('a prompt that does not fit is told so', async ({ expect }) => {
    const call = provider.call(callWith({ messages: [user('x'.repeat(1_000_000))], stream }));
    await expect(call).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded', param: 'messages' });
  });

  test('an answer that cannot be used fails after its usage', async ({ expect }) => {
    const { batches, error } = await run(
      callWith({ messages: play({ text: 'x', stopReason: 'malformed_tool_use' }), stream }),
    );
    expect(batches.flat().at(-1)).toMatchObject({ type: 'usage', usage: { outputTokens: 1 } });
    expect(error).toMatchObject({ status: 502, code: 'upstream_malformed_output' });
  });

  test('our own deadline ends the call as a timeout', async ({ expect }) => {
    const call = {
      ...callWith({ messages: play({ text: 'x', delayMs: 30_000 }), stream }),
      signal: AbortSignal.timeout(50),
    };
    const outcome = await run(call).catch((error: unknown) => ({ error }));
    expect(outcome.error).toMatchObject({ status: 504, code: 'upstream_timeout' });
  });
});

test('an answer that cannot be used is not asked for again: both would be billed', async ({ expect }) => {
  const messages = play({ text: 'x', stopReason: 'malformed_model_output' });
  const { attempts, events } = await provider.call(callWith({ messages }));
  expect(attempts).toBe(1);
  await expect(Array.fromAsync(events)).rejects.toMatchObject({ code: 'upstream_malformed_output' });
});

describe.for(['ModelErrorException', 'ModelStreamErrorException'])('%s before anything was said', (type) => {
  test.for([true, false])('is tried once more, with stream %s', async (stream, { expect }) => {
    const messages = play({ text: 'Well.', fail: { type, times: 1 } });
    const outcome = await run(callWith({ messages, stream }));
    expect([textOf(outcome), outcome.error]).toEqual(['Well.', undefined]);
  });

  test('is told the second time', async ({ expect }) => {
    const messages = play({ text: 'Well.', fail: { type, times: 2 } });
    const calls = await operationsOf(async () => {
      await expect(run(callWith({ messages }))).rejects.toMatchObject({ status: 502, type: 'server_error' });
    });
    expect(calls).toEqual({ Converse: 2, ConverseStream: 0 });
  });
});

describe('a stream that breaks', () => {
  const kinds = ['no-stop', 'no-metadata', 'cut-frame', 'corrupt', 'reset'] as const;
  test.for(kinds)('off with %s is truncated, after what had come', async (kind, { expect }) => {
    const messages = play({
      text: ['a', 'b', 'c'],
      fault: { kind, ...(kind === 'no-metadata' ? {} : { afterChunks: 2 }) },
    });
    const outcome = await run(callWith({ messages, stream: true }));
    expect(textOf(outcome)).toBe(kind === 'no-metadata' ? 'abc' : 'ab');
    expect(outcome.error).toBeInstanceOf(TruncatedStreamError);
  });

  test('off with an exception says which, after what had come', async ({ expect }) => {
    const fault = { kind: 'exception', type: 'ModelStreamErrorException', afterChunks: 2 };
    const outcome = await run(callWith({ messages: play({ text: ['a', 'b', 'c'], fault }), stream: true }));
    expect(textOf(outcome)).toBe('ab');
    expect(outcome.error).toMatchObject({ status: 502, code: 'upstream_stream_error' });
  });

  test('by falling silent is a timeout', async ({ expect }) => {
    const messages = play({ text: ['a', 'b'], fault: { kind: 'hang', afterChunks: 1 } });
    const outcome = await run(
      callWith({ messages, stream: true }),
      createProvider(emulator.url, { streamIdleTimeoutMs: 200 }),
    );
    expect(textOf(outcome)).toBe('a');
    expect(outcome.error).toMatchObject({ status: 504, code: 'upstream_timeout' });
  });
});

test('a Bedrock that cannot be reached is told as such, not as a cut answer', async ({ expect }) => {
  const gone = await startBedrock({ models: [claude] });
  await gone.close();
  const call = createProvider(gone.url).call(callWith({}));
  await expect(call).rejects.toMatchObject({ status: 502, code: 'upstream_error' });
});

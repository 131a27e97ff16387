import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import * as z from 'zod/mini';
import type { EventMessage } from '../../aws/bedrock-runtime.ts';
import { GatewayError, TruncatedStreamError } from '../../errors.ts';
import type { ModelEvent } from '../../model/events.ts';
import { follows } from './schema-judge.ts';
import { ConverseStreamReader, type ReaderOptions } from './stream.ts';
import { ToolNames } from './tools.ts';

const folder = join(import.meta.dirname, 'fixtures');
const names = readdirSync(folder).flatMap((file) => file.match(/^(.+)\.chunks\.jsonl$/)?.[1] ?? []);

const plain = { callable: undefined, streamCountsCached: false, json: undefined };
/** Fixtures that a model's quirk belongs to. */
const quirks: Readonly<Record<string, Partial<ReaderOptions>>> = {
  'cache-counted-twice': { streamCountsCached: true },
};

function createReader(options: Partial<ReaderOptions> = {}): ConverseStreamReader {
  return new ConverseStreamReader({ names: new ToolNames(), ...plain, ...options });
}

function lines(file: string): unknown[] {
  const text = readFileSync(join(folder, file), 'utf8').trimEnd();
  return text.split('\n').map((line): unknown => JSON.parse(line));
}

/** One event as the SDK shows it, `{"messageStart":{…}}`, as it comes over the wire. */
function toMessage(line: unknown): EventMessage {
  const [[name, payload] = ['', undefined]] = Object.entries(z.record(z.string(), z.unknown()).parse(line));
  return { kind: name.endsWith('Exception') ? 'exception' : 'event', name, payload };
}

const messagesOf = (name: string) => lines(`${name}.chunks.jsonl`).map(toMessage);

test.for(names)('reads %s', (name, { expect }) => {
  const reader = createReader(quirks[name]);
  const events = messagesOf(name).flatMap((message) => reader.read(message));
  reader.end();
  expect(events).toEqual(lines(`${name}.expected.jsonl`));
});

test.for(names)('refuses %s cut at any event', (name, { expect }) => {
  const messages = messagesOf(name);
  for (let count = 0; count < messages.length; count++) {
    const reader = createReader();
    for (const message of messages.slice(0, count)) reader.read(message);
    expect(() => reader.end()).toThrow(TruncatedStreamError);
  }
});

test.for(names)('refuses %s without its stop, and without its usage', (name, { expect }) => {
  for (const missing of ['messageStop', 'metadata']) {
    const reader = createReader();
    for (const message of messagesOf(name)) if (message.name !== missing) reader.read(message);
    expect(() => reader.end()).toThrow(TruncatedStreamError);
  }
});

test.for(['text-beside-tool-call', 'parallel-tool-calls'])(
  'leaves the calls out of %s when told so',
  (name, { expect }) => {
    const reader = createReader({ callable: new Set<string>() });
    const events = messagesOf(name).flatMap((message) => reader.read(message));
    reader.end();
    expect(events).toEqual(
      lines(`${name}.expected.jsonl`).filter((event) => !JSON.stringify(event).includes('"type":"tool-call')),
    );
  },
);

test('gives tool calls the caller’s own names', ({ expect }) => {
  const toolNames = new ToolNames();
  const legal = toolNames.encode('get weather!');
  const reader = createReader({ names: toolNames });
  const start = { contentBlockIndex: 0, start: { toolUse: { toolUseId: 't', name: legal } } };
  expect(legal).not.toBe('get weather!');
  expect(reader.read({ kind: 'event', name: 'contentBlockStart', payload: start })).toEqual([
    { type: 'tool-call-start', index: 0, id: 't', name: 'get weather!' },
  ]);
});

test('metadata without usage does not complete a stream', ({ expect }) => {
  const reader = createReader();
  reader.read({ kind: 'event', name: 'messageStop', payload: { stopReason: 'end_turn' } });
  expect(reader.read({ kind: 'event', name: 'metadata', payload: { metrics: { latencyMs: 1 } } })).toEqual([]);
  expect(() => reader.end()).toThrow(TruncatedStreamError);
});

test.for(['malformed_tool_use', 'malformed_model_output'])(
  'an answer that ended in %s is told as an error, after its usage',
  (stopReason, { expect }) => {
    const reader = createReader();
    const messages = messagesOf('text').map((message) =>
      message.name === 'messageStop' ? { ...message, payload: { stopReason } } : message,
    );
    const events = messages.flatMap((message) => reader.read(message));
    expect(events.at(-1)).toMatchObject({ type: 'usage', usage: { inputTokens: 12, outputTokens: 7 } });
    expect(failureOf(() => reader.end())).toMatchObject({ status: 502, code: 'upstream_malformed_output' });
  },
);

describe('an exception in the stream', () => {
  const cases: readonly (readonly [name: string, payload: unknown, expected: object])[] = [
    ['internalServerException', { message: 'x' }, { status: 502, code: 'upstream_error' }],
    [
      'modelStreamErrorException',
      { message: 'x', originalStatusCode: 424, originalMessage: 'x' },
      { status: 502, code: 'upstream_stream_error' },
    ],
    ['throttlingException', { message: 'slow down' }, { status: 429, code: 'rate_limit_exceeded' }],
    ['serviceUnavailableException', {}, { status: 503, code: 'upstream_unavailable' }],
    [
      'validationException',
      { message: 'Input is too long for requested model.' },
      { status: 400, code: 'context_length_exceeded', param: 'messages' },
    ],
    ['somethingNewException', null, { status: 502, code: 'upstream_error' }],
  ];
  test.for(cases)('%s is thrown', ([name, payload, expected], { expect }) => {
    const reader = createReader();
    for (const message of messagesOf('text').slice(0, 3)) reader.read(message);
    expect(failureOf(() => reader.read({ kind: 'exception', name, payload }))).toMatchObject(expected);
  });
});

test.for([undefined, null, 7, 'x', [], {}, { delta: 7 }, { contentBlockIndex: 'x', delta: { text: 7 } }])(
  'a payload of %j hurts nobody',
  (payload, { expect }) => {
    const reader = createReader();
    for (const name of ['messageStart', 'contentBlockStart', 'contentBlockDelta', 'contentBlockStop', 'metadata']) {
      expect(reader.read({ kind: 'event', name, payload })).toEqual([]);
    }
  },
);

test('an index that comes again after its stop is a block of its own', ({ expect }) => {
  const reader = createReader();
  const say = (text: string) => reader.read({ kind: 'event', name: 'contentBlockDelta', payload: { delta: { text } } });
  say('one');
  reader.read({ kind: 'event', name: 'contentBlockStop', payload: {} });
  expect(say('two')).toEqual([
    { type: 'text-start', index: 1 },
    { type: 'text-delta', index: 1, text: 'two' },
  ]);
});

test('a delta of another kind than its block is skipped', ({ expect }) => {
  const reader = createReader({ callable: new Set<string>() });
  const read = (name: string, payload: object) => reader.read({ kind: 'event', name, payload });
  expect(
    read('contentBlockStart', { contentBlockIndex: 0, start: { toolUse: { toolUseId: 't', name: 'x' } } }),
  ).toEqual([]);
  expect(read('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'x' } })).toEqual([]);
  expect(read('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'x' } } })).toEqual([]);
  expect(read('contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '{}' } } })).toEqual([]);
});

const event = (name: string, payload: object): EventMessage => ({ kind: 'event', name, payload });
const usageEvent = event('metadata', { usage: { inputTokens: 1, outputTokens: 9, totalTokens: 10 } });

/** All events of a whole stream. */
function readAll(messages: readonly EventMessage[], options: Partial<ReaderOptions> = {}): ModelEvent[] {
  const reader = createReader(options);
  const events = messages.flatMap((message) => reader.read(message));
  reader.end();
  return events;
}

test('blocks that nobody closed are closed before the end', ({ expect }) => {
  const events = readAll([
    event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hi' } }),
    event('contentBlockStart', { contentBlockIndex: 1, start: { toolUse: { toolUseId: 't', name: 'now' } } }),
    event('contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '' } } }),
    event('messageStop', { stopReason: 'tool_use' }),
    usageEvent,
  ]);
  expect(events.map(({ type }) => type)).toEqual([
    'text-start',
    'text-delta',
    'tool-call-start',
    'tool-call-delta',
    'text-end',
    'tool-call-delta',
    'tool-call-end',
    'finish',
    'usage',
  ]);
  expect(events).toContainEqual({ type: 'tool-call-delta', index: 1, json: '{}' });
});

test.for(['', undefined])('a call with the id %j is given one', (toolUseId, { expect }) => {
  const start = (contentBlockIndex: number) =>
    event('contentBlockStart', { contentBlockIndex, start: { toolUse: { toolUseId, name: 'now' } } });
  const reader = createReader();
  const ids = [start(0), start(1)].flatMap((message) =>
    reader.read(message).map((each) => (each.type === 'tool-call-start' ? each.id : '')),
  );
  expect(ids).toEqual([expect.stringMatching(/^call_[0-9a-f]{32}$/), expect.stringMatching(/^call_[0-9a-f]{32}$/)]);
  expect(ids[0]).not.toBe(ids[1]);
});

test('of the calls only those of allowed tools are handed on, numbered without holes', ({ expect }) => {
  const events = readAll(
    [
      ...['now', 'look'].flatMap((name, contentBlockIndex) => [
        event('contentBlockStart', { contentBlockIndex, start: { toolUse: { toolUseId: name, name } } }),
        event('contentBlockDelta', { contentBlockIndex, delta: { toolUse: { input: '{"a":1}' } } }),
        event('contentBlockStop', { contentBlockIndex }),
      ]),
      event('messageStop', { stopReason: 'tool_use' }),
      usageEvent,
    ],
    { callable: new Set(['look']) },
  );
  expect(events.slice(0, 4)).toEqual([
    { type: 'tool-call-start', index: 0, id: 'look', name: 'look' },
    { type: 'tool-call-delta', index: 0, json: '{"a":1}' },
    { type: 'tool-call-end', index: 0 },
    { type: 'finish', reason: 'tool-calls', raw: 'tool_use' },
  ]);
});

test('content of an unknown kind is told once for each block', ({ expect }) => {
  const deltas = [0, 0, 1].map((contentBlockIndex) =>
    event('contentBlockDelta', { contentBlockIndex, delta: { hologram: { x: 1 } } }),
  );
  const events = readAll([...deltas, event('messageStop', { stopReason: 'end_turn' }), usageEvent]);
  const warning = { type: 'warning', code: 'content_left_out', field: 'content.hologram' };
  expect(events.slice(0, 2)).toEqual([warning, warning]);
  expect(events[2]).toMatchObject({ type: 'finish' });
});

const thoughtTokens = { usage: { output_tokens_details: { thinking_tokens: 5 } } };
const stopWithThought = event('messageStop', { stopReason: 'end_turn', additionalModelResponseFields: thoughtTokens });

test.for([
  ['before', [stopWithThought, usageEvent]],
  ['after', [usageEvent, stopWithThought]],
] as const)('the tokens thought, told %s the usage, are part of it', ([, messages], { expect }) => {
  expect(readAll(messages).findLast(({ type }) => type === 'usage')).toMatchObject({
    usage: { outputTokens: 9, reasoningTokens: 5 },
  });
});

test('tokens thought are never guessed', ({ expect }) => {
  const [, usage] = readAll([event('messageStop', { stopReason: 'end_turn' }), usageEvent]);
  expect(usage).toMatchObject({ usage: { reasoningTokens: undefined } });
});

test('an answer by a forced tool is a text', ({ expect }) => {
  const messages = [
    event('contentBlockStart', { contentBlockIndex: 0, start: { toolUse: { toolUseId: 't', name: 'json_answer' } } }),
    ...['{"a":"\ud83c', '\udf0d"}'].map((input) =>
      event('contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input } } }),
    ),
    event('contentBlockStop', { contentBlockIndex: 0 }),
    event('messageStop', { stopReason: 'tool_use' }),
    usageEvent,
  ];
  expect(readAll(messages, { json: { tool: 'json_answer', schema: {}, follows } }).slice(0, -1)).toEqual([
    { type: 'text-start', index: 0 },
    { type: 'text-delta', index: 0, text: '{"a":"\ud83c' },
    { type: 'text-delta', index: 0, text: '\udf0d"}' },
    { type: 'text-end', index: 0 },
    { type: 'finish', reason: 'stop', raw: 'tool_use' },
  ]);
});

test('an answer that was to be JSON and is none is told once all is read', ({ expect }) => {
  const reader = createReader({ json: { tool: undefined, schema: {}, follows } });
  for (const message of messagesOf('text')) reader.read(message);
  expect(failureOf(() => reader.end())).toMatchObject({ status: 502, param: 'response_format' });
});

function failureOf(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}

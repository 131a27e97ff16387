import * as fc from 'fast-check';
import { test } from 'vitest';
import type { EventMessage } from '../../aws/bedrock-runtime.ts';
import { TruncatedStreamError } from '../../errors.ts';
import type { ModelEvent } from '../../model/events.ts';
import { readConverseAnswer } from './answer.ts';
import { ConverseStreamReader } from './stream.ts';
import { ToolNames } from './tools.ts';

/** One block as a whole answer has it, and as a stream brings it. */
interface Block {
  readonly whole: object;
  readonly start?: object;
  readonly deltas: readonly object[];
}

const pieces = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1, maxLength: 4 });
const text = pieces.map(
  (all): Block => ({ whole: { text: all.join('') }, deltas: all.map((each) => ({ text: each })) }),
);
const reasoning = fc.tuple(pieces, fc.base64String()).map(
  ([all, signature]): Block => ({
    whole: { reasoningContent: { reasoningText: { text: all.join(''), signature } } },
    deltas: [...all.map((each) => ({ text: each })), { signature }].map((each) => ({ reasoningContent: each })),
  }),
);
const redacted = fc.base64String().map((redactedContent): Block => {
  return { whole: { reasoningContent: { redactedContent } }, deltas: [{ reasoningContent: { redactedContent } }] };
});
const toolUse = fc
  .record({
    toolUseId: fc.constantFrom('a', 'b'),
    name: fc.constantFrom('get_weather', 'invented'),
    input: fc.dictionary(fc.string(), fc.jsonValue()),
    cut: fc.nat(40),
  })
  .map(({ toolUseId, name, input, cut }): Block => {
    const json = JSON.stringify(input);
    return {
      whole: { toolUse: { toolUseId, name, input } },
      start: { toolUse: { toolUseId, name } },
      deltas: ['', json.slice(0, cut), json.slice(cut)].map((each) => ({ toolUse: { input: each } })),
    };
  });
const unknown = fc.constant<Block>({ whole: { somethingNew: {} }, deltas: [{ somethingNew: {} }] });

const answers = fc.record({
  blocks: fc.array(fc.oneof(text, reasoning, redacted, toolUse, unknown), { maxLength: 5 }),
  stopReason: fc.constantFrom('end_turn', 'tool_use', 'max_tokens', 'somethingNew'),
  callable: fc.constantFrom(undefined, new Set<string>(), new Set(['get weather'])),
});

const usage = { inputTokens: 3, outputTokens: 4, totalTokens: 7 };

function toMessages(blocks: readonly Block[], stopReason: string): EventMessage[] {
  const event = (name: string, payload: object): EventMessage => ({ kind: 'event', name, payload });
  return [
    event('messageStart', { role: 'assistant' }),
    ...blocks.flatMap(({ start, deltas }, contentBlockIndex) => [
      ...(start ? [event('contentBlockStart', { contentBlockIndex, start })] : []),
      ...deltas.map((delta) => event('contentBlockDelta', { contentBlockIndex, delta })),
      event('contentBlockStop', { contentBlockIndex }),
    ]),
    event('messageStop', { stopReason }),
    event('metadata', { usage, metrics: { latencyMs: 1 }, serviceTier: { type: 'default' } }),
  ];
}

/** Events with the pieces of one text put together. */
function joined(events: readonly ModelEvent[]): ModelEvent[] {
  const all: ModelEvent[] = [];
  for (const event of events) {
    const last = all.at(-1);
    if (event.type === 'tool-call-delta' && last?.type === event.type) {
      all[all.length - 1] = { ...last, json: last.json + event.json };
    } else if ((event.type === 'text-delta' || event.type === 'reasoning-delta') && last?.type === event.type) {
      all[all.length - 1] = { ...last, text: last.text + event.text };
    } else all.push(event);
  }
  return all;
}

function createNames(): ToolNames {
  const names = new ToolNames();
  names.encode('get weather');
  return names;
}

test('a stream brings the events of the whole answer, and is refused when it is cut anywhere', async ({ expect }) => {
  await fc.assert(
    fc.property(answers, ({ blocks, stopReason, callable }) => {
      const options = { names: createNames(), callable, streamCountsCached: false, json: undefined };
      const content = blocks.map(({ whole }) => whole);
      const answer = { output: { message: { content } }, stopReason, usage, serviceTier: { type: 'default' } };
      const whole = [...readConverseAnswer(answer, options)].flat();

      const reader = new ConverseStreamReader(options);
      const streamed: ModelEvent[] = [];
      for (const message of toMessages(blocks, stopReason)) {
        expect(() => reader.end()).toThrow(TruncatedStreamError);
        streamed.push(...reader.read(message));
      }
      reader.end();
      expect(joined(streamed)).toEqual(whole);
    }),
    { numRuns: 300 },
  );
});

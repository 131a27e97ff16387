import * as fc from 'fast-check';
import { test } from 'vitest';
import { ChatCompletionChunk } from '../../../shared/openai/chat.ts';
import { EventData } from '../../../shared/sse.ts';
import type { ModelEvent } from '../../model/events.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import { ChatAnswerEncoder } from './encode-answer.ts';
import { ChatStreamEncoder } from './encode-stream.ts';
import { end, plainForms, reasoning, text, toolCall } from './test-answers.ts';
import { gather } from './test-clients.ts';

const head = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'm' };
const costUsd = '0.000000001';

/** All of Unicode, halves of surrogate pairs too, and what is special in server-sent events and in JSON. */
const piece = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('\n', '\r', '\u2028', '\u2029', '\ufeff', '\0', '\ud83c', '\udf0d', '"', '\\', 'data: ', ':'),
  }),
);
const pieces = fc.array(piece, { maxLength: 4 });
const reason = fc.constantFrom<FinishReason>(
  'stop',
  'stop-sequence',
  'tool-calls',
  'length',
  'context-window',
  'content-filter',
  'unknown',
);
/** Cuts of a list or a text of any length. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });
function cut<Whole extends { readonly length: number; slice(from: number, to: number): Whole }>(
  whole: Whole,
  at: readonly number[],
): Whole[] {
  const bounds = [0, ...at.map((share) => Math.round(share * whole.length)).toSorted((a, b) => a - b), whole.length];
  return bounds.slice(1).map((to, index) => whole.slice(bounds[index] ?? 0, to));
}

/** Every character as an escape. */
function escaped(input: string): string {
  const units = input.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `{"input":"${units.join('')}"}`;
}

const sealed = (index: number): ModelEvent[] => [{ type: 'reasoning-redacted', index, data: 'eA==' }];
const block = fc.oneof(
  fc.constant(sealed),
  pieces.map((all) => (index: number) => text(index, ...all)),
  pieces.map((all) => (index: number) => reasoning(index, ...all)),
  fc.tuple(fc.constantFrom('look', 'write', 'é'), pieces).map(
    ([name, all]) =>
      (index: number) =>
        toolCall(index, name, ...all),
  ),
  // Arguments of a custom tool as models write them, cut anywhere.
  fc.tuple(piece, fc.boolean(), cuts).map(
    ([input, isEscaped, at]) =>
      (index: number) =>
        toolCall(index, 'write', ...cut(isEscaped ? escaped(input) : JSON.stringify({ input }), at)),
  ),
);
const forms = fc.constantFrom(
  plainForms,
  { customTools: new Set(['write']), isLegacy: false },
  { customTools: new Set<string>(), isLegacy: true },
);

/** An answer's blocks one after the other, their finish and their usage. */
const answers = fc
  .record({ blocks: fc.array(block, { maxLength: 5 }), reason })
  .map(({ blocks, reason: why }): ModelEvent[] => [...blocks.flatMap((create, index) => create(index)), ...end(why)]);

test('a streamed answer says the same as a whole one, however it is cut', async ({ expect }) => {
  await fc.assert(
    fc.property(answers, cuts, cuts, forms, (events, eventCuts, textCuts, asked) => {
      const stream = new ChatStreamEncoder({ ...head, forms: asked, includeUsage: true });
      const sent =
        cut(events, eventCuts)
          .map((batch) => stream.encode(batch))
          .join('') + stream.end({ costUsd });
      const reader = new EventData();
      const data = cut(sent, textCuts).flatMap((received) => reader.push(received));
      expect(data.pop()).toBe('[DONE]');
      const chunks = data.map((json) => ChatCompletionChunk.parse(JSON.parse(json)));
      const whole = new ChatAnswerEncoder({ ...head, forms: asked });
      for (const batch of cut(events, textCuts)) whole.add(batch);
      expect(gather(chunks)).toEqual(whole.answer({ costUsd }));

      expect(chunks.map(({ choices }) => choices[0]?.delta.role)).toEqual([
        'assistant',
        ...chunks.slice(1).map(() => undefined),
      ]);
      expect(chunks.filter(({ usage }) => usage)).toEqual(chunks.slice(-1));
      const started = chunks
        .flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? [])
        .filter(({ id }) => id !== undefined);
      expect(started.map(({ index }) => index)).toEqual(started.map((_, index) => index));
    }),
    { numRuns: 300 },
  );
});

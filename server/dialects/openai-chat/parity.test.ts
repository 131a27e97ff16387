import * as fc from 'fast-check';
import { test } from 'vitest';
import { ChatCompletion, ChatCompletionChunk } from '../../../shared/openai/chat.ts';
import { EventData } from '../../../shared/sse.ts';
import type { ModelEvent } from '../../model/events.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import { ChatAnswerEncoder } from './encode-answer.ts';
import { ChatStreamEncoder } from './encode-stream.ts';
import { end, reasoning, text, toolCall } from './test-answers.ts';

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
const block = fc.oneof(
  pieces.map((all) => (index: number) => text(index, ...all)),
  pieces.map((all) => (index: number) => reasoning(index, ...all)),
  fc.tuple(piece, pieces).map(
    ([name, all]) =>
      (index: number) =>
        toolCall(index, name, ...all),
  ),
);

/** An answer's blocks one after the other, their finish and their usage. */
const answers = fc
  .record({ blocks: fc.array(block, { maxLength: 5 }), reason })
  .map(({ blocks, reason: why }): ModelEvent[] => [...blocks.flatMap((create, index) => create(index)), ...end(why)]);

/** Cuts of a list or a text of any length. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });
function cut<Whole extends { readonly length: number; slice(from: number, to: number): Whole }>(
  whole: Whole,
  at: readonly number[],
): Whole[] {
  const bounds = [0, ...at.map((share) => Math.round(share * whole.length)).toSorted((a, b) => a - b), whole.length];
  return bounds.slice(1).map((to, index) => whole.slice(bounds[index] ?? 0, to));
}

/** What a client that follows OpenAI's documentation makes of the chunks. */
function collect(chunks: readonly ChatCompletionChunk[]): ChatCompletion {
  let content = '';
  let thoughts = '';
  const calls: { id: string; type: 'function'; function: { name: string; arguments: string } }[] = [];
  for (const { delta } of chunks.flatMap(({ choices }) => choices)) {
    content += delta.content ?? '';
    thoughts += delta.reasoning_content ?? '';
    for (const { index, id = '', function: part } of delta.tool_calls ?? []) {
      const call = calls[index];
      if (call) call.function.arguments += part.arguments;
      else calls[index] = { id, type: 'function', function: { name: part.name ?? '', arguments: part.arguments } };
    }
  }
  return ChatCompletion.parse({
    ...head,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: content === '' && calls.length > 0 ? null : content,
          refusal: null,
          ...(thoughts === '' ? {} : { reasoning_content: thoughts }),
          ...(calls.length === 0 ? {} : { tool_calls: calls }),
        },
        logprobs: null,
        finish_reason: chunks.findLast(({ choices }) => choices.length > 0)?.choices[0]?.finish_reason,
      },
    ],
    usage: chunks.at(-1)?.usage,
  });
}

test('a streamed answer says the same as a whole one, however it is cut', async ({ expect }) => {
  await fc.assert(
    fc.property(answers, cuts, cuts, (events, eventCuts, textCuts) => {
      const stream = new ChatStreamEncoder({ ...head, includeUsage: true });
      const sent =
        cut(events, eventCuts)
          .map((batch) => stream.encode(batch))
          .join('') + stream.end({ costUsd });
      const reader = new EventData();
      const data = cut(sent, textCuts).flatMap((received) => reader.push(received));
      expect(data.pop()).toBe('[DONE]');
      const chunks = data.map((json) => ChatCompletionChunk.parse(JSON.parse(json)));
      const whole = new ChatAnswerEncoder(head);
      for (const batch of cut(events, textCuts)) whole.add(batch);
      expect(collect(chunks)).toEqual(whole.answer({ costUsd }));

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

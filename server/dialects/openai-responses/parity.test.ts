import * as fc from 'fast-check';
import { accumulateResponse } from 'openai/lib/responses/ResponseAccumulator';
import type { Response as OpenAIResponse, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { Stream } from 'openai/streaming';
import { test } from 'vitest';
import type { ModelEvent } from '../../model/events.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import { end, reasoning, text, toolCall } from '../openai-chat/test-answers.ts';
import { ResponsesAnswerEncoder } from './encode-answer.ts';
import { ResponsesStreamEncoder } from './encode-stream.ts';
import { head } from './test-answers.ts';
import { faultsOfStream, readStream } from './test-grammar.ts';

const cost = { costUsd: '0.000000001' };

/** All of Unicode, halves of surrogate pairs too, and what is special in server-sent events and in JSON. */
const piece = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('\n', '\r', '\u2028', '\ufeff', '\0', '\ud83c', '\udf0d', '"', '\\', 'data: ', ':'),
  }),
);
const pieces = fc.array(piece, { maxLength: 4 });
const sealed = (index: number): ModelEvent[] => [{ type: 'reasoning-redacted', index, data: 'eA==' }];
const block = fc.oneof(
  fc.constant(sealed),
  pieces.map((all) => (index: number) => text(index, ...all)),
  pieces.map((all) => (index: number) => reasoning(index, ...all)),
  fc.tuple(fc.constantFrom('look', 'patch'), pieces).map(
    ([name, all]) =>
      (index: number) =>
        toolCall(index, name, ...all),
  ),
  piece.map((input) => (index: number) => toolCall(index, 'patch', JSON.stringify({ input }))),
  fc.tuple(fc.constantFrom('local_shell', 'shell', 'apply_patch'), piece).map(
    ([name, said]) =>
      (index: number) =>
        toolCall(index, name, '{"type":"exec",', JSON.stringify({ command: [said], commands: [said, 'ls'] }).slice(1)),
  ),
);
const reason = fc.constantFrom<FinishReason>('stop', 'tool-calls', 'length', 'content-filter', 'unknown');
const blocks = fc
  .array(block, { maxLength: 6 })
  .map((all): ModelEvent[] => all.flatMap((create, index) => create(index)));

test('a streamed answer says the same as a whole one, in the right order', async ({ expect }) => {
  await fc.assert(
    fc.property(blocks, reason, (started, why) => {
      const events = [...started, ...end(why)];
      const stream = new ResponsesStreamEncoder(head);
      const sent = events.map((event) => stream.encode([event])).join('') + stream.end(cost);
      const read = readStream(sent);
      expect(faultsOfStream(read)).toEqual([]);
      const whole = new ResponsesAnswerEncoder(head);
      whole.add(events);
      expect(read.at(-1)?.data['response']).toEqual(JSON.parse(JSON.stringify(whole.answer(cost))));
    }),
    { numRuns: 300 },
  );
});

test('a stream that breaks off anywhere keeps the order', async ({ expect }) => {
  await fc.assert(
    fc.property(blocks, fc.nat(), (events, at) => {
      const stream = new ResponsesStreamEncoder(head);
      const sent = stream.encode(events.slice(0, at % (events.length + 1))) + stream.error({ error: { message: 'x' } });
      expect(faultsOfStream(readStream(sent))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('OpenAI’s client gathers the output out of the events alone', async ({ expect }) => {
  await fc.assert(
    fc.asyncProperty(blocks, reason, async (started, why) => {
      const encoder = new ResponsesStreamEncoder(head);
      const sent = encoder.encode([...started, ...end(why)]) + encoder.end(cost);
      const events = Stream.fromSSEResponse<ResponseStreamEvent>(new Response(sent), new AbortController());
      let gathered: OpenAIResponse | undefined;
      let before: OpenAIResponse | undefined;
      for await (const event of events) {
        before = gathered && structuredClone(gathered);
        gathered = accumulateResponse(event, gathered);
      }
      expect(before?.output).toEqual(gathered?.output);
      expect(before?.output_text).toBe(gathered?.output_text);
      expect(before?.status).toBe('in_progress');
      expect(gathered?.status).toMatch(/^(completed|incomplete)$/);
    }),
    { numRuns: 100 },
  );
});

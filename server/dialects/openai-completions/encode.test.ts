import * as fc from 'fast-check';
import { test } from 'vitest';
import type { ModelEvent } from '../../model/events.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import { end, reasoning, text, toolCall } from '../openai-chat/test-answers.ts';
import { CompletionAnswerEncoder } from './encode-answer.ts';
import { CompletionStreamEncoder } from './encode-stream.ts';

const head = { id: 'cmpl-1', created: 1_700_000_000, model: 'm', echo: '' };
const cost = { costUsd: '0.000000001' };
const usage = { prompt_tokens: 1200, completion_tokens: 50, cost_usd: '0.000000001' };

function answerOf(events: readonly ModelEvent[], echo = '') {
  const encoder = new CompletionAnswerEncoder({ ...head, echo });
  encoder.add(events);
  return encoder.answer(cost);
}

function chunksOf(events: readonly ModelEvent[], options: { readonly echo?: string; readonly includeUsage?: boolean }) {
  const encoder = new CompletionStreamEncoder({ ...head, includeUsage: false, ...options });
  const stream = events.map((event) => encoder.encode([event])).join('') + encoder.end(cost);
  const lines = stream.split('\n\n');
  return { lines, chunks: lines.slice(0, -2).map((line) => JSON.parse(line.slice('data: '.length))) };
}

test.for<[FinishReason, string]>([
  ['stop', 'stop'],
  ['stop-sequence', 'stop'],
  ['tool-calls', 'stop'],
  ['unknown', 'stop'],
  ['length', 'length'],
  ['context-window', 'length'],
  ['content-filter', 'content_filter'],
])('%s is told as %s, whole and streamed', ([reason, word], { expect }) => {
  const events = [...text(0, 'x'), ...end(reason)];
  expect(answerOf(events)).toMatchObject({
    ...{ id: 'cmpl-1', object: 'text_completion', created: 1_700_000_000, model: 'm', usage },
    choices: [{ text: 'x', index: 0, logprobs: null, finish_reason: word }],
  });
  const { chunks } = chunksOf(events, {});
  expect(chunks.at(-1)).toMatchObject({ object: 'text_completion', choices: [{ text: '', finish_reason: word }] });
});

test('has texts alone, joined, and nothing of thoughts or calls', ({ expect }) => {
  const blocks = [...reasoning(0, 'Hm.'), ...text(1, 'Grü', 'ezi '), ...toolCall(2, 'look', '{}'), ...text(3, '🦋')];
  expect(answerOf([...blocks, ...end('stop')]).choices[0]?.text).toBe('Grüezi 🦋');
  const { chunks } = chunksOf([...blocks, ...end('stop')], {});
  expect(chunks.map((chunk) => chunk.choices[0].text)).toEqual(['Grü', 'ezi ', '🦋', '']);
});

test.for([
  ['before the first text', text(0, 'a', 'b'), ['Hi a', 'b', '']],
  ['of an answer without a text', [], ['Hi ']],
] as const)('echoes the prompt once, %s', ([, events, texts], { expect }) => {
  expect(answerOf([...events, ...end('stop')], 'Hi ').choices[0]?.text).toBe(texts.join(''));
  const { chunks } = chunksOf([...events, ...end('stop')], { echo: 'Hi ' });
  expect(chunks.map((chunk) => chunk.choices[0].text)).toEqual(texts);
});

test('tells the usage once, in a last chunk of its own, to who asked for it', ({ expect }) => {
  const events = [...text(0, 'x'), ...end('stop')];
  const { chunks, lines } = chunksOf(events, { includeUsage: true });
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage });
  expect(chunks.slice(0, -1).map((chunk) => chunk.usage)).toEqual([null, null]);
  expect(lines.slice(-2)).toEqual(['data: [DONE]', '']);
  expect(chunksOf(events, {}).chunks.filter((chunk) => 'usage' in chunk)).toEqual([]);
});

test('an error ends the stream without its closing mark', ({ expect }) => {
  const encoder = new CompletionStreamEncoder({ ...head, includeUsage: true });
  expect(encoder.error({ error: { message: 'a\nb' } })).toBe('data: {"error":{"message":"a\\nb"}}\n\n');
});

test('whole and streamed say the same, whatever the text', async ({ expect }) => {
  const piece = fc.string({ unit: 'binary' });
  await fc.assert(
    fc.property(fc.array(piece), piece, (pieces, echo) => {
      const events = [...text(0, ...pieces), ...end('stop')];
      const { chunks } = chunksOf(events, { echo });
      const whole = JSON.parse(JSON.stringify(answerOf(events, echo)));
      expect(chunks.map((chunk) => chunk.choices[0].text).join('')).toBe(whole.choices[0].text);
    }),
  );
});

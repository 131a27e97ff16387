import * as fc from 'fast-check';
import type OpenAI from 'openai';
import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream';
import { Stream } from 'openai/streaming';
import { test } from 'vitest';
import { ChatCompletionChunk } from '../../../shared/openai/chat.ts';
import { chatExtensions } from '../../../shared/openai/extensions.ts';
import type { ModelEvent } from '../../model/events.ts';
import { ChatAnswerEncoder } from './encode-answer.ts';
import { ChatStreamEncoder } from './encode-stream.ts';
import { answerCases, end, plainForms, reasoning, text, toolCall } from './test-answers.ts';

const head = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'claude-"sonnet"' };
const finished = { costUsd: '0.001234567' };

function encode(batches: readonly (readonly ModelEvent[])[], includeUsage = false): string {
  const encoder = new ChatStreamEncoder({ ...head, forms: plainForms, includeUsage });
  return batches.map((events) => encoder.encode(events)).join('') + encoder.end(finished);
}

/** The chunks of a stream, by its lines; its last must be [DONE]. */
function chunksOf(stream: string): ChatCompletionChunk[] {
  const events = stream.split('\n\n');
  if (events.pop() !== '' || events.pop() !== 'data: [DONE]') throw new Error('the stream does not end in [DONE]');
  return events.map((event) => {
    if (!event.startsWith('data: ') || event.includes('\n')) throw new Error(`not one line of data: ${event}`);
    const json: unknown = JSON.parse(event.slice('data: '.length));
    const chunk = ChatCompletionChunk.parse(json);
    // Nothing is sent that the schema does not have.
    if (JSON.stringify(chunk) !== JSON.stringify(json)) throw new Error(`more than a chunk: ${event}`);
    return chunk;
  });
}

/** What the genuine SDK makes of a stream. */
function readBySdk(stream: string): Stream<OpenAI.ChatCompletionChunk> {
  return Stream.fromSSEResponse<OpenAI.ChatCompletionChunk>(new Response(stream), new AbortController());
}

const chunk = (delta: object, finishReason: string | null = null) => ({
  ...head,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
});
const first = chunk({ role: 'assistant', content: '', refusal: null });

test('the role stands in the first chunk only, the finish in a chunk of its own', ({ expect }) => {
  expect(chunksOf(encode([text(0, 'Hel', 'lo'), end('stop')]))).toEqual([
    first,
    chunk({ content: 'Hel' }),
    chunk({ content: 'lo' }),
    chunk({}, 'stop'),
  ]);
});

test('tool calls are numbered in the order of their starts, whatever stands before and between', ({ expect }) => {
  const events = [
    ...reasoning(0, 'Hm.'),
    ...text(1, 'Wait.'),
    ...toolCall(2, 'look', '{"a":', '1}'),
    ...toolCall(5, 'now'),
  ];
  const started = (index: number, id: string, name: string) =>
    chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] });
  const continued = (index: number, json: string) => chunk({ tool_calls: [{ index, function: { arguments: json } }] });
  expect(chunksOf(encode([events, end('tool-calls')]))).toEqual([
    first,
    chunk({ reasoning_content: 'Hm.' }),
    chunk({ content: 'Wait.' }),
    started(0, 'call_2', 'look'),
    continued(0, '{"a":'),
    continued(0, '1}'),
    started(1, 'call_5', 'now'),
    continued(1, '{}'),
    chunk({ reasoning_details: [{ type: 'reasoning.text', index: 0, text: 'Hm.', signature: 'c2lnbmVk' }] }),
    chunk({}, 'tool_calls'),
  ]);
});

test('calls that come interleaved keep their own arguments', async ({ expect }) => {
  const events: ModelEvent[] = [
    { type: 'tool-call-start', index: 3, id: 'a', name: 'look' },
    { type: 'tool-call-start', index: 1, id: 'b', name: 'look' },
    { type: 'tool-call-delta', index: 1, json: '{"b"' },
    { type: 'tool-call-delta', index: 3, json: '{"a"' },
    { type: 'tool-call-delta', index: 1, json: ':2}' },
    { type: 'tool-call-delta', index: 3, json: ':1}' },
    { type: 'tool-call-end', index: 3 },
    { type: 'tool-call-end', index: 1 },
  ];
  const { choices } = await accumulate(encode([events, end('tool-calls')]));
  expect(choices[0]?.message.tool_calls).toEqual([
    { id: 'a', type: 'function', function: { name: 'look', arguments: '{"a":1}' } },
    { id: 'b', type: 'function', function: { name: 'look', arguments: '{"b":2}' } },
  ]);
});

test('with include_usage one chunk more has the usage, and all others say null', ({ expect }) => {
  const chunks = chunksOf(encode([text(0, 'x'), end('stop')], true));
  expect(chunks).toEqual([
    { ...first, usage: null },
    { ...chunk({ content: 'x' }), usage: null },
    { ...chunk({}, 'stop'), usage: null },
    {
      ...head,
      object: 'chat.completion.chunk',
      choices: [],
      usage: {
        prompt_tokens: 1200,
        completion_tokens: 50,
        total_tokens: 1250,
        prompt_tokens_details: { cached_tokens: 900, cache_write_tokens: 200 },
        cost_usd: '0.001234567',
      },
    },
  ]);
});

test('without include_usage nothing speaks of usage', ({ expect }) => {
  expect(encode([text(0, 'x'), end('stop')])).not.toContain('usage');
});

test('the finish is held until the end, for usage comes after it', ({ expect }) => {
  const encoder = new ChatStreamEncoder({ ...head, forms: plainForms, includeUsage: true });
  encoder.encode(text(0, 'x'));
  expect(encoder.encode(end('stop'))).toBe('');
});

test.for(Object.entries(answerCases))(
  'streams %s so that the SDK reads the whole answer',
  async ([, answer], { expect }) => {
    const whole = new ChatAnswerEncoder({ ...head, forms: plainForms });
    whole.add(answer.events);
    const { choices, usage } = whole.answer(finished);
    const [choice] = choices;
    if (!choice) throw new Error('there is no choice');
    const streamed = await accumulate(encode([answer.events], true));
    const { content, refusal, tool_calls: calls } = streamed.choices[0]?.message ?? {};
    expect({ content: content || null, refusal, calls, reason: streamed.choices[0]?.finish_reason }).toEqual({
      content: choice.message.content || null,
      refusal: null,
      calls: choice.message.tool_calls,
      reason: choice.finish_reason,
    });
    expect(streamed.usage).toEqual(usage);
  },
);

test('the pieces do not depend on how the network cut the events', async ({ expect }) => {
  const events = answerCases['tool calls in parallel, beside reasoning and text']?.events ?? [];
  const whole = encode([events], true);
  await fc.assert(
    fc.property(fc.array(fc.nat(events.length), { maxLength: 8 }), (cuts) => {
      const bounds = [0, ...cuts.toSorted((a, b) => a - b), events.length];
      const batches = bounds.slice(1).map((to, index) => events.slice(bounds[index], to));
      expect(encode(batches, true)).toBe(whole);
    }),
  );
});

test('any text comes through, character by character', async ({ expect }) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: 'binary' })), async (pieces) => {
      const { choices } = await accumulate(encode([text(0, ...pieces), end('stop')]));
      expect(choices[0]?.message.content ?? '').toBe(pieces.join(''));
    }),
    { numRuns: 50 },
  );
});

test('an error ends the stream without [DONE], and the SDK throws it', async ({ expect }) => {
  const encoder = new ChatStreamEncoder({ ...head, forms: plainForms, includeUsage: false });
  const body = {
    error: { message: 'It broke\n\noff.', type: 'server_error', param: null, code: 'upstream_truncated' },
  };
  const stream = encoder.encode(text(0, 'Hel')) + encoder.error(body);
  expect(stream).not.toContain('[DONE]');
  const read = Array.fromAsync(readBySdk(stream));
  await expect(read).rejects.toMatchObject({ code: 'upstream_truncated', type: 'server_error' });
});

test('what is no field of OpenAI’s is listed as an extension', ({ expect }) => {
  const chunks = chunksOf(
    encode([answerCases['tool calls in parallel, beside reasoning and text']?.events ?? []], true),
  );
  const own: readonly (keyof OpenAI.ChatCompletionChunk.Choice.Delta)[] = ['role', 'content', 'refusal', 'tool_calls'];
  const deltas = chunks.flatMap(({ choices }) => choices.flatMap(({ delta }) => Object.keys(delta)));
  expect([...new Set(deltas)].filter((name) => !own.some((known) => known === name))).toEqual(chatExtensions.delta);
  const usage: readonly (keyof OpenAI.CompletionUsage)[] = [
    'prompt_tokens',
    'completion_tokens',
    'total_tokens',
    'prompt_tokens_details',
  ];
  const fields = Object.keys(chunks.at(-1)?.usage ?? {});
  expect(fields.filter((name) => !usage.some((known) => known === name))).toEqual(chatExtensions.usage);
});

async function accumulate(stream: string): Promise<OpenAI.ChatCompletion> {
  return ChatCompletionStream.fromReadableStream(readBySdk(stream).toReadableStream()).finalChatCompletion();
}

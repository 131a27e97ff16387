import type OpenAI from 'openai';
import { test } from 'vitest';
import { ChatCompletion } from '../../../shared/openai/chat.ts';
import { chatExtensions } from '../../../shared/openai/extensions.ts';
import type { ModelEvent } from '../../model/events.ts';
import { noUsage } from '../../model/usage.ts';
import { ChatAnswerEncoder } from './encode-answer.ts';
import { answerCases, cachedUsage, end, plainForms, text } from './test-answers.ts';

const head = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'claude-sonnet-4-5' };

function encode(events: readonly ModelEvent[], costUsd: string | null = '0.001234567'): ChatCompletion {
  const encoder = new ChatAnswerEncoder({ ...head, forms: plainForms });
  for (const event of events) encoder.add([event]);
  return encoder.answer({ costUsd });
}

test.for(Object.entries(answerCases))('collects %s', ([, answer], { expect }) => {
  const calls = answer.events.flatMap((event) => (event.type === 'tool-call-start' ? [event.id] : []));
  const toolCalls = answer.toolCalls?.map(([name, json], index) => {
    return { id: calls[index], type: 'function', function: { name, arguments: json } };
  });
  const completion = encode(answer.events);
  expect(completion).toEqual({
    ...head,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: answer.content,
          refusal: null,
          ...(answer.reasoning === undefined ? {} : { reasoning_content: answer.reasoning }),
          ...(answer.details === undefined ? {} : { reasoning_details: answer.details }),
          ...(toolCalls === undefined ? {} : { tool_calls: toolCalls }),
        },
        logprobs: null,
        finish_reason: answer.finishReason,
      },
    ],
    usage: {
      prompt_tokens: 1200,
      completion_tokens: 50,
      total_tokens: 1250,
      prompt_tokens_details: { cached_tokens: 900, cache_write_tokens: 200 },
      cost_usd: '0.001234567',
    },
  });
  expect(ChatCompletion.parse(completion)).toEqual(completion);
});

test('tells the reasoning’s share only where the provider does', ({ expect }) => {
  const told = encode([...text(0, 'x'), ...end('stop', { ...cachedUsage, reasoningTokens: 20 })]);
  expect(told.usage.completion_tokens_details).toEqual({ reasoning_tokens: 20 });
  expect(encode(end('stop')).usage).not.toHaveProperty('completion_tokens_details');
});

test('an unknown price is null, never 0', ({ expect }) => {
  expect(encode(end('stop', noUsage), null).usage.cost_usd).toBeNull();
});

test('what is no field of OpenAI’s is listed as an extension', ({ expect }) => {
  const { usage, choices } = encode(answerCases['tool calls in parallel, beside reasoning and text']?.events ?? []);
  const message: readonly (keyof OpenAI.ChatCompletionMessage)[] = ['role', 'content', 'refusal', 'tool_calls'];
  const counts: readonly (keyof OpenAI.CompletionUsage)[] = [
    'prompt_tokens',
    'completion_tokens',
    'total_tokens',
    'prompt_tokens_details',
  ];
  const surplus = (object: object, known: readonly string[]) =>
    Object.keys(object).filter((name) => !known.includes(name));
  expect(surplus(choices[0]?.message ?? {}, message)).toEqual(chatExtensions.message);
  expect(surplus(usage, counts)).toEqual(chatExtensions.usage);
});

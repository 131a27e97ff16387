import { test } from 'vitest';
import { ChatCompletionChunk } from '../../../shared/openai/chat.ts';
import type { ModelEvent } from '../../model/events.ts';
import { decodeChatRequest } from './decode-request.ts';
import { ChatAnswerEncoder } from './encode-answer.ts';
import { ChatStreamEncoder } from './encode-stream.ts';
import { end, plainForms, text } from './test-answers.ts';
import { gather } from './test-clients.ts';
import { failureOf } from './test-failures.ts';

const user = { role: 'user', content: 'Hi' };
const decode = (fields: object) => decodeChatRequest({ model: 'm', messages: [user], ...fields });
const thoughtsOf = (message: object) => {
  const { request, dropped } = decode({ messages: [user, { role: 'assistant', content: 'Yes.', ...message }] });
  return { content: request.messages[1]?.content, dropped };
};
const answer = { type: 'text', text: 'Yes.' };
const thought = (said: string, signature?: string) => ({ type: 'reasoning', text: said, signature });
const sealed = { type: 'redacted-reasoning', data: 'eA==' };
const detail = { type: 'reasoning.text', text: 'Hm.', signature: 's', index: 0 };

test.for([
  ['plain text', { reasoning_content: 'Hm.' }, [thought('Hm.')]],
  ['OpenRouter’s plain text', { reasoning: 'Hm.' }, [thought('Hm.')]],
  ['details', { reasoning_details: [detail] }, [thought('Hm.', 's')]],
  ['details beside the plain text', { reasoning_details: [detail], reasoning_content: 'Hm.' }, [thought('Hm.', 's')]],
  ['sealed details', { reasoning_details: [{ type: 'reasoning.encrypted', data: 'eA==', index: 0 }] }, [sealed]],
  ['a signature alone', { reasoning_details: [{ type: 'reasoning.text', signature: 's' }] }, [thought('', 's')]],
  [
    'pieces of a stream, in one list',
    {
      reasoning_details: [
        { type: 'reasoning.text', index: 0, text: 'H' },
        { type: 'reasoning.text', index: 0, text: 'm.' },
        { type: 'reasoning.text', index: 0, signature: 's' },
        { type: 'reasoning.encrypted', index: 1, data: 'eA==' },
        { type: 'reasoning.text', index: 2, text: 'So.' },
      ],
    },
    [thought('Hm.', 's'), sealed, thought('So.')],
  ],
  [
    'details without an index',
    {
      reasoning_details: [
        { ...detail, index: undefined },
        { type: 'reasoning.text', text: 'So.' },
      ],
    },
    [thought('Hm.', 's'), thought('So.')],
  ],
  ['a summary', { reasoning_details: [{ type: 'reasoning.summary', summary: 'Hm.' }] }, [thought('Hm.')]],
  [
    'LiteLLM’s blocks',
    {
      thinking_blocks: [
        { type: 'thinking', thinking: 'Hm.', signature: 's' },
        { type: 'redacted_thinking', data: 'eA==' },
      ],
      reasoning_content: 'Hm.',
    },
    [thought('Hm.', 's'), sealed],
  ],
  [
    'Portkey’s blocks',
    {
      content_blocks: [
        { type: 'thinking', thinking: 'Hm.', signature: 's' },
        { type: 'text', text: 'Yes.' },
      ],
    },
    [thought('Hm.', 's')],
  ],
  ['nothing', { reasoning_content: '', reasoning_details: [], thinking_blocks: null }, []],
] as const)('reads what the model thought from %s', ([, message, thoughts], { expect }) => {
  expect(thoughtsOf(message)).toEqual({ content: [...thoughts, answer], dropped: [] });
});

test('Anthropic’s own blocks stand where they stood, and no field says them again', ({ expect }) => {
  const content = [
    { type: 'thinking', thinking: 'Hm.', signature: 's' },
    { type: 'redacted_thinking', data: 'eA==' },
    { type: 'text', text: 'Yes.' },
  ];
  const read = thoughtsOf({ content, reasoning_content: 'Hm.' });
  expect(read).toEqual({ content: [thought('Hm.', 's'), sealed, answer], dropped: [] });
});

test.for([
  [{ reasoning_details: 'x' }, 'messages[1].reasoning_details'],
  [{ reasoning_details: ['x'] }, 'messages[1].reasoning_details[0]'],
  [{ reasoning_details: [{ type: 'x' }] }, 'messages[1].reasoning_details[0].type'],
  [{ reasoning_details: [{ type: 'reasoning.encrypted' }] }, 'messages[1].reasoning_details[0].data'],
  [{ thinking_blocks: [{ type: 'thinking' }] }, 'messages[1].thinking_blocks[0].thinking'],
  [{ reasoning_content: 7 }, 'messages[1].reasoning_content'],
] as const)('refuses %j naming %s', ([message, param], { expect }) => {
  expect(failureOf(() => thoughtsOf(message))).toMatchObject({ status: 400, param });
});

/** What is easily spoilt on its way: line ends, the planes beyond the first, what JSON and event streams escape. */
const delicate = ['Hm 🌍👩‍👩‍👧\r\n', '\n\r ', '\u2028"\\u00e9" é é\t', 'data: [DONE]\n\n', '\0\ufeff'];
const block = (index: number, pieces: readonly string[], signature: string): ModelEvent[] => [
  { type: 'reasoning-start', index },
  ...pieces.map((piece) => ({ type: 'reasoning-delta', index, text: piece }) as const),
  { type: 'reasoning-signature', index, signature },
  { type: 'reasoning-end', index },
];
const events: ModelEvent[] = [
  ...block(0, delicate, 'RXIrLz09+/=='),
  { type: 'reasoning-redacted', index: 1, data: 'c2VhbGVk+/==' },
  ...block(2, ['So.'], 'U28='),
  ...block(3, [], 'b25seSBzaWduZWQ='),
  ...text(4, 'Yes.'),
  ...end('stop'),
];
const told = [
  thought(delicate.join(''), 'RXIrLz09+/=='),
  { type: 'redacted-reasoning', data: 'c2VhbGVk+/==' },
  thought('So.', 'U28='),
  thought('', 'b25seSBzaWduZWQ='),
  answer,
];
const head = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'm', forms: plainForms };

test('what a whole answer thought comes back byte for byte', ({ expect }) => {
  const encoder = new ChatAnswerEncoder(head);
  encoder.add(events);
  const sent: unknown = JSON.parse(JSON.stringify(encoder.answer({ costUsd: null }).choices[0]?.message));
  expect(decode({ messages: [user, sent] })).toMatchObject({
    request: { messages: [{}, { content: told }] },
    dropped: [],
  });
});

test('what a streamed answer thought comes back byte for byte', ({ expect }) => {
  const encoder = new ChatStreamEncoder({ ...head, includeUsage: false });
  const stream = events.map((event) => encoder.encode([event])).join('') + encoder.end({ costUsd: null });
  const lines = stream.split('\n\n').filter((line) => line.startsWith('data: {'));
  const chunks = lines.map((line) => ChatCompletionChunk.parse(JSON.parse(line.slice('data: '.length))));
  const usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, cost_usd: null };
  const counted = { ...usage, prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 } };
  const last = chunks.at(-1);
  if (!last) throw new Error('there is no chunk');
  const { message } = gather([...chunks, { ...last, choices: [], usage: counted }]).choices[0] ?? {};
  expect(decode({ messages: [user, message] })).toMatchObject({
    request: { messages: [{}, { content: told }] },
    dropped: [],
  });
  // A client that appends, and one that keeps the last piece, have the same.
  const pieces = chunks.flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.reasoning_details ?? []));
  expect(thoughtsOf({ reasoning_details: pieces })).toEqual({ content: told, dropped: [] });
});

const effort = (word: string) => ({ effort: word, budgetTokens: undefined });
test.for([
  [{}, undefined],
  [{ reasoning_effort: 'low' }, effort('low')],
  [{ reasoning_effort: 'none' }, effort('none')],
  [{ reasoning: { effort: 'xhigh' } }, effort('xhigh')],
  [{ reasoning: { max_tokens: 2000 } }, { effort: undefined, budgetTokens: 2000 }],
  [{ reasoning: { enabled: true } }, { effort: undefined, budgetTokens: undefined }],
  [{ reasoning: { enabled: false, effort: 'high' } }, effort('none')],
  [{ reasoning: {} }, undefined],
  [{ thinking: { type: 'enabled', budget_tokens: 4000 } }, { effort: undefined, budgetTokens: 4000 }],
  [{ thinking: { type: 'enabled' } }, { effort: undefined, budgetTokens: undefined }],
  [{ thinking: { type: 'adaptive' }, output_config: { effort: 'max' } }, effort('max')],
  [{ thinking: { type: 'disabled' }, reasoning_effort: 'high' }, effort('none')],
  [{ output_config: { effort: 'low' }, reasoning_effort: 'medium' }, effort('medium')],
] as const)('reads how hard to think from %j', ([fields, expected], { expect }) => {
  const { request, dropped } = decode(fields);
  expect(request.reasoning).toEqual(expected);
  expect(dropped).toEqual([]);
});

test('reports what of it is not kept', ({ expect }) => {
  const fields = { reasoning: { exclude: true, summary: 'auto' }, thinking: { type: 'adaptive', display: 'omitted' } };
  expect(decode(fields).dropped).toEqual(['thinking.display', 'reasoning.exclude', 'reasoning.summary']);
});

test.for([
  [{ reasoning_effort: 'hard' }, 'reasoning_effort'],
  [{ reasoning: 'high' }, 'reasoning'],
  [{ reasoning: { effort: 7 } }, 'reasoning.effort'],
  [{ reasoning: { max_tokens: 0.5 } }, 'reasoning.max_tokens'],
  [{ reasoning: { enabled: 1 } }, 'reasoning.enabled'],
  [{ thinking: { type: 'on' } }, 'thinking.type'],
  [{ thinking: { type: 'enabled', budget_tokens: 'x' } }, 'thinking.budget_tokens'],
  [{ output_config: { effort: 'x' } }, 'output_config.effort'],
] as const)('refuses %j naming %s', ([fields, param], { expect }) => {
  expect(failureOf(() => decode(fields))).toMatchObject({ status: 400, param });
});

test.for([
  ['thinking.budget_tokens', { thinking: { type: 'enabled', budget_tokens: 1.5 } }],
  ['reasoning.max_tokens', { reasoning: { max_tokens: 2_000.5 } }],
] as const)('refuses a part of a token in %s', ([param, fields], { expect }) => {
  expect(failureOf(() => decode(fields))).toMatchObject({ status: 400, param });
});

test('keeps a signature that came before the last piece, and reports what a detail has beside it', ({ expect }) => {
  const pieces = [detail, { type: 'reasoning.text', index: 0, text: ' So.', mood: 'x' }];
  const { content, dropped } = thoughtsOf({ reasoning_details: pieces });
  expect(content).toEqual([thought('Hm. So.', 's'), answer]);
  expect(dropped).toEqual(['messages.reasoning_details.mood']);
});

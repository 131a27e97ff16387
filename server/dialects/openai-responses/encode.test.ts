import { test } from 'vitest';
import { ResponseObject } from '../../../shared/openai/responses-answer.ts';
import { faultsOfResponses } from '../../contract/responses-schemas.ts';
import type { ModelEvent } from '../../model/events.ts';
import { answerCases, cachedUsage, end, reasoning, text, toolCall } from '../openai-chat/test-answers.ts';
import { ResponsesAnswerEncoder } from './encode-answer.ts';
import { ResponsesStreamEncoder } from './encode-stream.ts';
import type { ResponsesHead } from './response-object.ts';
import { head, tiered } from './test-answers.ts';
import { faultsOfStream, readStream } from './test-grammar.ts';

const cost = { costUsd: '0.001234567' };

function answerOf(events: readonly ModelEvent[], asked: ResponsesHead = head): ResponseObject {
  const encoder = new ResponsesAnswerEncoder(asked);
  for (const event of events) encoder.add([event]);
  return JSON.parse(JSON.stringify(encoder.answer(cost)));
}

function streamOf(events: readonly ModelEvent[], asked: ResponsesHead = head): string {
  const encoder = new ResponsesStreamEncoder(asked);
  return events.map((event) => encoder.encode([event])).join('') + encoder.end(cost);
}

const message = (index: number, value: string, status = 'completed') => ({
  id: `msg_68b0_${index}`,
  type: 'message',
  status,
  role: 'assistant',
  content: [{ type: 'output_text', text: value, annotations: [], logprobs: [] }],
});
const call = (index: number, callId: string, name: string, json: string, status = 'completed') => {
  return { id: `fc_68b0_${index}`, type: 'function_call', status, call_id: callId, name, arguments: json };
};
const own = (index: number, prefix: string, type: string, members: object) => {
  return { id: `${prefix}_68b0_${index}`, type, status: 'completed', call_id: `call_${index}`, ...members };
};
const thoughts = (index: number, value: string, sealed?: object) => ({
  id: `rs_68b0_${index}`,
  type: 'reasoning',
  status: 'completed',
  summary: value === '' ? [] : [{ type: 'summary_text', text: value }],
  ...(sealed && { encrypted_content: `sealed ${JSON.stringify(sealed)}` }),
});

const signature = 'c2lnbmVk';
interface ItemCase {
  readonly events: readonly ModelEvent[];
  readonly output: readonly object[];
  readonly incomplete?: 'max_output_tokens' | 'content_filter';
}
const cases: Readonly<Record<string, ItemCase>> = {
  'a text': { events: [...text(0, 'Hel', 'lö 🌍\n"'), ...end('stop')], output: [message(0, 'Hellö 🌍\n"')] },
  nothing: { events: end('stop'), output: [] },
  'an empty text': { events: [...text(0, ''), ...end('stop')], output: [] },
  'texts that follow each other, as one message': {
    events: [...text(0, 'one'), ...text(1, 'two'), ...end('stop-sequence')],
    output: [message(0, 'onetwo')],
  },
  'texts around a call, as two messages': {
    events: [...text(0, 'one'), ...toolCall(1, 'look', '{}'), ...text(2, 'two'), ...end('stop')],
    output: [message(0, 'one'), call(1, 'call_1', 'look', '{}'), message(2, 'two')],
  },
  'thoughts, a text and calls': {
    events: [
      ...reasoning(0, 'Hm', 'm.'),
      ...text(1, 'Let me look.'),
      ...toolCall(2, 'look', '{"a":', '"é"}'),
      ...toolCall(4, 'now'),
      ...end('tool-calls'),
    ],
    output: [
      thoughts(0, 'Hmm.', { text: 'Hmm.', signature }),
      message(1, 'Let me look.'),
      call(2, 'call_2', 'look', '{"a":"é"}'),
      call(3, 'call_4', 'now', '{}'),
    ],
  },
  'calls whose arguments come by turns': {
    events: [
      { type: 'tool-call-start', index: 0, id: 'a', name: 'look' },
      { type: 'tool-call-start', index: 1, id: 'b', name: 'look' },
      { type: 'tool-call-delta', index: 0, json: '{"x"' },
      { type: 'tool-call-delta', index: 1, json: '{"y":2}' },
      { type: 'tool-call-end', index: 1 },
      { type: 'tool-call-delta', index: 0, json: ':1}' },
      { type: 'tool-call-end', index: 0 },
      ...end('tool-calls'),
    ],
    output: [call(0, 'a', 'look', '{"x":1}'), call(1, 'b', 'look', '{"y":2}')],
  },
  'a call of a custom tool': {
    events: [...toolCall(0, 'patch', '{"inp', 'ut":"a\\', 'n\\u00e9"}'), ...end('tool-calls')],
    output: [
      {
        id: 'ctc_68b0_0',
        type: 'custom_tool_call',
        status: 'completed',
        call_id: 'call_0',
        name: 'patch',
        input: 'a\né',
      },
    ],
  },
  'a custom call of another shape': {
    events: [...toolCall(0, 'patch', '{"file":"x"}'), ...end('tool-calls')],
    output: [
      {
        id: 'ctc_68b0_0',
        type: 'custom_tool_call',
        status: 'completed',
        call_id: 'call_0',
        name: 'patch',
        input: '{"file":"x"}',
      },
    ],
  },
  'calls of tools that the caller carries out': {
    events: [
      ...text(0, 'I run it.'),
      ...toolCall(1, 'local_shell', '{"command":["ls","-', 'l"],"timeout_ms":9}'),
      ...toolCall(2, 'shell', '{"commands":["ls","cat é"]}'),
      ...toolCall(3, 'apply_patch', JSON.stringify({ type: 'update_file', path: 'a.ts', diff: '@@\n-a\n+b' })),
      ...toolCall(4, 'apply_patch', '{"type":"delete_file","path":"b.ts"}'),
      ...end('tool-calls'),
    ],
    output: [
      message(0, 'I run it.'),
      own(1, 'lsh', 'local_shell_call', { action: { type: 'exec', command: ['ls', '-l'], env: {}, timeout_ms: 9 } }),
      own(2, 'sh', 'shell_call', {
        action: { commands: ['ls', 'cat é'], timeout_ms: null, max_output_length: null },
        environment: { type: 'local' },
      }),
      own(3, 'apc', 'apply_patch_call', { operation: { type: 'update_file', path: 'a.ts', diff: '@@\n-a\n+b' } }),
      own(4, 'apc', 'apply_patch_call', { operation: { type: 'delete_file', path: 'b.ts' } }),
    ],
  },
  'such calls that say something else, as calls of functions': {
    events: [
      ...toolCall(0, 'shell', '{"commands":"ls"}'),
      ...toolCall(1, 'local_shell'),
      ...toolCall(2, 'apply_patch', '{"type":"update_file","path":"a"}'),
      ...toolCall(3, 'apply_patch', '*** Begin'),
      ...end('tool-calls'),
    ],
    output: [
      call(0, 'call_0', 'shell', '{"commands":"ls"}'),
      call(1, 'call_1', 'local_shell', '{}'),
      call(2, 'call_2', 'apply_patch', '{"type":"update_file","path":"a"}'),
      call(3, 'call_3', 'apply_patch', '*** Begin'),
    ],
  },
  'such a call while the arguments of another still come': {
    events: [
      { type: 'tool-call-start', index: 0, id: 'a', name: 'look' },
      { type: 'tool-call-start', index: 1, id: 'call_0', name: 'shell' },
      { type: 'tool-call-delta', index: 0, json: '{"x"' },
      { type: 'tool-call-delta', index: 1, json: '{"commands":["ls"]}' },
      { type: 'tool-call-end', index: 1 },
      { type: 'tool-call-delta', index: 0, json: ':1}' },
      { type: 'tool-call-end', index: 0 },
      ...text(2, 'x'),
      ...end('stop'),
    ],
    output: [
      call(0, 'a', 'look', '{"x":1}'),
      {
        ...own(1, 'sh', 'shell_call', {
          action: { commands: ['ls'], timeout_ms: null, max_output_length: null },
          environment: { type: 'local' },
        }),
        call_id: 'call_0',
      },
      message(2, 'x'),
    ],
  },
  'a patch cut by the cap, as the call of a function': {
    events: [...toolCall(0, 'apply_patch', '{"type":"delete_file","path":"b"}'), ...end('length')],
    output: [call(0, 'call_0', 'apply_patch', '{"type":"delete_file","path":"b"}', 'incomplete')],
    incomplete: 'max_output_tokens',
  },
  'sealed, unreadable and unsigned thoughts': {
    events: [
      { type: 'reasoning-redacted', index: 0, data: 'eA==' },
      ...reasoning(1),
      { type: 'reasoning-start', index: 2 },
      { type: 'reasoning-delta', index: 2, text: 'Hm.' },
      { type: 'reasoning-end', index: 2 },
      ...text(3, 'x'),
      ...end('stop'),
    ],
    output: [
      thoughts(0, '', { data: 'eA==' }),
      thoughts(1, '', { text: '', signature }),
      thoughts(2, 'Hm.'),
      message(3, 'x'),
    ],
  },
  'a text cut by the cap': {
    events: [...toolCall(0, 'look', '{}'), ...text(1, 'x'), ...end('length')],
    output: [call(0, 'call_0', 'look', '{}'), message(1, 'x', 'incomplete')],
    incomplete: 'max_output_tokens',
  },
  'a call cut by the cap': {
    events: [...toolCall(0, 'look', '{"a'), ...end('length')],
    output: [call(0, 'call_0', 'look', '{"a', 'incomplete')],
    incomplete: 'max_output_tokens',
  },
  'a custom call cut by the cap': {
    events: [...toolCall(0, 'patch', '{"input":"*** Be'), ...end('length')],
    output: [
      {
        id: 'ctc_68b0_0',
        type: 'custom_tool_call',
        status: 'incomplete',
        call_id: 'call_0',
        name: 'patch',
        input: '*** Be',
      },
    ],
    incomplete: 'max_output_tokens',
  },
  'a full context': {
    events: [...text(0, 'x'), ...end('context-window')],
    output: [message(0, 'x', 'incomplete')],
    incomplete: 'max_output_tokens',
  },
  'a filtered answer': {
    events: [...text(0, 'x'), ...end('content-filter')],
    output: [message(0, 'x', 'incomplete')],
    incomplete: 'content_filter',
  },
  'a reason nobody knows': { events: [...text(0, 'x'), ...end('unknown')], output: [message(0, 'x')] },
};

test.for(Object.entries(cases))('collects %s', ([, { events, output, incomplete }], { expect }) => {
  const answer = answerOf(events);
  expect(answer).toEqual({
    ...head.echo,
    id: 'resp_68b0',
    object: 'response',
    created_at: 1_700_000_000,
    status: incomplete ? 'incomplete' : 'completed',
    error: null,
    incomplete_details: incomplete ? { reason: incomplete } : null,
    model: 'claude-sonnet-4-5',
    output,
    usage: {
      input_tokens: 1200,
      input_tokens_details: { cached_tokens: 900, cache_write_tokens: 200 },
      output_tokens: 50,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 1250,
      cost_usd: '0.001234567',
    },
  });
  expect(ResponseObject.parse(answer)).toEqual(answer);
});

// The chat dialect's answers too: whatever a model says there, it may say here.
const all = [
  ...Object.entries(cases).map(([name, { events }]) => [name, events] as const),
  ...Object.entries(answerCases).map(([name, { events }]) => [`${name} (chat)`, events] as const),
];

test.for(all)('streams %s in the right order, with the same end', ([, events], { expect }) => {
  const stream = streamOf(events);
  const read = readStream(stream);
  expect(faultsOfStream(read)).toEqual([]);
  expect(read.at(-1)?.data['response']).toEqual(answerOf(events));
  expect(stream).not.toContain('[DONE]');
  // How the network cut it does not matter.
  const encoder = new ResponsesStreamEncoder(head);
  expect(encoder.encode(events) + encoder.end(cost)).toBe(stream);
});

test.for(all)('answers and streams %s by OpenAI’s schemas', ([, events], { expect }) => {
  const whole = [...events, tiered];
  const answer = answerOf(whole);
  expect(answer).toMatchObject({ service_tier: 'flex', usage: { output_tokens_details: { reasoning_tokens: 7 } } });
  expect(faultsOfResponses('response', answer)).toEqual([]);
  expect(readStream(streamOf(whole)).flatMap(({ data }) => faultsOfResponses('event', data))).toEqual([]);
});

test('names the events of each kind of item in order', ({ expect }) => {
  const events = [
    ...reasoning(0, 'Hm.'),
    ...text(1, 'a', 'b'),
    ...toolCall(2, 'look', '{}'),
    ...toolCall(3, 'patch', '{"input":"x"}'),
  ];
  expect(
    readStream(streamOf([...events, ...end('tool-calls')])).map(({ name }) => name.replace('response.', '')),
  ).toEqual([
    'created',
    'in_progress',
    'output_item.added',
    'reasoning_summary_part.added',
    'reasoning_summary_text.delta',
    'reasoning_summary_text.done',
    'reasoning_summary_part.done',
    'output_item.done',
    'output_item.added',
    'content_part.added',
    'output_text.delta',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done',
    'output_item.added',
    'function_call_arguments.delta',
    'function_call_arguments.done',
    'output_item.done',
    'output_item.added',
    'custom_tool_call_input.delta',
    'custom_tool_call_input.done',
    'output_item.done',
    'completed',
  ]);
});

test('tells text as soon as it comes', ({ expect }) => {
  const encoder = new ResponsesStreamEncoder(head);
  encoder.encode([{ type: 'start', model: 'm' }]);
  expect(encoder.encode(text(0, 'now'))).toContain('"delta":"now"');
});

test('keeps the seal to itself unless it was asked for', ({ expect }) => {
  const asked = { ...head, includeEncrypted: false };
  const events = [
    ...reasoning(0, 'Hm.'),
    { type: 'reasoning-redacted', index: 1, data: 'eA==' } as const,
    ...end('stop'),
  ];
  expect(answerOf(events, asked).output).toEqual([thoughts(0, 'Hm.'), thoughts(1, '')]);
  expect(streamOf(events, asked)).not.toContain('encrypted_content');
});

interface Failure {
  readonly events: readonly ModelEvent[];
  readonly error: { readonly type: string; readonly code: string };
  readonly code: string;
  readonly output: readonly object[];
}
const failures: Readonly<Record<string, Failure>> = {
  'before anything came': {
    events: [],
    error: { type: 'server_error', code: 'upstream_truncated' },
    code: 'server_error',
    output: [],
  },
  'in a call, which no client may then run': {
    events: [...text(0, 'x'), ...toolCall(1, 'look', '{"a":1}')],
    error: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
    code: 'rate_limit_exceeded',
    output: [message(0, 'x'), call(1, 'call_1', 'look', '{"a":1}', 'incomplete')],
  },
  'in thoughts': {
    events: reasoning(0, 'Hm.'),
    error: { type: 'invalid_request_error', code: 'unsupported_content' },
    code: 'invalid_prompt',
    output: [{ ...thoughts(0, 'Hm.'), status: 'incomplete' }],
  },
};

test.for(Object.entries(failures))('fails %s', ([, { events, error, code, output }], { expect }) => {
  const encoder = new ResponsesStreamEncoder(head);
  const body = { error: { message: 'Broke off.', param: null, ...error } };
  const read = readStream(encoder.encode(events) + encoder.error(body));
  expect(faultsOfStream(read)).toEqual([]);
  expect(read.flatMap(({ data }) => faultsOfResponses('event', data))).toEqual([]);
  expect(read.at(-1)?.data['response']).toMatchObject({ error: { code, message: 'Broke off.' }, output });
  expect(read.filter(({ name }) => name === 'response.output_item.done')).toHaveLength(
    output.filter((item) => 'status' in item && item.status === 'completed').length,
  );
});

test('a failure tells what was used, if that is known', ({ expect }) => {
  const encoder = new ResponsesStreamEncoder(head);
  encoder.encode([{ type: 'usage', usage: cachedUsage }]);
  const read = readStream(encoder.error({ error: { message: 'Too long.', code: 'context_length_exceeded' } }));
  expect(read.at(-1)?.data['response']).toMatchObject({
    error: { code: 'context_length_exceeded' },
    usage: { input_tokens: 1200, cost_usd: null },
  });
});

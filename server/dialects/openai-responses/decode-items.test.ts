import { test } from 'vitest';
import type { Message } from '../../model/request.ts';
import type { JsonObject } from '../json-object.ts';
import { failureOf } from '../openai-chat/test-failures.ts';
import { pdf, png, wav } from '../test-files.ts';
import { hostedItems } from './decode-items.ts';
import { decodeResponsesRequest } from './decode-request.ts';
import requestFields from './fixtures/request-fields.json' with { type: 'json' };

const unseal = (encrypted: string) => {
  if (encrypted === 'redacted') return { data: 'ZGF0YQ==' };
  return encrypted.startsWith('ours:') ? { text: encrypted.slice(5), signature: 'sig' } : undefined;
};
const decode = (input: unknown) => decodeResponsesRequest({ model: 'm', input, store: false }, unseal);
const text = (said: string) => ({ type: 'text', text: said }) as const;
const thought = (said: string) => ({ type: 'reasoning', text: said, signature: 'sig' }) as const;
const call = (id: string, name: string, input: JsonObject) => ({ type: 'tool-call', id, name, input }) as const;
const look = (id: string) => call(id, 'look', { at: 1 });
const result = (toolCallId: string, said: string, isError = false) =>
  ({ type: 'tool-result', toolCallId, content: [text(said)], isError }) as const;
const hi = { role: 'user', content: 'Hi' };
const functionCall = { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'look', arguments: '{"at":1}' };
const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], content: null };
const action = { type: 'exec', command: ['ls'], env: {} };
const operation = { type: 'create_file', path: 'a', diff: '+x' };
const outcome = [{ stdout: 'a', stderr: '', outcome: { type: 'exit', exit_code: 0 } }];

/** Each kind of item that is kept: what stands after a message of the user, and the last message it becomes. */
const kept: readonly (readonly [item: object, role: string, content: readonly object[]])[] = [
  [{ type: 'message', role: 'user', content: 'Ho' }, 'user', [text('Ho')]],
  [{ role: 'user', content: [{ type: 'input_text', text: 'Ho' }] }, 'user', [text('Ho')]],
  [{ type: 'message', role: 'developer', content: 'Ho' }, 'system', [text('Ho')]],
  [{ role: 'system', content: [{ type: 'input_text', text: 'Ho' }] }, 'system', [text('Ho')]],
  [
    {
      type: 'message',
      id: 'msg_1',
      status: 'completed',
      role: 'assistant',
      content: [
        { type: 'output_text', text: 'a', annotations: [], logprobs: [] },
        { type: 'refusal', refusal: 'b' },
        { type: 'summary_text', text: 'c' },
      ],
    },
    'assistant',
    [text('a'), text('b'), text('c')],
  ],
  [
    {
      role: 'user',
      content: [
        { type: 'input_image', image_url: `data:image/png;base64,${png}`, detail: 'auto', file_id: null },
        { type: 'input_file', filename: 'a.pdf', file_data: pdf, file_id: null },
        { type: 'input_audio', input_audio: { data: wav, format: 'wav' } },
      ],
    },
    'user',
    [
      { type: 'image', format: 'png', data: png, path: 'input[1].content[0].image_url' },
      { type: 'document', format: 'pdf', data: pdf, name: 'a.pdf', path: 'input[1].content[1].file_data' },
      { type: 'audio', format: 'wav', data: wav, path: 'input[1].content[2].input_audio.data' },
    ],
  ],
  [functionCall, 'assistant', [call('c1', 'look', { at: 1 })]],
  [{ ...functionCall, namespace: 'maps' }, 'assistant', [call('c1', 'maps__look', { at: 1 })]],
  [{ type: 'function_call_output', call_id: 'c1', output: 'x', status: null }, 'user', [result('c1', 'x')]],
  [
    { type: 'function_call_output', call_id: 'c1', output: [{ type: 'input_text', text: 'x' }] },
    'user',
    [result('c1', 'x')],
  ],
  [
    { type: 'custom_tool_call', id: 'ctc_1', call_id: 'c1', name: 'apply_patch', input: '*** x' },
    'assistant',
    [call('c1', 'apply_patch', { input: '*** x' })],
  ],
  [{ type: 'custom_tool_call_output', call_id: 'c1', output: 'x' }, 'user', [result('c1', 'x')]],
  [{ type: 'local_shell_call', id: 'l', call_id: 'c1', action }, 'assistant', [call('c1', 'local_shell', action)]],
  [{ type: 'local_shell_call_output', call_id: 'c1', output: 'x' }, 'user', [result('c1', 'x')]],
  [{ type: 'local_shell_call_output', id: 'c1', output: 'x' }, 'user', [result('c1', 'x')]],
  [
    { type: 'shell_call', call_id: 'c1', action: { commands: ['ls'] } },
    'assistant',
    [call('c1', 'shell', { commands: ['ls'] })],
  ],
  [{ type: 'shell_call_output', call_id: 'c1', output: outcome }, 'user', [result('c1', JSON.stringify(outcome))]],
  [
    { type: 'apply_patch_call', call_id: 'c1', status: 'completed', operation },
    'assistant',
    [call('c1', 'apply_patch', operation)],
  ],
  [
    { type: 'apply_patch_call_output', call_id: 'c1', status: 'failed', output: 'No file' },
    'user',
    [result('c1', 'No file', true)],
  ],
  [{ type: 'apply_patch_call_output', call_id: 'c1', status: 'completed' }, 'user', [result('c1', 'completed')]],
];

test.for(kept)('%j is kept', ([item, role, content], { expect }) => {
  const { request, dropped } = decode([hi, item]);
  expect(request.messages.at(-1)).toEqual({ role, content });
  expect(request.messages).toHaveLength(2);
  expect(dropped).toEqual([]);
});

test('every kind of item in OpenAI’s API has its place', ({ expect }) => {
  const types = kept.map(([item]) => ('type' in item ? String(item.type) : 'message'));
  const others = ['reasoning', 'item_reference', 'compaction', 'compaction_trigger', 'additional_tools'];
  expect([...new Set([...types, ...others, ...hostedItems])].toSorted()).toEqual(requestFields.items);
});

test.for([...hostedItems])('%s is left out and reported', (type, { expect }) => {
  const { request, dropped } = decode([hi, { type, id: 'x', status: 'completed' }]);
  expect(request.messages).toEqual([{ role: 'user', content: [text('Hi')] }]);
  expect(dropped).toEqual([`input.${type}`]);
});

const ofOurs = (said: string) => ({ ...reasoning, encrypted_content: `ours:${said}` });
const turns: readonly (readonly [what: string, items: readonly object[], messages: readonly Message[]])[] = [
  [
    'thoughts, text and calls are one turn, their outputs another',
    [
      ofOurs('a'),
      { role: 'assistant', content: 'Let me look.' },
      functionCall,
      { ...functionCall, call_id: 'c2' },
      { type: 'function_call_output', call_id: 'c1', output: 'x' },
      { type: 'function_call_output', call_id: 'c2', output: 'y' },
      { ...reasoning, encrypted_content: 'redacted' },
      functionCall,
    ],
    [
      {
        role: 'assistant',
        content: [thought('a'), text('Let me look.'), look('c1'), look('c2')],
      },
      { role: 'user', content: [result('c1', 'x'), result('c2', 'y')] },
      {
        role: 'assistant',
        content: [{ type: 'redacted-reasoning', data: 'ZGF0YQ==' }, look('c1')],
      },
    ],
  ],
  [
    'messages of the user stay apart',
    [hi, hi, { type: 'function_call_output', call_id: 'c1', output: 'x' }, hi],
    [
      { role: 'user', content: [text('Hi')] },
      { role: 'user', content: [text('Hi')] },
      { role: 'user', content: [result('c1', 'x')] },
      { role: 'user', content: [text('Hi')] },
    ],
  ],
];

test.for(turns)('%s', ([, items, messages], { expect }) => {
  const { request, dropped } = decode(items);
  expect(request.messages).toEqual(messages);
  expect(dropped).toEqual([]);
});

test.for([
  [
    'foreign',
    [
      { ...reasoning, encrypted_content: 'gAAAA' },
      { role: 'assistant', content: 'Ho' },
    ],
  ],
  [
    'not sealed',
    [
      { ...reasoning, summary: [{ type: 'summary_text', text: 'x' }] },
      { role: 'assistant', content: 'Ho' },
    ],
  ],
  ['at the end of a turn', [{ role: 'assistant', content: 'Ho' }, ofOurs('a')]],
] as const)('thoughts that are %s are left out and reported', ([, items], { expect }) => {
  const { request, dropped } = decode([...items, hi]);
  expect(request.messages).toEqual([
    { role: 'assistant', content: [text('Ho')] },
    { role: 'user', content: [text('Hi')] },
  ]);
  expect(dropped).toEqual(['input.reasoning']);
});

test.for([
  [{ type: 'telepathy' }, 'input[1].type'],
  [{ type: 7 }, 'input[1].type'],
  [{ type: 'item_reference', id: 'msg_1' }, 'input[1].type'],
  [{ id: 'msg_1' }, 'input[1].type'],
  [{ type: null, id: 'msg_1' }, 'input[1].type'],
  [{ type: 'compaction', encrypted_content: 'x' }, 'input[1].type'],
  [{ type: 'compaction_trigger' }, 'input[1].type'],
  [{ role: 'tool', content: 'x' }, 'input[1].role'],
  [{ role: 'user' }, 'input[1].content'],
  [{ role: 'user', content: [{ type: 'input_text' }] }, 'input[1].content[0].text'],
  [{ role: 'user', content: [{ type: 'hologram' }] }, 'input[1].content[0].type'],
  [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }, 'input[1].content[0].file_id'],
  [{ role: 'user', content: [{ type: 'input_file', file_url: 'https://x' }] }, 'input[1].content[0].file_url'],
  [{ ...functionCall, call_id: undefined }, 'input[1].call_id'],
  [{ ...functionCall, name: '' }, 'input[1].name'],
  [{ ...functionCall, arguments: 'at 1' }, 'input[1].arguments'],
  [{ type: 'function_call_output', output: 'x' }, 'input[1].call_id'],
  [{ type: 'function_call_output', call_id: 'c1' }, 'input[1].output'],
  [{ type: 'custom_tool_call', call_id: 'c1', name: 'p' }, 'input[1].input'],
  [{ type: 'local_shell_call', call_id: 'c1' }, 'input[1].action'],
  [{ type: 'local_shell_call_output', output: 'x' }, 'input[1].id'],
  [{ type: 'shell_call_output', call_id: 'c1', output: 'x' }, 'input[1].output'],
  [{ type: 'apply_patch_call', call_id: 'c1' }, 'input[1].operation'],
  [{ type: 'apply_patch_call_output', call_id: 'c1' }, 'input[1].status'],
  [{ ...reasoning, encrypted_content: 7 }, 'input[1].encrypted_content'],
  [{ type: 'additional_tools', tools: {} }, 'input[1].tools'],
  [{ type: 'additional_tools', tools: ['x'] }, 'input[1].tools[0]'],
  ['x', 'input[1]'],
] as const)('%j is refused', ([item, param], { expect }) => {
  const error = failureOf(() => decode([hi, item]));
  expect(error).toMatchObject({ status: 400, param });
  expect(error?.message).toContain(`${param}: `);
});

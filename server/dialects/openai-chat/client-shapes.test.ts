import { test } from 'vitest';
import { decodeItems } from '../openai-responses/decode-items.ts';
import { png } from '../test-files.ts';
import { decodeChatRequest } from './decode-request.ts';
import { failureOf } from './test-failures.ts';

// What clients of other APIs send to this route.

const user = { role: 'user', content: 'Hi' };
const decode = (fields: object) => decodeChatRequest({ model: 'm', ...fields }, decodeItems);
const text = (said: string) => ({ type: 'text', text: said });
const image = { type: 'image', format: 'png', data: png };
const ephemeral = { cache_control: { type: 'ephemeral' } };

test('a body in Anthropic’s shape', ({ expect }) => {
  const { request, dropped } = decode({
    system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
    stop_sequences: ['END'],
    max_tokens: 100,
    top_k: 5,
    tools: [{ name: 'look', input_schema: { type: 'object' } }],
    tool_choice: { type: 'any' },
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'What is it?', ...ephemeral }] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: 's' },
          { type: 'text', text: 'Let me look.' },
          { type: 'tool_use', id: 'toolu_1', name: 'look', input: { at: 1 } },
        ],
      },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 'toolu_1',
            content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } }],
            is_error: true,
            ...ephemeral,
          },
          { type: 'tool_result', tool_use_id: 'toolu_2' },
          { type: 'text', text: 'Well?' },
        ],
      },
    ],
  });
  expect(dropped).toEqual([]);
  expect(request).toMatchObject({
    system: [{ ...text('Be brief.'), cacheAfter: '1h' }],
    stopSequences: ['END'],
    maxOutputTokens: 100,
    topK: 5,
    tools: [{ name: 'look', inputSchema: { type: 'object' } }],
    toolChoice: { type: 'required' },
    messages: [
      { role: 'user', content: [{ ...text('What is it?'), cacheAfter: '5m' }] },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'Hm.', signature: 's' },
          text('Let me look.'),
          { type: 'tool-call', id: 'toolu_1', name: 'look', input: { at: 1 } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool-result', toolCallId: 'toolu_1', content: [image], isError: true, cacheAfter: '5m' },
          { type: 'tool-result', toolCallId: 'toolu_2', content: [], isError: false },
          text('Well?'),
        ],
      },
    ],
  });
});

test('a body in the shape of Responses', ({ expect }) => {
  const { request, dropped } = decode({
    instructions: 'Be brief.',
    max_output_tokens: 100,
    text: {
      format: { type: 'json_schema', name: 'place', schema: { type: 'object' }, strict: true },
      verbosity: 'low',
    },
    reasoning: { effort: 'low' },
    tools: [{ type: 'function', name: 'look', parameters: { type: 'object' }, strict: true }],
    input: [
      { role: 'developer', content: 'Be kind.' },
      {
        type: 'message',
        role: 'user',
        content: [
          { type: 'input_text', text: 'What is it?' },
          { type: 'input_image', image_url: `data:image/png;base64,${png}` },
        ],
      },
      { type: 'reasoning', summary: [], encrypted_content: 'x' },
      {
        type: 'message',
        id: 'msg_1',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Let me look.', annotations: [] }],
      },
      { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'look', arguments: '{"at":1}{"at":2}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'A lake.' },
      { type: 'custom_tool_call', call_id: 'call_2', name: 'write', input: 'x' },
      { type: 'custom_tool_call_output', call_id: 'call_2', output: [{ type: 'input_text', text: 'Done.' }] },
    ],
  });
  expect(dropped).toEqual(['input.reasoning', 'messages.tool_calls.function.arguments']);
  const result = (toolCallId: string, content: object[]) => ({
    type: 'tool-result',
    toolCallId,
    content,
    isError: false,
  });
  expect(request).toMatchObject({
    system: [text('Be brief.'), text('Be kind.')],
    maxOutputTokens: 100,
    outputFormat: { type: 'json-schema', name: 'place', schema: { type: 'object' } },
    verbosity: 'low',
    reasoning: { effort: 'low' },
    tools: [{ name: 'look', inputSchema: { type: 'object' }, strict: true }],
    messages: [
      { role: 'user', content: [text('What is it?'), image] },
      {
        role: 'assistant',
        content: [
          text('Let me look.'),
          { type: 'tool-call', id: 'call_1', name: 'look', input: { at: 1 } },
          { type: 'tool-call', id: 'call_1_2', name: 'look', input: { at: 2 } },
        ],
      },
      { role: 'user', content: [result('call_1', [text('A lake.')]), result('call_1_2', [])] },
      { role: 'assistant', content: [{ type: 'tool-call', id: 'call_2', name: 'write', input: { input: 'x' } }] },
      { role: 'user', content: [result('call_2', [text('Done.')])] },
    ],
  });
});

test('an input that is only a text', ({ expect }) => {
  expect(decode({ input: 'Hi' }).request.messages).toEqual([{ role: 'user', content: [text('Hi')] }]);
});

test('an input beside messages is reported', ({ expect }) => {
  expect(decode({ input: 'Ho', messages: [user] }).dropped).toEqual(['input']);
});

test.for([
  [{}, 'messages'],
  [{ input: [{ type: 'item_reference', id: 'x' }] }, 'input[0].type'],
  [{ input: [{ role: 'robot', content: 'x' }] }, 'input[0].role'],
  [{ input: [{ role: 'user' }] }, 'input[0].content'],
  [{ input: [{ role: 'user', content: [{ type: 'input_text' }] }] }, 'input[0].content[0].text'],
  [{ input: [{ type: 'function_call', call_id: 'c', name: 'look', arguments: 'x' }] }, 'input[0].arguments'],
  [{ input: [{ type: 'function_call_output', output: 'x' }] }, 'input[0].call_id'],
  [{ input: 'Hi', previous_response_id: 'resp_1' }, 'previous_response_id'],
  [{ system: [{ type: 'tool_use', id: 'c', name: 'look', input: {} }], messages: [user] }, 'system[0].type'],
  [{ messages: [{ role: 'user', content: [{ type: 'tool_result' }] }] }, 'messages[0].content[0].tool_use_id'],
  [
    { messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 'c', name: 'l' }] }] },
    'messages[0].content[0].input',
  ],
] as const)('refuses %j naming %s', ([fields, param], { expect }) => {
  const error = failureOf(() => decode(fields));
  expect(error).toMatchObject({ status: 400, param });
  expect(error?.message.startsWith(`${param}: `)).toBe(true);
});

const call = (name: string) => ({ role: 'assistant', content: null, function_call: { name, arguments: '{"a":1}' } });
const answered = (name: string, content: string | null) => ({ role: 'function', name, content });

test('calls in the old form are paired with their answers by name and order', ({ expect }) => {
  const { request } = decode({
    messages: [
      user,
      call('look'),
      answered('look', 'one'),
      call('peek'),
      call('look'),
      answered('look', null),
      answered('peek', 'two'),
    ],
  });
  const ids = request.messages.flatMap(({ content }) =>
    content.flatMap((part) => {
      if (part.type === 'tool-call') return [`${part.name} ${part.id}`];
      return part.type === 'tool-result' ? [`answer ${part.toolCallId}`] : [];
    }),
  );
  expect(ids).toEqual([
    'look function_call_0',
    'answer function_call_0',
    'peek function_call_1',
    'look function_call_2',
    'answer function_call_2',
    'answer function_call_1',
  ]);
  const orphan = failureOf(() => decode({ messages: [user, call('look'), answered('peek', 'x')] }));
  expect(orphan).toMatchObject({ status: 400, param: 'messages[2].name' });
});

test('calls of custom tools come back as they were told', ({ expect }) => {
  const custom = { id: 'c', type: 'custom', custom: { name: 'write', input: 'é\n"' } };
  const { request, dropped } = decode({ messages: [user, { role: 'assistant', content: null, tool_calls: [custom] }] });
  expect(request.messages[1]?.content).toEqual([
    { type: 'tool-call', id: 'c', name: 'write', input: { input: 'é\n"' } },
  ]);
  expect(dropped).toEqual([]);
});

test.for([[{ is_error: true }], [{ status: 'error' }]])('%j marks a failed tool', ([mark], { expect }) => {
  const { request, dropped } = decode({ messages: [{ role: 'tool', tool_call_id: 'c', content: 'x', ...mark }] });
  expect(request.messages[0]?.content[0]).toMatchObject({ type: 'tool-result', isError: true });
  expect(dropped).toEqual([]);
});

test('a mark on a message stands on its last part, and one on the request on the last message', ({ expect }) => {
  const { request, dropped } = decode({
    ...ephemeral,
    messages: [
      { role: 'system', content: [text('a'), text('b')], ...ephemeral },
      { role: 'assistant', content: 'c', reasoning_content: 'd', ...ephemeral },
      { role: 'tool', tool_call_id: 'e', content: [text('f')], ...ephemeral },
      user,
    ],
  });
  const marked = [request.system, ...request.messages.map(({ content }) => content)].map((content) =>
    content.flatMap((part) => ('cacheAfter' in part ? [part.type] : [])),
  );
  expect(marked).toEqual([['text'], ['text'], ['tool-result'], ['text']]);
  expect(request.system[0]).not.toHaveProperty('cacheAfter');
  expect(dropped).toEqual([]);
});

import { test } from 'vitest';
import { failureOf } from '../openai-chat/test-failures.ts';
import { decodeMessagesRequest } from './decode-request.ts';

const hello = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] };
const own = { name: 'bash', input_schema: { type: 'object' } };
const typed = { type: 'bash_20250124', name: 'bash' };
const editor = { type: 'text_editor_20250728', name: 'edit' };
const added = { type: 'tool_addition', tool: { type: 'tool_definition', definition: { ...typed, name: 'edit' } } };

test.for([
  ['two of Anthropic’s', { tools: [typed, { ...typed, type: 'bash_20241022' }] }, 'tools[1].name'],
  ['one of Anthropic’s and one’s own', { tools: [typed, own] }, 'tools[1].name'],
  ['one’s own and one of Anthropic’s', { tools: [own, editor, typed] }, 'tools[2].name'],
  [
    'one in OpenAI’s shape and one of Anthropic’s',
    { tools: [{ type: 'function', function: { name: 'bash' } }, typed] },
    'tools[1].name',
  ],
] as const)('two tools of one name are refused: %s', ([, fields, param], { expect }) => {
  expect(failureOf(() => decodeMessagesRequest({ ...hello, ...fields }))).toMatchObject({
    status: 400,
    param,
    message: expect.stringContaining('two tools have this name'),
  });
});

test('a tool that comes later, and one that runs at Anthropic, take no name from another', ({ expect }) => {
  const messages = [...hello.messages, { role: 'system', content: [added] }];
  const tools = [editor, typed, { type: 'web_search_20250305', name: 'bash' }];
  const { request } = decodeMessagesRequest({ ...hello, tools, messages });
  expect(request.claude?.tools).toEqual([editor, typed]);
});

test.for([
  [{ type: 'ephemeral', ttl: '2h' }, 'tools[0].cache_control.ttl'],
  ['ephemeral', 'tools[0].cache_control'],
] as const)('a mark for the cache on a tool of Anthropic’s is checked: %j', ([cache_control, param], { expect }) => {
  const tools = [{ ...typed, cache_control }];
  expect(failureOf(() => decodeMessagesRequest({ ...hello, tools }))).toMatchObject({ status: 400, param });
});

test('what only Claude knows of a tool is kept, whatever the tool is called', ({ expect }) => {
  const tools = [{ ...own, name: '__proto__', defer_loading: true }];
  const { request } = decodeMessagesRequest({ ...hello, tools });
  expect(Object.entries(request.claude?.toolFields ?? {})).toEqual([['__proto__', { defer_loading: true }]]);
});

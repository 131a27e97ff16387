import { test } from 'vitest';
import { MessagesRequest } from '../shared/anthropic/messages.ts';
import { ChatRequest } from '../shared/openai/chat.ts';
import { ResponsesRequest } from '../shared/openai/responses.ts';
import { failureOf } from './dialects/openai-chat/test-failures.ts';
import { parseInput } from './request-input.ts';

const said = [{ role: 'user', content: 'Hi' }];
const bodies = {
  chat: [ChatRequest, { model: 'm', messages: said }],
  responses: [ResponsesRequest, { model: 'm', input: 'Hi' }],
  messages: [MessagesRequest, { model: 'm', max_tokens: 9, messages: said }],
} as const;

/** JSON alone can make such a member; in an object literal it would be something else. */
const parse = (dialect: keyof typeof bodies, fields: string) => {
  const [schema, body] = bodies[dialect];
  return parseInput(schema, { ...body, ...JSON.parse(fields) });
};

test.for([
  ['chat', '{"metadata":{"a":"b","__proto__":"x"}}', 'metadata.__proto__'],
  ['chat', '{"additionalModelRequestFields":{"__proto__":{"a":1}}}', 'additionalModelRequestFields.__proto__'],
  [
    'chat',
    '{"messages":[{"role":"user","content":"x"},{"role":"user","content":"x","__proto__":1}]}',
    'messages[1].__proto__',
  ],
  ['responses', '{"metadata":{"__proto__":"x"}}', 'metadata.__proto__'],
  ['responses', '{"additionalModelRequestFields":{"__proto__":{"a":1}}}', 'additionalModelRequestFields.__proto__'],
  ['responses', '{"tools":[{"type":"web_search","__proto__":{}}]}', 'tools[0].__proto__'],
  ['messages', '{"metadata":{"__proto__":"x"}}', 'metadata.__proto__'],
  ['messages', '{"tools":[{"name":"a","input_schema":{"__proto__":{}}}]}', 'tools[0].input_schema.__proto__'],
] as const)('%s: %s is refused', ([dialect, fields, param], { expect }) => {
  const error = failureOf(() => parse(dialect, fields));
  expect(error).toMatchObject({ status: 400, param });
  expect(error?.message).toMatch(`${param}: `);
});

test.for([
  ['messages', '{"messages":[{"role":"user","content":[{"type":"x","__proto__":1}]}]}'],
  ['responses', '{"input":[{"type":"x","__proto__":1}]}'],
] as const)('%s: what is handed on as it came keeps its members: %s', ([dialect, fields], { expect }) => {
  expect(JSON.stringify(parse(dialect, fields))).toContain('"__proto__":1');
});

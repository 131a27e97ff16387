import { test } from 'vitest';
import type { Message, ModelRequest, UserPart } from '../model/request.ts';
import { requestWith } from '../model/test-requests.ts';
import { estimatePromptTokens } from './estimate-prompt.ts';

const text = (said: string) => ({ type: 'text', text: said }) as const;
const plain = { messages: [{ role: 'user', content: [text('x'.repeat(300))] }] } satisfies Partial<ModelRequest>;
const base = estimatePromptTokens(requestWith(plain));
/** What a part adds to the prompt. */
const added = (content: Message) =>
  estimatePromptTokens(requestWith({ messages: [...plain.messages, content] })) - base;
const user = (part: UserPart) => added({ role: 'user', content: [part] });
const file = (bytes: number) => Buffer.alloc(bytes).toString('base64');

test('a text counts a token for three of its bytes', ({ expect }) => {
  expect(base).toBe(104);
  expect(user(text('ü🦋'))).toBe(4 + 2);
});

test.for([
  [{ type: 'image', format: 'png', data: file(30) }, 1_600],
  [{ type: 'remote-image', url: 'https://example.com', path: '' }, 1_600],
  [{ type: 'document', format: 'txt', data: file(3_000), name: 'a' }, 1_000],
  [{ type: 'document', format: 'pdf', data: file(3_000), name: 'a' }, 300],
  [{ type: 'document', format: 'pdf', data: file(3_000), name: 'a', context: 'abcdef' }, 302],
  [{ type: 'audio', format: 'mp3', data: file(3_000) }, 120],
  [{ type: 'video', format: 'mp4', data: file(3_000) }, 8],
  [{ type: 'tool-result', toolCallId: 't', isError: false, content: [text('abc'), text('def')] }, 4 + 2],
] as const)('%j', ([part, tokens], { expect }) => {
  expect(user(part)).toBe(4 + tokens);
});

test('what the model thought and called counts', ({ expect }) => {
  const content = [
    { type: 'reasoning', text: 'abcdef', signature: undefined },
    { type: 'redacted-reasoning', data: 'abc' },
    { type: 'tool-call', id: 't', name: 'look', input: { a: 1 } },
  ] as const;
  expect(added({ role: 'assistant', content })).toBe(4 + 2 + 1 + (4 + 4));
});

test.for([
  [{ system: [text('abc')] }, 1],
  [{ tools: [{ name: 'look', description: 'Look', inputSchema: {}, strict: false }] }, 400 + 4 + 4],
  [{ claude: { betas: [], fields: {}, tools: [{ type: 'bash_20250124' }], toolFields: {} } }, 400 + 800 + 8],
  [{ claude: { betas: [], fields: {}, tools: [], toolFields: { look: { a: 'abcdefg' } } } }, 5],
  [{ outputFormat: { type: 'json-schema', name: 'a', description: undefined, schema: {} } }, 1],
] as const)('%j adds %i', ([fields, tokens], { expect }) => {
  expect(estimatePromptTokens(requestWith({ ...plain, ...fields })) - base).toBe(tokens);
});

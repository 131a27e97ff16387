import { test } from 'vitest';
import type { Message } from '../../model/request.ts';
import { failureOf } from '../openai-chat/test-failures.ts';
import { pdf, png } from '../test-files.ts';
import { decodeMessagesRequest } from './decode-request.ts';

type Role = Message['role'];

const decode = (block: object, role: Role = 'user') =>
  decodeMessagesRequest({
    model: 'm',
    max_tokens: 9,
    messages: [
      { role: 'user', content: 'Hi' },
      { role, content: [block] },
    ],
  });
const base64 = (text: string) => Buffer.from(text).toString('base64');
const cache_control = { type: 'ephemeral', ttl: '1h' };
const inResult = (block: object) => ({ type: 'tool_result', tool_use_id: 't', content: [block] });
const searchResult = {
  type: 'search_result',
  title: 'A page',
  source: 'https://example.com',
  content: [
    { type: 'text', text: 'one' },
    { type: 'text', text: 'two' },
  ],
};
const decodedResult = {
  type: 'search-result',
  title: 'A page',
  source: 'https://example.com',
  content: [
    { type: 'text', text: 'one' },
    { type: 'text', text: 'two' },
  ],
};
const document = { type: 'document', title: 'Notes', context: 'Of May', citations: { enabled: true } };
const decodedDocument = { type: 'document', name: 'Notes', context: 'Of May', citations: true };
const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } };

interface Case {
  readonly block: object;
  readonly role?: Role;
  readonly parts: readonly object[];
  readonly dropped?: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  'a text with citations': {
    block: { type: 'text', text: 'a', citations: [{ type: 'char_location' }], cache_control },
    parts: [{ type: 'text', text: 'a', cacheAfter: '1h' }],
    dropped: ['messages.content.citations'],
  },
  'an answer’s own text': {
    block: { type: 'text', text: 'a', citations: null },
    role: 'assistant',
    parts: [{ text: 'a' }],
  },
  'an image by its address': {
    block: { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' }, transformations: { a: 1 } },
    parts: [{ type: 'remote-image', url: 'https://example.com/a.png' }],
    dropped: ['messages.content.transformations'],
  },
  'a PDF': {
    block: { ...document, source: { type: 'base64', media_type: 'application/pdf', data: pdf } },
    parts: [{ ...decodedDocument, format: 'pdf', data: pdf }],
  },
  'a document of plain text': {
    block: { ...document, source: { type: 'text', media_type: 'text/plain', data: 'a' }, cache_control },
    parts: [{ ...decodedDocument, format: 'txt', data: base64('a'), cacheAfter: '1h' }],
  },
  'a document of blocks': {
    block: {
      ...document,
      source: { type: 'content', content: [{ type: 'text', text: 'a' }, image, { type: 'text', text: 'b' }] },
    },
    parts: [
      { ...decodedDocument, format: 'txt', data: base64('a\nb') },
      { type: 'image', format: 'png' },
    ],
    // Citations will be of characters, not of these blocks.
    dropped: ['messages.content.source.content'],
  },
  'marks within a block': {
    block: {
      type: 'document',
      source: {
        type: 'content',
        content: [
          { type: 'text', text: 'a', cache_control },
          { type: 'text', text: 'b' },
        ],
      },
    },
    parts: [{ type: 'document', data: base64('a\nb') }],
    dropped: ['messages.content.content.cache_control'],
  },
  'a document of one text, without citations': {
    block: { type: 'document', citations: { enabled: false }, source: { type: 'content', content: 'a' } },
    parts: [{ type: 'document', data: base64('a'), name: undefined }],
  },
  'a document that is an image': {
    block: { ...document, source: { type: 'base64', data: png } },
    parts: [{ type: 'image' }],
    dropped: ['messages.content.context', 'messages.content.citations'],
  },
  'a search result': {
    block: { ...searchResult, cache_control },
    parts: [{ ...decodedResult, citations: false, cacheAfter: '1h' }],
  },
  'a search result to be cited, of a tool': {
    block: inResult({ ...searchResult, citations: { enabled: true } }),
    parts: [{ type: 'tool-result', content: [{ ...decodedResult, citations: true }] }],
  },
  'a tool that a search found': {
    block: inResult({ type: 'tool_reference', tool_name: 'look', cache_control }),
    parts: [{ type: 'tool-result', content: [{ type: 'text', text: 'Tool: look', cacheAfter: '1h' }] }],
    dropped: ['messages.content.tool_reference'],
  },
  'the state of a browser': {
    block: inResult({ type: 'browser_state', tabs: [{ id: 1 }] }),
    parts: [{ type: 'tool-result', content: [{ type: 'text', text: '{"tabs":[{"id":1}]}' }] }],
    dropped: ['messages.content.browser_state'],
  },
  'a failed tool with an image': {
    block: { ...inResult(image), is_error: true, toolset_name: 'browser' },
    parts: [{ type: 'tool-result', isError: true, content: [{ type: 'image' }] }],
    dropped: ['messages.content.toolset_name'],
  },
  'a call by the model itself': {
    block: { type: 'tool_use', id: 't', name: 'look', input: {}, caller: { type: 'direct' } },
    role: 'assistant',
    parts: [{ type: 'tool-call', id: 't' }],
  },
  'a call by a program of Anthropic’s': {
    block: { type: 'tool_use', id: 't', name: 'look', input: {}, caller: { type: 'code_execution_20250825' } },
    role: 'assistant',
    parts: [{ type: 'tool-call' }],
    dropped: ['messages.content.caller'],
  },
  'a summary of what was before': {
    block: { type: 'compaction', content: 'They met.', encrypted_content: 'x' },
    role: 'assistant',
    parts: [{ type: 'text', text: 'They met.' }],
    dropped: ['messages.content.compaction'],
  },
  'a summary that failed': {
    block: { type: 'compaction', content: null },
    role: 'assistant',
    parts: [],
    dropped: ['messages.content.compaction'],
  },
  'sealed thoughts': {
    block: { type: 'redacted_thinking', data: 'eA==' },
    role: 'assistant',
    parts: [{ type: 'redacted-reasoning', data: 'eA==' }],
  },
  'thoughts without a signature': {
    block: { type: 'thinking', thinking: 'Hm.', signature: '', x: 1 },
    role: 'assistant',
    parts: [{ type: 'reasoning', text: 'Hm.', signature: undefined }],
    dropped: ['messages.content.x'],
  },
  ...Object.fromEntries(
    ['server_tool_use', 'web_search_tool_result', 'mcp_tool_result', 'fallback'].map((type): [string, Case] => [
      type,
      { block: { type, id: 'x' }, role: 'assistant', parts: [], dropped: [`messages.content.${type}`] },
    ]),
  ),
};

test.for(Object.entries(cases))('%s', ([, { block, role, parts, dropped = [] }], { expect }) => {
  const decoded = decode(block, role);
  expect(decoded.request.messages.at(-1)?.content).toMatchObject([...parts]);
  expect(decoded.dropped).toEqual(dropped);
});

const refused: readonly (readonly [block: object, path: string, role?: Role])[] = [
  [{ type: 'unheard_of' }, 'messages[1].content[0].type'],
  [{ type: 'constructor' }, 'messages[1].content[0].type'],
  [{}, 'messages[1].content[0].type'],
  [{ type: 'container_upload', file_id: 'f' }, 'messages[1].content[0].type'],
  [{ type: 'image', source: { type: 'file', file_id: 'f' } }, 'messages[1].content[0].source.type'],
  [{ type: 'document', source: { type: 'file', file_id: 'f' } }, 'messages[1].content[0].source.type'],
  [{ type: 'document', source: { type: 'url', url: 'https://example.com' } }, 'messages[1].content[0].source.type'],
  [{ type: 'document', source: { type: 'content', content: [] } }, 'messages[1].content[0].source.content'],
  [{ type: 'document', source: { type: 'content' } }, 'messages[1].content[0].source.content'],
  [{ type: 'document' }, 'messages[1].content[0].source'],
  [{ ...searchResult, content: 'x' }, 'messages[1].content[0].content'],
  [{ ...searchResult, content: [image] }, 'messages[1].content[0].content[0].type'],
  [{ ...searchResult, title: undefined }, 'messages[1].content[0].title'],
  [inResult({ type: 'tool_reference' }), 'messages[1].content[0].content[0].tool_name'],
  [{ type: 'thinking', thinking: 'Hm.', signature: 7 }, 'messages[1].content[0].signature', 'assistant'],
  [{ type: 'thinking', thinking: 'Hm.', signature: 's' }, 'messages[1].content[0].type', 'user'],
  [{ type: 'redacted_thinking' }, 'messages[1].content[0].data', 'assistant'],
  [{ type: 'tool_use', id: 't', name: 'look', input: {} }, 'messages[1].content[0].type', 'user'],
  [inResult({ type: 'text', text: 'x' }), 'messages[1].content[0].type', 'assistant'],
  [image, 'messages[1].content[0].type', 'system'],
];

test.for(refused)('%j is refused at %s', ([block, param, role], { expect }) => {
  const failure = failureOf(() => decode(block, role));
  expect(failure).toMatchObject({ status: 400, param });
  expect(failure?.message.startsWith(`${param}: `)).toBe(true);
});

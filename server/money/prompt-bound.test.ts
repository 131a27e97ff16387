import { test } from 'vitest';
import type { UserPart } from '../model/request.ts';
import { requestWith } from '../model/test-requests.ts';
import { promptBound } from './prompt-bound.ts';

const data = 'QUJD'.repeat(3_000); // 9,000 bytes
const text = { type: 'text', text: 'Hi' } as const;
const image = { type: 'image', format: 'png', data } as const;
const pdf = { type: 'document', format: 'pdf', name: undefined, data } as const;

function bound(...content: readonly UserPart[]) {
  return promptBound(requestWith({ messages: [{ role: 'user', content }] }), 20_000);
}

test('a prompt of text is its body', ({ expect }) => {
  expect(bound(text)).toEqual({ promptBytes: 20_000, mediaTokens: 0, usesHourlyCache: false });
});

test.for<[string, UserPart, number, number]>([
  ['an image', image, 8_000, 16_384],
  ['an image still to be fetched', { type: 'remote-image', url: 'https://x/y.png', path: 'm' }, 20_000, 16_384],
  ['a video', { type: 'video', format: 'mp4', data }, 8_000, 921_600],
  ['audio', { type: 'audio', format: 'wav', data }, 8_000, 360],
  ['a text document, with its base64 as the text it is longer than', { ...pdf, format: 'md' }, 20_000, 0],
  ['a packed document', pdf, 8_000, 3_096_000],
  [
    'an image of a tool',
    { type: 'tool-result', toolCallId: 'a', isError: false, content: [text, image] },
    8_000,
    16_384,
  ],
])('%s counts by itself', ([, part, promptBytes, mediaTokens], { expect }) => {
  expect(bound(text, part)).toEqual({ promptBytes, mediaTokens, usesHourlyCache: false });
});

test('several count together, in whatever message, and never leave less than no text', ({ expect }) => {
  const messages = [
    { role: 'user', content: [image] },
    { role: 'assistant', content: [text] },
    { role: 'user', content: [image, text] },
  ] as const;
  expect(promptBound(requestWith({ messages }), 24_100)).toMatchObject({ promptBytes: 100, mediaTokens: 32_768 });
  expect(promptBound(requestWith({ messages }), 10)).toMatchObject({ promptBytes: 0 });
});

const hour = { cacheAfter: '1h' } as const;
test.for([
  ['a tool', { tools: [{ name: 'a', description: undefined, inputSchema: {}, strict: false, ...hour }] }],
  [
    'a tool of Anthropic’s',
    {
      claude: {
        betas: [],
        fields: {},
        tools: [{ type: 'bash_20250124', name: 'bash', cache_control: { type: 'ephemeral', ttl: '1h' } }],
        toolFields: {},
      },
    },
  ],
  ['the system prompt', { system: [{ ...text, ...hour }] }],
  ['a message', { messages: [{ role: 'user', content: [{ ...text, ...hour }] }] }],
  ['an answer', { messages: [{ role: 'assistant', content: [{ ...text, ...hour }] }] }],
  [
    'a tool’s result',
    {
      messages: [
        {
          role: 'user',
          content: [{ type: 'tool-result', toolCallId: 'a', isError: false, content: [{ ...text, ...hour }] }],
        },
      ],
    },
  ],
] as const)('%s may ask for an hour in the cache', ([, fields], { expect }) => {
  expect(promptBound(requestWith(fields), 100).usesHourlyCache).toBe(true);
});

test('five minutes are not an hour', ({ expect }) => {
  expect(promptBound(requestWith({ system: [{ ...text, cacheAfter: '5m' }] }), 100).usesHourlyCache).toBe(false);
});

test('a schema with references counts with all that it may grow by', ({ expect }) => {
  const tool = { name: 'f', description: undefined, strict: false };
  const plain = { ...tool, inputSchema: { type: 'object' } };
  const referring = { ...tool, inputSchema: { type: 'object', properties: { a: { $ref: '#/properties/b' } } } };
  const outputFormat = {
    type: 'json-schema',
    name: 'x',
    description: undefined,
    schema: { $ref: '#/$defs/a', $defs: {} },
  } as const;
  const bytesOf = (request: Parameters<typeof requestWith>[0]) => promptBound(requestWith(request), 1_000).promptBytes;
  expect(bytesOf({ tools: [plain] })).toBe(1_000);
  expect(bytesOf({ tools: [plain, referring, referring] })).toBe(201_000);
  expect(bytesOf({ outputFormat })).toBe(101_000);
});

test('what a dialect makes more of than the body had is counted', ({ expect }) => {
  const call = { type: 'tool-call', id: 'c', name: 'f'.repeat(40), input: {} } as const;
  const result = { type: 'tool-result', toolCallId: 'c', content: [], isError: false } as const;
  const many = Array.from({ length: 64 }, () => call);
  const messages = [
    { role: 'assistant', content: many },
    { role: 'user', content: many.map(() => result) },
  ] as const;
  expect(promptBound(requestWith({ messages }), 300).promptBytes).toBe(64 * (60 + 40 + 2) + 64 * 60);
  const tools = [{ name: 'ab', description: 'cd', inputSchema: {}, strict: false }];
  const long = { role: 'user', content: [{ type: 'text', text: 'x'.repeat(1_000) }] } as const;
  expect(promptBound(requestWith({ tools, messages: [long] }), 10).promptBytes).toBe(60 + 4 + 2 + 1_000);
  expect(promptBound(requestWith({ tools, messages: [long] }), 5_000).promptBytes).toBe(5_000);
});

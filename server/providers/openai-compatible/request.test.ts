import { expect, test } from 'vitest';
import type { ModelRequest, UserPart } from '../../model/request.ts';
import { requestWith } from '../../model/test-requests.ts';
import { encodeChatRequest } from './request.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const encode = (fields: Partial<ModelRequest>) => encodeChatRequest(requestWith(fields), 'tiny', 500);
const encodeUser = (...content: UserPart[]) => encode({ messages: [{ role: 'user', content }] });

const text = { type: 'text', text: 'Look.' } as const;
const look = { name: 'look', description: 'Looks.', inputSchema: { type: 'object' }, strict: false } as const;
const read = { name: 'read', description: undefined, inputSchema: { type: 'object' }, strict: true } as const;
const lookTool = {
  type: 'function',
  function: { name: 'look', description: 'Looks.', parameters: { type: 'object' } },
};
const readTool = { type: 'function', function: { name: 'read', parameters: { type: 'object' }, strict: true } };

const sent: readonly (readonly [string, Partial<ModelRequest>, object])[] = [
  ['reasoning effort', { reasoning: { effort: 'high', budgetTokens: undefined } }, { reasoning_effort: 'high' }],
  ['any JSON', { outputFormat: { type: 'json' } }, { response_format: { type: 'json_object' } }],
  [
    'a JSON schema',
    { outputFormat: { type: 'json-schema', name: 'city', description: 'A city', schema: { type: 'object' } } },
    {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'city', description: 'A city', schema: { type: 'object' }, strict: true },
      },
    },
  ],
  [
    'tools, strict ones, one at a time',
    { tools: [look, read], parallelToolCalls: false, toolChoice: { type: 'required' } },
    { tools: [lookTool, readTool], parallel_tool_calls: false, tool_choice: 'required' },
  ],
  [
    'some of the tools',
    { tools: [look, read], toolChoice: { type: 'allowed', mode: 'required', names: ['read'] } },
    { tools: [readTool], tool_choice: 'required' },
  ],
];

test.for(sent)('%s is sent', ([, fields, expected]) => {
  expect(encode(fields)).toEqual({ body: expect.objectContaining(expected), dropped: [] });
});

test('without tools nothing is said of them', () => {
  const { body } = encode({ toolChoice: { type: 'none' }, parallelToolCalls: true });
  expect(body).not.toHaveProperty('tools');
  expect(body).not.toHaveProperty('tool_choice');
  expect(body).not.toHaveProperty('parallel_tool_calls');
});

test('cache marks are hints and leave no trace', () => {
  const marked = encode({ cache: 'explicit', cacheKey: 'k', system: [{ ...text, cacheAfter: '1h' }] });
  expect(marked).toEqual(encode({ system: [text] }));
  expect(marked.dropped).toEqual([]);
});

test('images, sounds and texts stand in their order', () => {
  const { body, dropped } = encodeUser(
    text,
    { type: 'image', format: 'jpeg', data: 'AAAA' },
    { type: 'audio', format: 'wav', data: 'BBBB' },
    { type: 'document', format: 'md', name: 'notes', data: base64('# Ü') },
  );
  expect(body).toMatchObject({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look.' },
          { type: 'image_url', image_url: { url: 'data:image/jpeg;base64,AAAA' } },
          { type: 'input_audio', input_audio: { data: 'BBBB', format: 'wav' } },
          { type: 'text', text: 'notes\n\n# Ü' },
        ],
      },
    ],
  });
  expect(dropped).toEqual([]);
});

test('texts alone stay one text', () => {
  const { body } = encodeUser(text, { type: 'document', format: 'txt', name: undefined, data: base64(' More.') });
  expect(body).toMatchObject({ messages: [{ role: 'user', content: 'Look. More.' }] });
});

const refused: readonly (readonly [string, UserPart, string])[] = [
  ['a PDF', { type: 'document', format: 'pdf', name: 'a', data: 'AAAA' }, 'messages'],
  ['a video', { type: 'video', format: 'mp4', data: 'AAAA' }, 'messages'],
  [
    'an address',
    { type: 'remote-image', url: 'https://example.com/a.png', path: 'messages[0].content[0].image_url.url' },
    'messages[0].content[0].image_url.url',
  ],
];

test.for(refused)('%s is refused', ([, part, param]) => {
  expect(() => encodeUser(part)).toThrow(
    expect.objectContaining({
      status: 400,
      code: 'unsupported_content',
      param,
      message: expect.stringContaining('; '),
    }),
  );
});

test('files in tool results follow the results, before what the user says', () => {
  const result = (toolCallId: string) => ({
    type: 'tool-result' as const,
    toolCallId,
    content: [
      { type: 'text' as const, text: `result ${toolCallId}` },
      { type: 'image' as const, format: 'png' as const, data: toolCallId },
    ],
    isError: toolCallId === 'b',
  });
  const { body, dropped } = encodeUser(result('a'), result('b'), text);
  expect(body).toMatchObject({
    messages: [
      { role: 'tool', tool_call_id: 'a', content: 'result a' },
      { role: 'tool', tool_call_id: 'b', content: 'result b' },
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: 'data:image/png;base64,a' } },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,b' } },
          { type: 'text', text: 'Look.' },
        ],
      },
    ],
  });
  expect(dropped).toEqual(['messages.is_error']);
});

test('reasoning of earlier turns goes back as text, sealed reasoning does not', () => {
  const { body, dropped } = encode({
    messages: [
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'Hm. ', signature: 's' },
          { type: 'reasoning', text: 'So.', signature: undefined },
          { type: 'redacted-reasoning', data: 'AAAA' },
          { type: 'text', text: 'Done.' },
        ],
      },
    ],
  });
  expect(body).toMatchObject({
    messages: [{ role: 'assistant', content: 'Done.', reasoning_content: 'Hm. So.' }],
  });
  expect(dropped).toEqual(['messages.reasoning_details']);
});

const unsent: readonly (readonly [string, Partial<ModelRequest>])[] = [
  ['top_k', { topK: 5 }],
  ['verbosity', { verbosity: 'low' }],
  ['service_tier', { serviceTier: 'flex' }],
  ['performanceConfig', { latency: 'optimized' }],
  ['metadata', { metadata: { team: 'blue' } }],
  ['thinking', { reasoning: { effort: 'low', budgetTokens: 2_000 } }],
  ['thinking', { reasoning: { effort: undefined, budgetTokens: undefined } }],
  ['additionalModelRequestFields', { additionalFields: { seed: 1 } }],
];

test.for(unsent)('%s is reported: %j', ([name, fields]) => {
  expect(encode(fields).dropped).toEqual([name]);
});

test('what asks for nothing special is not reported', () => {
  expect(encode({ serviceTier: 'default', latency: 'standard' }).dropped).toEqual([]);
});

test('a search result is told as a text, in a tool’s answer too; that it should be cited is reported', () => {
  const found = {
    type: 'search-result',
    source: 'https://example.com',
    title: 'A page',
    content: [{ type: 'text', text: 'The sea is blue.' }],
    citations: true,
  } as const;
  const told = 'A page\nhttps://example.com\nThe sea is blue.';
  const { body, dropped } = encodeUser(
    { type: 'tool-result', toolCallId: 't', isError: false, content: [found] },
    { ...found, citations: false },
  );
  expect(body).toMatchObject({
    messages: [
      { role: 'tool', content: told },
      { role: 'user', content: told },
    ],
  });
  expect(dropped).toEqual(['messages.content.citations']);
});

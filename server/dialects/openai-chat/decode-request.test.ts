import * as fc from 'fast-check';
import type { ChatCompletionCreateParams } from 'openai/resources/chat/completions';
import { test } from 'vitest';
import { requestWith } from '../../model/test-requests.ts';
import { mediaReaders } from '../decode-media.ts';
import { decodeChatRequest } from './decode-request.ts';
import { extensionTreatments, fieldTreatments } from './fields.ts';
import { failureOf } from './test-failures.ts';

const user = { role: 'user', content: 'Hi' };
const decode = (fields: object) => decodeChatRequest({ model: 'm', messages: [user], ...fields });
const decodeOne = (...messages: readonly object[]) => decode({ messages }).request.messages;
const text = (...texts: readonly string[]) => texts.map((each) => ({ type: 'text', text: each }) as const);

test('decodes a whole request', ({ expect }) => {
  const request = {
    model: 'claude-sonnet-4-5',
    messages: [
      { role: 'developer', content: 'Be brief.' },
      {
        role: 'system',
        content: [
          { type: 'text', text: 'Be ' },
          { type: 'text', text: 'kind.' },
        ],
      },
      { role: 'user', content: [{ type: 'text', text: 'What is the weather?' }] },
      {
        role: 'assistant',
        content: null,
        refusal: null,
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"a":1}' } }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: [{ type: 'text', text: 'rain' }] },
      { role: 'system', content: 'Now in French.' },
      { role: 'user', content: 'And tomorrow?' },
    ],
    tools: [
      { type: 'function', function: { name: 'look', description: 'Looks', parameters: { type: 'object' } } },
      { type: 'function', function: { name: 'now' } },
    ],
    tool_choice: { type: 'function', function: { name: 'look' } },
    max_tokens: 10,
    max_completion_tokens: 20,
    temperature: 0.5,
    top_p: 0.9,
    stop: ['END', ''],
    stream: true,
    stream_options: { include_usage: true },
  } satisfies ChatCompletionCreateParams;
  expect(decodeChatRequest(request)).toEqual({
    request: requestWith({
      model: 'claude-sonnet-4-5',
      system: text('Be brief.', 'Be ', 'kind.'),
      messages: [
        { role: 'user', content: text('What is the weather?') },
        { role: 'assistant', content: [{ type: 'tool-call', id: 'call_1', name: 'look', input: { a: 1 } }] },
        {
          role: 'user',
          content: [{ type: 'tool-result', toolCallId: 'call_1', content: text('rain'), isError: false }],
        },
        { role: 'system', content: text('Now in French.') },
        { role: 'user', content: text('And tomorrow?') },
      ],
      tools: [
        { name: 'look', description: 'Looks', inputSchema: { type: 'object' }, strict: false },
        { name: 'now', description: undefined, inputSchema: { type: 'object', properties: {} }, strict: false },
      ],
      toolChoice: { type: 'tool', name: 'look' },
      maxOutputTokens: 20,
      temperature: 0.5,
      topP: 0.9,
      stopSequences: ['END'],
      stream: true,
    }),
    includeUsage: true,
    forms: { customTools: new Set(), isLegacy: false },
    dropped: [],
  });
});

test('what is not sent stays unsaid', ({ expect }) => {
  expect(decode({})).toEqual({
    request: requestWith({ model: 'm' }),
    includeUsage: false,
    forms: { customTools: new Set(), isLegacy: false },
    dropped: [],
  });
});

test('null is taken for every optional field', ({ expect }) => {
  const names = Object.keys({ ...fieldTreatments, ...extensionTreatments });
  const optional = names.filter((name) => name !== 'model' && name !== 'messages');
  expect(decode(Object.fromEntries(optional.map((name) => [name, null])))).toEqual(decode({}));
});

test.for([
  [undefined, []],
  ['END', ['END']],
  ['', []],
  [
    ['a', '', 'b'],
    ['a', 'b'],
  ],
] as const)('decodes stop %j', ([stop, expected], { expect }) => {
  expect(decode({ stop }).request.stopSequences).toEqual(expected);
});

test('a refusal and the parts of Cursor are texts', ({ expect }) => {
  const messages = decodeOne(
    { role: 'user', content: [{ type: 'input_text', text: 'Do it.' }] },
    { role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
    { role: 'assistant', content: '', refusal: 'Never.' },
  );
  expect(messages).toEqual([
    { role: 'user', content: text('Do it.') },
    { role: 'assistant', content: text('No.') },
    { role: 'assistant', content: text('Never.') },
  ]);
});

test('reports every nested field that is not kept, once and by its name', ({ expect }) => {
  const { dropped } = decode({
    seed: 7,
    stream_options: { include_usage: false, include_obfuscation: true },
    tools: [
      {
        type: 'function',
        cache_control: { type: 'ephemeral' },
        defer_loading: true,
        function: { name: 'look', strict: true, defer_loading: false, input_examples: [{}], parsed: [] },
      },
    ],
    messages: [
      { role: 'system', name: 'me', content: [{ type: 'text', text: 'x', citations: [{}] }] },
      { role: 'user', name: 'you', content: 'x', tool_call_id: 'c', 'bad,name': 1 },
      {
        role: 'assistant',
        tool_calls: [
          { id: 'c', index: 0, extra_content: {}, function: { name: 'look', arguments: '{}', parsed_arguments: {} } },
        ],
      },
      { role: 'tool', tool_call_id: 'c', name: 'look', content: 'x', artifact: {} },
    ],
  });
  expect(dropped.toSorted()).toEqual([
    'messages.artifact',
    'messages.bad?name',
    'messages.content.citations',
    'messages.name',
    'messages.tool_call_id',
    'messages.tool_calls.extra_content',
    'messages.tool_calls.function.parsed_arguments',
    'seed',
    'stream_options.include_obfuscation',
    'tools.defer_loading',
    'tools.function.input_examples',
  ]);
});

const called = { role: 'assistant', tool_calls: [{ id: 'c', function: { name: 'look', arguments: 'a: 1' } }] };
/** Arguments in so many levels of objects. */
const nested = (levels: number) => ({
  role: 'assistant',
  tool_calls: [{ id: 'c', function: { name: 'look', arguments: `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}` } }],
});

/** A wrong request and the field its error names. */
const refusals: readonly (readonly [object, string, string?])[] = [
  [{ model: undefined }, 'model'],
  [{ model: '' }, 'model'],
  [{ model: 7 }, 'model'],
  [{ model: 'x'.repeat(2049) }, 'model'],
  [{ messages: undefined }, 'messages'],
  [{ messages: [] }, 'messages'],
  [{ messages: 'Hi' }, 'messages'],
  [{ messages: ['Hi'] }, 'messages[0]'],
  [{ messages: [user, { role: 'robot', content: 'x' }] }, 'messages[1].role'],
  [{ messages: [{ content: 'x' }] }, 'messages[0].role'],
  [{ messages: [{ role: 'user' }] }, 'messages[0].content'],
  [{ messages: [{ role: 'user', content: null }] }, 'messages[0].content'],
  [{ messages: [{ role: 'user', content: 7 }] }, 'messages[0].content'],
  [{ messages: [user, user, { role: 'user', content: ['x'] }] }, 'messages[2].content[0]'],
  [{ messages: [user, user, { role: 'user', content: [{}] }] }, 'messages[2].content[0].type'],
  [
    { messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }, { type: 5 }] }] },
    'messages[0].content[1].type',
  ],
  [{ messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages[0].content[0].text'],
  [
    { messages: [{ role: 'user', content: [{ type: 'hologram' }] }] },
    'messages[0].content[0].type',
    'unsupported_content',
  ],
  [
    { messages: [{ role: 'user', content: [{ type: 'constructor' }] }] },
    'messages[0].content[0].type',
    'unsupported_content',
  ],
  [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].tool_call_id'],
  [{ messages: [{ role: 'assistant', tool_calls: [{ id: 'c' }] }] }, 'messages[0].tool_calls[0].function'],
  [{ messages: [{ role: 'assistant', tool_calls: [{ id: '', function: {} }] }] }, 'messages[0].tool_calls[0].id'],
  [{ messages: [called] }, 'messages[0].tool_calls[0].function.arguments'],
  [{ messages: [nested(65)] }, 'messages[0].tool_calls[0].function.arguments'],
  [{ messages: [nested(20_000)] }, 'messages[0].tool_calls[0].function.arguments'],
  [{ messages: [{ role: 'assistant', audio: { id: 'x' } }] }, 'messages[0].audio'],
  [{ temperature: 2.1 }, 'temperature'],
  [{ temperature: -0.1 }, 'temperature'],
  [{ temperature: 'hot' }, 'temperature'],
  [{ top_p: 1.1 }, 'top_p'],
  [{ stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop'],
  [{ stop: 5 }, 'stop'],
  [{ max_tokens: 0 }, 'max_tokens'],
  [{ max_tokens: 1.5 }, 'max_tokens'],
  [{ max_tokens: '10' }, 'max_tokens'],
  [{ max_completion_tokens: -1 }, 'max_completion_tokens'],
  [{ stream: 'yes' }, 'stream'],
  [{ stream_options: { include_usage: 'yes' } }, 'stream_options.include_usage'],
  [{ n: 2 }, 'n'],
  [{ parallel_tool_calls: 'no' }, 'parallel_tool_calls'],
  [{ top_k: 0.5 }, 'top_k'],
];

test.for(refusals)('refuses %j naming %s', ([fields, param, code = 'invalid_request'], { expect }) => {
  const error = failureOf(() => decode(fields));
  expect(error).toMatchObject({ status: 400, type: 'invalid_request_error', code, param });
  expect(error?.message).toContain(param);
  expect(error?.message).toMatch(/\.$/);
});

test('takes arguments as deep as a body may be', ({ expect }) => {
  expect(decodeOne(nested(64))).toHaveLength(1);
});

test('decodes whatever comes, or says 400: never anything else', async ({ expect }) => {
  const anything = fc.jsonValue();
  const optional = Object.keys({ ...fieldTreatments, ...extensionTreatments });
  const word = fc.constantFrom('function', 'custom', 'allowed_tools', 'tool', 'auto', 'look', undefined);
  const kind = fc.constantFrom('text', 'refusal', ...Object.keys(mediaReaders), 'tool_use', 'tool_result', 'thinking');
  const members = [
    'text',
    'image_url',
    'source',
    'file',
    'input_audio',
    'video_url',
    'input',
    'content',
    'cache_control',
  ];
  const part = fc.record({ type: kind, ...Object.fromEntries(members.map((name) => [name, anything])) });
  const fields = fc.record(
    {
      model: fc.oneof(fc.constant('m'), anything),
      messages: fc.oneof(
        anything,
        fc.array(
          fc.record(
            {
              role: fc.oneof(fc.constantFrom('system', 'user', 'assistant', 'tool', 'developer'), anything),
              content: fc.oneof(fc.string(), fc.array(fc.oneof(part, anything))),
              tool_calls: anything,
              tool_call_id: anything,
              function_call: anything,
              reasoning_details: anything,
              cache_control: anything,
            },
            { requiredKeys: [] },
          ),
        ),
      ),
      ...Object.fromEntries(optional.map((name) => [name, anything])),
      tools: fc.oneof(fc.array(fc.record({ type: word, name: word, function: anything, custom: anything })), anything),
      tool_choice: fc.oneof(fc.record({ type: word, name: word, allowed_tools: anything }), anything),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.property(fields, (body) => {
      const error = failureOf(() => decodeChatRequest(body));
      if (error)
        expect({ status: error.status, type: error.type }).toEqual({ status: 400, type: 'invalid_request_error' });
    }),
    { numRuns: 2_000 },
  );
});

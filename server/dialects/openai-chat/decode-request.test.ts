import * as fc from 'fast-check';
import type { ChatCompletionCreateParams } from 'openai/resources/chat/completions';
import { test } from 'vitest';
import { GatewayError } from '../../errors.ts';
import { decodeChatRequest } from './decode-request.ts';

const user = { role: 'user', content: 'Hi' };
const look = { type: 'function', function: { name: 'look', description: 'Looks', parameters: { type: 'object' } } };
const decode = (fields: object) => decodeChatRequest({ model: 'm', messages: [user], ...fields });
const decodeOne = (...messages: readonly object[]) => decode({ messages }).request.messages;
const text = (...texts: readonly string[]) => texts.map((each) => ({ type: 'text', text: each }));

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
    request: {
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
        { name: 'look', description: 'Looks', inputSchema: { type: 'object' } },
        { name: 'now', description: undefined, inputSchema: { type: 'object', properties: {} } },
      ],
      toolChoice: { type: 'tool', name: 'look' },
      maxOutputTokens: 20,
      temperature: 0.5,
      topP: 0.9,
      stopSequences: ['END'],
      stream: true,
    },
    includeUsage: true,
    dropped: [],
  });
});

test('what is not sent stays unsaid', ({ expect }) => {
  expect(decode({})).toEqual({
    request: {
      model: 'm',
      system: [],
      messages: [{ role: 'user', content: text('Hi') }],
      tools: [],
      toolChoice: undefined,
      maxOutputTokens: undefined,
      temperature: undefined,
      topP: undefined,
      stopSequences: [],
      stream: false,
    },
    includeUsage: false,
    dropped: [],
  });
});

test('null is taken for every optional field', ({ expect }) => {
  const names = ['temperature', 'top_p', 'stop', 'max_tokens', 'max_completion_tokens', 'stream', 'stream_options'];
  const nothing = Object.fromEntries([...names, 'tools', 'tool_choice'].map((name) => [name, null]));
  expect(decode(nothing)).toEqual(decode({}));
});

test.for([
  ['auto', { type: 'auto' }],
  ['none', { type: 'none' }],
  ['required', { type: 'required' }],
  [{}, { type: 'auto' }],
  [
    { type: 'function', function: { name: 'look' } },
    { type: 'tool', name: 'look' },
  ],
] as const)('decodes tool_choice %j', ([choice, expected], { expect }) => {
  expect(decode({ tools: [look], tool_choice: choice }).request.toolChoice).toEqual(expected);
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

test.for([
  ['', {}, []],
  ['  ', {}, []],
  ['null', {}, []],
  ['""', {}, []],
  ['{"a":[1]}', { a: [1] }, []],
  ['7', {}, ['messages.tool_calls.function.arguments']],
  ['[1,2]', {}, ['messages.tool_calls.function.arguments']],
] as const)('reads the arguments %j', ([json, input, dropped], { expect }) => {
  const call = { id: 'c', type: 'function', function: { name: 'look', arguments: json } };
  const decoded = decode({ messages: [user, { role: 'assistant', tool_calls: [call] }] });
  expect(decoded.request.messages.at(-1)).toEqual({
    role: 'assistant',
    content: [{ type: 'tool-call', id: 'c', name: 'look', input }],
  });
  expect(decoded.dropped).toEqual(dropped);
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

test('an answer of ours can be sent back as it came', ({ expect }) => {
  const answer = { role: 'assistant', content: 'Hello!', refusal: null, reasoning_content: 'Greet.' };
  const { request, dropped } = decode({ messages: [user, answer, user] });
  expect(request.messages.at(1)).toEqual({ role: 'assistant', content: text('Hello!') });
  expect(dropped).toEqual(['messages.reasoning_content']);
});

test('reports every nested field that is not kept, once and by its name', ({ expect }) => {
  const { dropped } = decode({
    seed: 7,
    stream_options: { include_usage: false, include_obfuscation: true },
    tools: [
      {
        type: 'function',
        cache_control: { type: 'ephemeral' },
        function: { name: 'look', strict: true, defer_loading: false },
      },
    ],
    messages: [
      { role: 'system', name: 'me', content: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }] },
      { role: 'user', name: 'you', content: 'x', tool_call_id: 'c', 'bad,name': 1 },
      {
        role: 'assistant',
        tool_calls: [
          { id: 'c', index: 0, extra_content: {}, function: { name: 'look', arguments: '{}', parsed_arguments: {} } },
        ],
      },
      { role: 'tool', tool_call_id: 'c', content: 'x', is_error: true },
    ],
  });
  expect(dropped.toSorted()).toEqual([
    'messages.bad?name',
    'messages.content.cache_control',
    'messages.is_error',
    'messages.name',
    'messages.tool_call_id',
    'messages.tool_calls.extra_content',
    'messages.tool_calls.function.parsed_arguments',
    'seed',
    'stream_options.include_obfuscation',
    'tools.cache_control',
    'tools.function.strict',
  ]);
});

const called = { role: 'assistant', tool_calls: [{ id: 'c', function: { name: 'look', arguments: '{"a":' } }] };
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
    { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
    'messages[0].content[0].type',
    'unsupported_content',
  ],
  [
    { messages: [{ role: 'user', content: [{ type: 'input_audio' }] }] },
    'messages[0].content[0].type',
    'unsupported_content',
  ],
  [
    { messages: [{ role: 'tool', tool_call_id: 'c', content: [{ type: 'file' }] }] },
    'messages[0].content[0].type',
    'unsupported_content',
  ],
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
  [{ messages: [{ role: 'function', name: 'look', content: 'x' }] }, 'messages[0].role'],
  [{ messages: [{ role: 'assistant', tool_calls: [{ id: 'c' }] }] }, 'messages[0].tool_calls[0].function'],
  [{ messages: [{ role: 'assistant', tool_calls: [{ id: '', function: {} }] }] }, 'messages[0].tool_calls[0].id'],
  [{ messages: [called] }, 'messages[0].tool_calls[0].function.arguments'],
  [{ messages: [nested(65)] }, 'messages[0].tool_calls[0].function.arguments'],
  [{ messages: [nested(20_000)] }, 'messages[0].tool_calls[0].function.arguments'],
  [
    { messages: [{ role: 'assistant', content: 'x', function_call: { name: 'look', arguments: '{}' } }] },
    'messages[0].function_call',
  ],
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
  [{ tools: [{ type: 'custom', custom: { name: 'look' } }] }, 'tools[0].type'],
  [{ tools: [look, look] }, 'tools[1].function.name'],
  [{ tools: [{ type: 'function', function: { name: '' } }] }, 'tools[0].function.name'],
  [{ tools: [{ type: 'function', function: { name: 'look', parameters: [] } }] }, 'tools[0].function.parameters'],
  [{ tool_choice: 'required' }, 'tool_choice'],
  [{ tools: [look], tool_choice: 'any' }, 'tool_choice'],
  [{ tools: [look], tool_choice: { type: 'allowed_tools' } }, 'tool_choice'],
  [{ tools: [look], tool_choice: { type: 'function', function: { name: 'leap' } } }, 'tool_choice.function.name'],
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

test('refuses more tools than OpenAI takes', ({ expect }) => {
  const named = (name: string) => ({ type: 'function', function: { name } });
  const tools = Array.from({ length: 129 }, (_, index) => named(`tool_${index}`));
  expect(decode({ tools: tools.slice(1) }).request.tools).toHaveLength(128);
  expect(failureOf(() => decode({ tools }))).toMatchObject({ status: 400, param: 'tools' });
});

test('says that media are not available yet, and by what kind', ({ expect }) => {
  const error = failureOf(() => decode({ messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }));
  expect(error?.message).toBe('messages[0].content[0].type: image_url parts are not available yet; send text.');
});

test('decodes whatever comes, or says 400: never anything else', async ({ expect }) => {
  const anything = fc.jsonValue();
  const fields = fc.record(
    {
      model: fc.oneof(fc.constant('m'), anything),
      messages: fc.oneof(
        anything,
        fc.array(
          fc.record(
            {
              role: fc.oneof(fc.constantFrom('system', 'user', 'assistant', 'tool', 'developer'), anything),
              content: fc.oneof(
                fc.string(),
                fc.array(fc.oneof(fc.record({ type: fc.constant('text'), text: anything }), anything)),
              ),
              tool_calls: anything,
              tool_call_id: anything,
            },
            { requiredKeys: [] },
          ),
        ),
      ),
      stop: anything,
      tools: anything,
      tool_choice: anything,
      stream_options: anything,
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

function failureOf(run: () => unknown): GatewayError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}

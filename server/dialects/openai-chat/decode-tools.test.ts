import { test } from 'vitest';
import { decodeChatRequest } from './decode-request.ts';
import { failureOf } from './test-failures.ts';

const messages = [{ role: 'user', content: 'Hi' }];
const decode = (fields: object) => decodeChatRequest({ model: 'm', messages, ...fields });
const schema = { type: 'object', properties: { city: { type: 'string' } } };
const look = { type: 'function', function: { name: 'look', description: 'Looks', parameters: schema } };
const write = { type: 'custom', custom: { name: 'write', description: 'Writes' } };
const peek = { ...look, function: { ...look.function, name: 'peek' } };
const tool = { name: 'look', description: 'Looks', inputSchema: schema, strict: false };
const textSchema = {
  type: 'object',
  properties: { input: { type: 'string' } },
  required: ['input'],
  additionalProperties: false,
};
const ephemeral = { cache_control: { type: 'ephemeral', ttl: '1h' } };

test.for([
  ['OpenAI’s', look, tool],
  ['a strict one', { ...look, function: { ...look.function, strict: true } }, { ...tool, strict: true }],
  ['one with a mark beside', { ...look, ...ephemeral }, { ...tool, cacheAfter: '1h' }],
  ['one with a mark within', { ...look, function: { ...look.function, ...ephemeral } }, { ...tool, cacheAfter: '1h' }],
  [
    'Anthropic’s',
    { name: 'look', description: 'Looks', input_schema: schema, ...ephemeral },
    { ...tool, cacheAfter: '1h' },
  ],
  ['Anthropic’s with its type', { type: 'custom', name: 'look', description: 'Looks', input_schema: schema }, tool],
  [
    'the flat one of Responses',
    { type: 'function', name: 'look', description: 'Looks', parameters: schema, strict: false },
    tool,
  ],
  [
    'one without arguments',
    { type: 'function', function: { name: 'now' } },
    { name: 'now', description: undefined, inputSchema: { type: 'object', properties: {} }, strict: false },
  ],
  [
    'one with a long name',
    { type: 'function', function: { name: 'x'.repeat(300) } },
    { name: 'x'.repeat(300), description: undefined, inputSchema: { type: 'object', properties: {} }, strict: false },
  ],
] as const)('reads a tool: %s', ([, entry, expected], { expect }) => {
  const { request, dropped, forms } = decode({ tools: [entry] });
  expect(request.tools).toEqual([expected]);
  expect(forms).toEqual({ customTools: new Set(), isLegacy: false });
  expect(dropped).toEqual([]);
});

test('keeps the order of a schema’s keys', ({ expect }) => {
  const parameters = { required: ['b', 'a'], type: 'object', properties: { b: {}, a: {} } };
  const { request } = decode({ tools: [{ ...look, function: { name: 'look', parameters } }] });
  expect(JSON.stringify(request.tools[0]?.inputSchema)).toBe(JSON.stringify(parameters));
});

const grammar = { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "a"' } };
test.for([
  ['plain', write, 'Writes', []],
  ['with a text', { ...write, custom: { ...write.custom, format: { type: 'text' } } }, 'Writes', []],
  [
    'with a grammar',
    { ...write, custom: { ...write.custom, format: grammar } },
    'Writes\n\nThe input follows this lark grammar:\nstart: "a"',
    ['tools.custom.format'],
  ],
  [
    'flat, with a grammar',
    { type: 'custom', name: 'write', format: { type: 'grammar', syntax: 'regex', definition: 'a+' } },
    'The input follows this regex grammar:\na+',
    ['tools.custom.format'],
  ],
] as const)('tells a custom tool as a function of one text: %s', ([, entry, description, dropped], { expect }) => {
  const decoded = decode({ tools: [look, entry] });
  expect(decoded.request.tools[1]).toEqual({ name: 'write', description, inputSchema: textSchema, strict: false });
  expect(decoded.forms.customTools).toEqual(new Set(['write']));
  expect(decoded.dropped).toEqual(dropped);
});

test('a tool that runs elsewhere is reported and left out', ({ expect }) => {
  const tools = [{ type: 'web_search' }, look, { type: 'bash_20250124', name: 'bash' }];
  const { request, dropped } = decode({ tools });
  expect(request.tools.map(({ name }) => name)).toEqual(['look']);
  expect(dropped).toEqual(['tools.web_search', 'tools.bash_20250124']);
});

test('the old form is read as tools, one call at a time', ({ expect }) => {
  const { request, forms, dropped } = decode({ functions: [look.function], function_call: { name: 'look' } });
  expect(request).toMatchObject({
    tools: [tool],
    toolChoice: { type: 'tool', name: 'look' },
    parallelToolCalls: false,
  });
  expect(forms.isLegacy).toBe(true);
  expect(dropped).toEqual([]);
});

test('takes 512 tools and no more', ({ expect }) => {
  const tools = Array.from({ length: 513 }, (_, index) => ({ type: 'function', function: { name: `tool_${index}` } }));
  expect(decode({ tools: tools.slice(1) }).request.tools).toHaveLength(512);
  expect(failureOf(() => decode({ tools }))).toMatchObject({ status: 400, param: 'tools' });
});

test.for([
  ['auto', { type: 'auto' }],
  ['none', { type: 'none' }],
  ['required', { type: 'required' }],
  ['any', { type: 'required' }],
  [{}, { type: 'auto' }],
  [{ type: 'auto' }, { type: 'auto' }],
  [{ type: 'none' }, { type: 'none' }],
  [{ type: 'any' }, { type: 'required' }],
  [
    { type: 'function', function: { name: 'look' } },
    { type: 'tool', name: 'look' },
  ],
  [
    { type: 'function', name: 'look' },
    { type: 'tool', name: 'look' },
  ],
  [
    { type: 'custom', custom: { name: 'write' } },
    { type: 'tool', name: 'write' },
  ],
  [
    { type: 'tool', name: 'look' },
    { type: 'tool', name: 'look' },
  ],
  [
    {
      type: 'allowed_tools',
      allowed_tools: { mode: 'auto', tools: [look, { type: 'custom', custom: { name: 'write' } }] },
    },
    { type: 'allowed', mode: 'auto', names: ['look', 'write'] },
  ],
  [
    { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'look' }] },
    { type: 'allowed', mode: 'required', names: ['look'] },
  ],
] as const)('reads tool_choice %j', ([tool_choice, choice], { expect }) => {
  const { request, dropped } = decode({ tools: [look, write], tool_choice });
  expect(request.toolChoice).toEqual(choice);
  expect(dropped).toEqual([]);
});

test.for([
  [{ parallel_tool_calls: false }, false],
  [{ parallel_tool_calls: true }, true],
  [{ tool_choice: { type: 'any', disable_parallel_tool_use: true } }, false],
  [{ tool_choice: { type: 'auto', disable_parallel_tool_use: false }, parallel_tool_calls: false }, true],
  [{}, undefined],
] as const)('reads from %j whether calls may be parallel', ([fields, expected], { expect }) => {
  expect(decode({ tools: [look], ...fields }).request.parallelToolCalls).toBe(expected);
});

/** Wrong tools and the field their error names. */
const refusals: readonly (readonly [object, string])[] = [
  [{ tools: [look, look] }, 'tools[1].function.name'],
  [{ tools: [look, { name: 'look', input_schema: {} }] }, 'tools[1].name'],
  [{ tools: [write, write] }, 'tools[1].custom.name'],
  [{ tools: ['look'] }, 'tools[0]'],
  [{ tools: [{}] }, 'tools[0].type'],
  [{ tools: [{ type: 'function' }] }, 'tools[0].function'],
  [{ tools: [{ type: 'custom' }] }, 'tools[0].custom'],
  [{ tools: [{ type: 'function', function: { name: '' } }] }, 'tools[0].function.name'],
  [{ tools: [{ type: 'function', function: { name: 7 } }] }, 'tools[0].function.name'],
  [{ tools: [{ type: 'function', function: { name: 'look', parameters: [] } }] }, 'tools[0].function.parameters'],
  [{ tools: [{ type: 'function', function: { name: 'look', strict: 'yes' } }] }, 'tools[0].function.strict'],
  [{ tools: [{ name: 'look', input_schema: 'x' }] }, 'tools[0].input_schema'],
  [{ tools: [{ type: 'custom', custom: { name: 'w', format: { type: 'xml' } } }] }, 'tools[0].custom.format.type'],
  [{ tools: [look], functions: [look.function] }, 'functions'],
  [{ functions: [look.function, look.function] }, 'functions[1].name'],
  [{ functions: [look.function], function_call: { name: 'leap' } }, 'function_call.name'],
  [{ tool_choice: 'required' }, 'tool_choice'],
  [{ tools: [], tool_choice: { type: 'any' } }, 'tool_choice'],
  [{ tools: [look], tool_choice: 'often' }, 'tool_choice'],
  [{ tools: [look], tool_choice: 7 }, 'tool_choice'],
  [{ tools: [look], tool_choice: { type: 'often' } }, 'tool_choice.type'],
  [{ tools: [look], tool_choice: { type: 'function' } }, 'tool_choice.function'],
  [{ tools: [look], tool_choice: { type: 'function', function: { name: 'leap' } } }, 'tool_choice.function.name'],
  [{ tools: [look], tool_choice: { type: 'tool', name: 'leap' } }, 'tool_choice.name'],
  [
    { tools: [look], tool_choice: { type: 'auto', disable_parallel_tool_use: 1 } },
    'tool_choice.disable_parallel_tool_use',
  ],
  [{ tools: [look], tool_choice: { type: 'allowed_tools', allowed_tools: {} } }, 'tool_choice.allowed_tools.mode'],
  [{ tools: [look], tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [] } }, 'tool_choice.tools'],
  [
    { tools: [look], tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [look, peek] } } },
    'tool_choice.allowed_tools.tools[1]',
  ],
];

test.for(refusals)('refuses %j naming %s', ([fields, param], { expect }) => {
  const error = failureOf(() => decode(fields));
  expect(error).toMatchObject({ status: 400, param });
  expect(error?.message.startsWith(`${param}: `)).toBe(true);
});

test('reads the mark of a call, and arguments in the old form that are an object', ({ expect }) => {
  const call = { id: 'c', type: 'function', function: { name: 'look', arguments: '{}' }, ...ephemeral };
  const marked = decode({ messages: [{ role: 'assistant', content: null, tool_calls: [call] }] });
  expect(marked.request.messages[0]?.content).toEqual([
    { type: 'tool-call', id: 'c', name: 'look', input: {}, cacheAfter: '1h' },
  ]);
  const old = { role: 'assistant', content: null, function_call: { name: 'look', arguments: { city: 'Bern' } } };
  expect(decode({ messages: [old] }).request.messages[0]?.content).toMatchObject([{ input: { city: 'Bern' } }]);
});

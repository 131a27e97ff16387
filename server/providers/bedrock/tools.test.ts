import * as fc from 'fast-check';
import { test } from 'vitest';
import { GatewayError } from '../../errors.ts';
import { requestWith } from '../../model/test-requests.ts';
import { look, modelWith } from './test-calls.ts';
import { encodeToolConfig, ToolNames, toToolUseId } from './tools.ts';

const legal = /^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/;

function encode(fields: Parameters<typeof requestWith>[0], model = modelWith(), canForce = true) {
  const dropped = new Set<string>();
  const options = { names: new ToolNames(), canForce, dropped };
  const { config, callable } = encodeToolConfig(requestWith(fields), model, options);
  return { config, dropped: [...dropped], ...(callable && { callable: [...callable] }) };
}

test('encodes tools, and what is missing in them', ({ expect }) => {
  const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', properties: { b: {}, a: {} } };
  const tools = [
    look,
    { name: 'get.weather', description: ' ', inputSchema: schema, strict: false },
    { name: 'now', description: undefined, inputSchema: { type: ['object', 'null'] }, strict: false },
  ];
  expect(encode({ tools })).toEqual({
    config: {
      tools: [
        { toolSpec: { name: 'look', description: 'Looks', inputSchema: { json: { type: 'object' } } } },
        {
          toolSpec: {
            name: 'get_weather',
            description: 'get.weather',
            inputSchema: { json: { ...schema, type: 'object' } },
          },
        },
        { toolSpec: { name: 'now', description: 'now', inputSchema: { json: { type: 'object' } } } },
      ],
    },
    dropped: [],
  });
});

test('keeps the order of a schema’s keys, on which prompt caches depend', ({ expect }) => {
  const inputSchema = { required: ['b'], type: 'object', properties: { b: { type: 'string' }, a: { type: 'string' } } };
  const { config } = encode({ tools: [{ ...look, inputSchema }] });
  expect(JSON.stringify(config)).toContain(JSON.stringify(inputSchema));
});

test('a tool that ends a cached prefix has a cache point after it', ({ expect }) => {
  const tools = [
    { ...look, cacheAfter: '1h' },
    { ...look, name: 'now', cacheAfter: '5m' },
    { ...look, name: 'then' },
  ] as const;
  expect(encode({ tools }).config?.tools).toEqual([
    { toolSpec: expect.objectContaining({ name: 'look' }) },
    { cachePoint: { type: 'default', ttl: '1h' } },
    { toolSpec: expect.objectContaining({ name: 'now' }) },
    { cachePoint: { type: 'default' } },
    { toolSpec: expect.objectContaining({ name: 'then' }) },
  ]);
});

const closed = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
} as const;

test('a strict tool is sent as one where model and schema allow it, and reported otherwise', ({ expect }) => {
  const strict = (inputSchema: object, strictTools: boolean) => {
    const tools = [{ ...look, inputSchema: { ...inputSchema }, strict: true }];
    const { config, dropped } = encode({ tools }, modelWith({ strictTools }));
    return { tool: config?.tools[0], dropped };
  };
  expect(strict(closed, true)).toEqual({
    tool: { toolSpec: expect.objectContaining({ strict: true, inputSchema: { json: closed } }) },
    dropped: [],
  });
  for (const [schema, isTaken] of [
    [closed, false],
    [{ type: 'object' }, true],
  ] as const) {
    const { tool, dropped } = strict(schema, isTaken);
    expect(tool).toEqual({ toolSpec: { name: 'look', description: 'Looks', inputSchema: { json: schema } } });
    expect(dropped).toEqual(['tools.strict']);
  }
});

test('a schema that had to be changed is reported', ({ expect }) => {
  const inputSchema = { type: 'object', properties: { self: { $ref: '#' } } };
  const { config, dropped } = encode({ tools: [{ ...look, inputSchema }] });
  expect(JSON.stringify(config)).not.toContain('$ref');
  expect(dropped).toEqual(['tools.function.parameters']);
  // What is not the caller's schema any more is not followed strictly either.
  const odd = { ...closed, properties: { city: { type: 'string', required: true } } };
  const strict = encode({ tools: [{ ...look, inputSchema: odd, strict: true }] });
  expect(JSON.stringify(strict.config)).not.toContain('strict');
  expect(strict.dropped).toEqual(['tools.function.parameters', 'tools.strict']);
});

test('a schema that grows beyond measure is refused by the tool’s name', ({ expect }) => {
  const levels = Array.from({ length: 30 }, (_, at) => {
    const next = { $ref: `#/$defs/d${at + 1}` };
    return [`d${at}`, { type: 'object', properties: { a: next, b: next } }];
  });
  const $defs = Object.fromEntries([...levels, ['d30', { type: 'string' }]]);
  const inputSchema = { type: 'object', properties: { top: { $ref: '#/$defs/d0' } }, $defs };
  const refuse = () => encode({ tools: [look, { ...look, name: 'bomb', inputSchema }] });
  expect(refuse).toThrow(expect.objectContaining({ status: 400, param: 'tools[1].function.parameters' }));
  expect(refuse).toThrow(/schema of bomb is too large/);
});

test('no tools are no toolConfig', ({ expect }) => {
  expect(encode({ tools: [] })).toEqual({ config: undefined, dropped: [] });
});

test.for([
  ['auto', {}],
  ['none', {}],
  ['required', { toolChoice: { any: {} } }],
] as const)('tool choice %s', ([type, expected], { expect }) => {
  expect(encode({ tools: [look], toolChoice: { type } }).config).toEqual({ tools: [expect.anything()], ...expected });
});

test('a named choice has the name as it is sent', ({ expect }) => {
  const tools = [{ ...look, name: 'look up' }];
  const { config } = encode({ tools, toolChoice: { type: 'tool', name: 'look up' } });
  expect(config).toMatchObject({
    tools: [{ toolSpec: { name: 'look_up' } }],
    toolChoice: { tool: { name: 'look_up' } },
  });
});

test.for([{ type: 'required' }, { type: 'tool', name: 'look' }] as const)(
  'choice %j is reported for a model that cannot be told',
  (toolChoice, { expect }) => {
    const { config, dropped } = encode({ tools: [look], toolChoice }, modelWith({ toolChoice: 'none' }));
    expect(config).not.toHaveProperty('toolChoice');
    expect(dropped).toEqual(['tool_choice']);
  },
);

test.for([{ type: 'required' }, { type: 'tool', name: 'look' }] as const)(
  'choice %j is reported where nothing can be forced',
  (toolChoice, { expect }) => {
    const cannot = encode({ tools: [look], toolChoice }, modelWith({ forcedTools: false }));
    const mayNot = encode({ tools: [look], toolChoice }, modelWith(), false);
    for (const { config, dropped } of [cannot, mayNot]) {
      expect(config).not.toHaveProperty('toolChoice');
      expect(dropped).toEqual(['tool_choice']);
    }
  },
);

const three = ['one', 'two', 'three'].map((name) => ({ ...look, name }));
const onlyAny = modelWith({ toolChoice: 'any' });

test.for([
  ['auto, some', { mode: 'auto', names: ['one', 'two'] }, modelWith(), undefined],
  ['required, some', { mode: 'required', names: ['one', 'two'] }, modelWith(), { any: {} }],
  ['required, one', { mode: 'required', names: ['two'] }, modelWith(), { tool: { name: 'two' } }],
  ['auto, one', { mode: 'auto', names: ['two'] }, modelWith(), undefined],
  ['required, some, where only any can be said', { mode: 'required', names: ['one', 'two'] }, onlyAny, { any: {} }],
] as const)(
  'of allowed tools (%s) all are sent, and other calls left out',
  ([, allowed, model, expected], { expect }) => {
    const { config, callable, dropped } = encode({ tools: three, toolChoice: { type: 'allowed', ...allowed } }, model);
    expect(config?.tools).toHaveLength(3);
    expect(config?.toolChoice).toEqual(expected);
    expect({ callable, dropped }).toEqual({ callable: allowed.names, dropped: [] });
  },
);

test.for([
  { type: 'tool', name: 'two' },
  { type: 'allowed', mode: 'required', names: ['two'] },
] as const)('a model that can only be told to call some tool is shown the one of %j', (toolChoice, { expect }) => {
  const { config, dropped } = encode({ tools: three, toolChoice }, onlyAny);
  expect(config).toEqual({
    tools: [{ toolSpec: expect.objectContaining({ name: 'two' }) }],
    toolChoice: { any: {} },
  });
  expect(dropped).toEqual([]);
});

test('tools for a model without them are refused by name', ({ expect }) => {
  const refuse = () => encode({ tools: [look] }, modelWith({ tools: false }));
  expect(refuse).toThrow(GatewayError);
  expect(refuse).toThrow(expect.objectContaining({ status: 400, param: 'tools' }));
});

test.for([
  ['look', 'look'],
  ['get-weather_2', 'get-weather_2'],
  ['mcp:server/tool', 'mcp_server_tool'],
  ['2nd', 't_2nd'],
  ['_private', 't__private'],
] as const)('%s is sent as %s', ([name, sent], { expect }) => {
  expect(new ToolNames().encode(name)).toBe(sent);
});

test('names that would meet are kept apart', ({ expect }) => {
  const names = new ToolNames();
  const sent = ['a.b', 'a_b', 'a b'].map((name) => names.encode(name));
  expect(new Set(sent).size).toBe(3);
  expect(sent.map((name) => names.decode(name))).toEqual(['a.b', 'a_b', 'a b']);
});

test('any set of names is legal, distinct, and found again', async ({ expect }) => {
  const name = fc.oneof(
    fc.string({ minLength: 1, maxLength: 80 }),
    fc.constantFrom('a.b', 'a_b', 'a-b', 'x'.repeat(70)),
  );
  await fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 30 }), (all) => {
      const names = new ToolNames();
      const sent = all.map((each) => names.encode(each));
      expect(new Set(sent).size).toBe(all.length);
      for (const each of sent) expect(each).toMatch(legal);
      expect(sent.map((each) => names.decode(each))).toEqual(all);
      expect(all.map((each) => names.encode(each))).toEqual(sent);
    }),
  );
});

test('a name the model made up comes through as it is', ({ expect }) => {
  expect(new ToolNames().decode('invented')).toBe('invented');
});

test.for(['tooluse_abc', 'call_1', 'a.b:c-d', 'x'.repeat(64)])('the id %s stays', (id, { expect }) => {
  expect(toToolUseId(id)).toBe(id);
});

test.for(['', 'x'.repeat(65), 'a b', 'ü', 'a|b'])('the id %j is made legal, always the same way', (id, { expect }) => {
  expect(toToolUseId(id)).toMatch(/^call_[0-9a-f]{32}$/);
  expect(toToolUseId(id)).toBe(toToolUseId(id));
  expect(toToolUseId(id)).not.toBe(toToolUseId(`${id}?`));
});

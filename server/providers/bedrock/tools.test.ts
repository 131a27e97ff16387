import * as fc from 'fast-check';
import { test } from 'vitest';
import { GatewayError } from '../../errors.ts';
import { look, modelWith, requestWith } from './test-calls.ts';
import { encodeToolConfig, ToolNames, toToolUseId } from './tools.ts';

const legal = /^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/;

function encode(fields: Parameters<typeof requestWith>[0], model = modelWith()) {
  const dropped = new Set<string>();
  const config = encodeToolConfig(requestWith(fields), model, new ToolNames(), dropped);
  return { config, dropped: [...dropped] };
}

test('encodes tools, and what is missing in them', ({ expect }) => {
  const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', properties: { b: {}, a: {} } };
  const tools = [
    look,
    { name: 'get.weather', description: ' ', inputSchema: schema },
    { name: 'now', description: undefined, inputSchema: { type: ['object', 'null'] } },
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
    const { config, dropped } = encode({ tools: [look], toolChoice }, modelWith({ toolChoice: false }));
    expect(config).not.toHaveProperty('toolChoice');
    expect(dropped).toEqual(['tool_choice']);
  },
);

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

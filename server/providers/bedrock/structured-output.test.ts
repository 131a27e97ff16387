import { test } from 'vitest';
import type { CatalogueModel } from '../../catalogue/catalogue.ts';
import { efforts, type ModelRequest, type OutputFormat } from '../../model/request.ts';
import { encodeConverseRequest } from './request.ts';
import { calling, callWith, look, modelWith, result, text, user } from './test-calls.ts';

const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } as const;
const format: OutputFormat = { type: 'json-schema', name: 'the city', description: undefined, schema };
const native = modelWith({ nativeStructuredOutput: true });
const forcing = modelWith({ nativeStructuredOutput: false });

const encode = (fields: Partial<ModelRequest>, model: CatalogueModel, cap = 8_000) =>
  encodeConverseRequest(callWith({ outputFormat: format, ...fields }, model, cap));

test('by grammar where the model takes a schema', ({ expect }) => {
  const closed = { ...schema, additionalProperties: false };
  const { body, json, dropped } = encode({ tools: [look], toolChoice: { type: 'required' } }, native);
  expect(body['outputConfig']).toEqual({
    textFormat: {
      type: 'json_schema',
      structure: { jsonSchema: { schema: JSON.stringify(closed), name: 'the_city' } },
    },
  });
  expect(body['toolConfig']).toMatchObject({ tools: [{ toolSpec: { name: 'look' } }], toolChoice: { any: {} } });
  expect({ json, dropped, system: body['system'] }).toEqual({ json: undefined, dropped: [], system: undefined });
  const named = encode({ outputFormat: { ...format, description: 'Where' } }, native).body;
  expect(JSON.stringify(named)).toContain('"description":"Where"');
});

const open = { ...format, schema: { type: 'object' } } as const;

test.for<readonly [string, Partial<ModelRequest>, CatalogueModel]>([
  ['a model without structured output', {}, forcing],
  ['a schema no grammar is made from', { outputFormat: open }, native],
  [
    'a model that can only be told to call some tool',
    {},
    modelWith({ nativeStructuredOutput: false, toolChoice: 'any' }),
  ],
])('by a forced tool for %s', ([, fields, model], { expect }) => {
  const messages = [user('Look!'), calling('', 'a'), result('a', 'ok'), user('And?')];
  const { body, json, callable, dropped } = encode({ messages, ...fields }, model);
  const sent = fields.outputFormat === open ? open.schema : schema;
  const toolChoice = model.capabilities.toolChoice === 'any' ? { ['any']: {} } : { tool: { name: 'json_answer' } };
  expect(body['toolConfig']).toEqual({
    tools: [{ toolSpec: { name: 'json_answer', description: expect.any(String), inputSchema: { json: sent } } }],
    toolChoice,
  });
  expect({ json, callable, dropped }).toEqual({
    json: { tool: 'json_answer', schema: sent },
    callable: undefined,
    dropped: [],
  });
  expect(body).not.toHaveProperty('outputConfig');
  // The calls of the history are of tools that the caller did not send.
  expect(JSON.stringify(body['messages'])).not.toContain('toolUse');
});

const recursive = {
  ...format,
  schema: { type: 'object', properties: { child: { $ref: '#' } }, required: ['child'] },
} as const;
const list = { ...format, schema: { type: 'array', items: { type: 'string' } } } as const;

test.for<readonly [string, Partial<ModelRequest>, CatalogueModel]>([
  ['the caller has tools', { tools: [look] }, forcing],
  [
    'the model thinks',
    { reasoning: { effort: 'low', budgetTokens: undefined } },
    modelWith({ nativeStructuredOutput: false, reasoning: 'budget', efforts }),
  ],
  ['no tool can be forced', {}, modelWith({ nativeStructuredOutput: false, forcedTools: false })],
  ['no tool can be chosen', {}, modelWith({ nativeStructuredOutput: false, toolChoice: 'none' })],
  ['tools are not streamed', {}, modelWith({ nativeStructuredOutput: false, streamingTools: false })],
  ['there are no tools', {}, modelWith({ nativeStructuredOutput: false, tools: false })],
  ['the schema is recursive', { outputFormat: recursive }, native],
  ['the answer is to be a list', { outputFormat: list }, native],
])('by an instruction where %s', ([, fields, model], { expect }) => {
  const { body, json, dropped } = encode({ system: text('Be kind.'), ...fields }, model);
  const asked = fields.outputFormat ?? format;
  const shown = JSON.stringify(asked.type === 'json-schema' ? asked.schema : {});
  expect(body['system']).toEqual([{ text: 'Be kind.' }, { text: expect.stringContaining(shown) }]);
  expect(JSON.stringify(body['toolConfig'] ?? {})).not.toContain('json_answer');
  expect(body).not.toHaveProperty('outputConfig');
  expect({ tool: json?.tool, dropped }).toEqual({ tool: undefined, dropped: [] });
  expect(JSON.stringify(json?.schema)).not.toContain('$ref');
});

test('an instruction reaches a model without a system prompt', ({ expect }) => {
  const { body } = encode({}, modelWith({ nativeStructuredOutput: false, tools: false, system: false }));
  expect(JSON.stringify(body['messages'])).toContain('JSON Schema');
  expect(body).not.toHaveProperty('system');
});

test.for<readonly [string, Partial<ModelRequest>, boolean]>([
  ['nowhere', {}, true],
  ['in the system prompt', { system: text('Write JSON.') }, false],
  ['in a message', { messages: [user('Give me json')] }, false],
])('any JSON, which the prompt asks for %s', ([, fields, isTold], { expect }) => {
  const { body, json, dropped } = encode({ outputFormat: { type: 'json' }, ...fields }, native);
  expect(JSON.stringify(body['system'] ?? []).includes('one JSON object')).toBe(isTold);
  expect({ json, dropped }).toEqual({ json: { tool: undefined, schema: { type: 'object' } }, dropped: [] });
  expect(body).not.toHaveProperty('toolConfig');
});

test('a schema that grows beyond measure is refused', ({ expect }) => {
  const levels = Array.from({ length: 40 }, (_, at) => {
    return [`d${at}`, { allOf: [{ $ref: `#/$defs/d${at + 1}` }, { $ref: `#/$defs/d${at + 1}` }] }];
  });
  const $defs = Object.fromEntries([...levels, ['d40', {}]]);
  const bomb = { ...format, schema: { type: 'object', properties: { a: { $ref: '#/$defs/d0' } }, $defs } };
  expect(() => encode({ outputFormat: bomb }, native)).toThrow(
    expect.objectContaining({ status: 400, param: 'response_format.json_schema.schema' }),
  );
});

test('no grammar is made from a schema of which something could not be read', ({ expect }) => {
  const unread = { ...schema, properties: { city: { type: 'string', required: true } } };
  expect(encode({ outputFormat: { ...format, schema: unread } }, native).body).not.toHaveProperty('outputConfig');
});

test('the name of a schema is cut where Bedrock’s ends', ({ expect }) => {
  const { body } = encode({ outputFormat: { ...format, name: 'x'.repeat(70) } }, native);
  expect(JSON.stringify(body['outputConfig'])).toContain(`"name":"${'x'.repeat(64)}"`);
});

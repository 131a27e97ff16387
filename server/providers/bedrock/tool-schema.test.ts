import { test } from 'vitest';
import type { JsonObject } from './json.ts';
import { SchemaTooLargeError, toArgumentsSchema, toPlainSchema } from './tool-schema.ts';

const text = { type: 'string' } as const;
const kept = (schema: JsonObject) => ({ schema, isExact: true });
const changed = (schema: JsonObject) => ({ schema, isExact: false });

const cases: Readonly<Record<string, readonly [JsonObject, ReturnType<typeof kept>]>> = {
  'a plain schema as it is': [
    { type: 'object', properties: { a: { ...text, minLength: 1 }, b: { type: ['integer', 'null'] } }, required: ['a'] },
    kept({
      type: 'object',
      properties: { a: { ...text, minLength: 1 }, b: { type: ['integer', 'null'] } },
      required: ['a'],
    }),
  ],
  'booleans for schemas': [
    { type: 'object', properties: { a: true }, additionalProperties: false },
    kept({ type: 'object', properties: { a: true }, additionalProperties: false }),
  ],
  'properties named like keywords': [
    { properties: { type: text, $defs: text, required: text, $ref: text } },
    kept({ properties: { type: text, $defs: text, required: text, $ref: text } }),
  ],
  'data that looks like a schema': [
    { enum: [{ $ref: '#/x', type: 'thing' }], default: { type: 'thing' }, examples: [{ $ref: '#' }] },
    kept({ enum: [{ $ref: '#/x', type: 'thing' }], default: { type: 'thing' }, examples: [{ $ref: '#' }] }),
  ],
  'references written out, with what stands beside them': [
    {
      properties: {
        a: { $ref: '#/$defs/city', description: 'Where' },
        b: { items: { $ref: '#/definitions/x~1y%20z' } },
      },
      $defs: { city: { ...text, description: 'A city' } },
      definitions: { 'x/y z': { $ref: '#/$defs/city' } },
    },
    kept({
      properties: { a: { ...text, description: 'Where' }, b: { items: { ...text, description: 'A city' } } },
    }),
  ],
  'references in every place': [
    {
      anyOf: [{ $ref: '#/$defs/t' }],
      allOf: [{ $ref: '#/$defs/t' }],
      items: [{ $ref: '#/$defs/t' }],
      additionalProperties: { $ref: '#/$defs/t' },
      patternProperties: { x: { $ref: '#/$defs/t' } },
      not: { $ref: '#/$defs/t' },
      $defs: { t: text },
    },
    kept({
      anyOf: [text],
      allOf: [text],
      items: [text],
      additionalProperties: text,
      patternProperties: { x: text },
      not: text,
    }),
  ],
  'a recursion, cut where it begins again': [
    {
      properties: { tree: { $ref: '#/$defs/node' } },
      $defs: { node: { type: 'object', properties: { left: { $ref: '#/$defs/node' }, name: text } } },
    },
    changed({ properties: { tree: { type: 'object', properties: { left: { type: 'object' }, name: text } } } }),
  ],
  'a recursion of the root': [
    { type: 'object', properties: { self: { $ref: '#' } } },
    changed({ type: 'object', properties: { self: { type: 'object' } } }),
  ],
  'two that lead to each other': [
    {
      items: { $ref: '#/$defs/a' },
      $defs: { a: { items: { $ref: '#/$defs/b' } }, b: { items: { $ref: '#/$defs/a' } } },
    },
    changed({ items: { items: { items: {} } } }),
  ],
  'one that leads to itself at once': [
    { items: { $ref: '#/$defs/a' }, $defs: { a: { $ref: '#/$defs/a' } } },
    changed({ items: {} }),
  ],
  'references that lead elsewhere or nowhere': [
    { properties: { a: { $ref: 'https://x.test/s.json' }, b: { $ref: '#/$defs/none', ...text }, c: { $ref: 7 } } },
    changed({ properties: { a: {}, b: text, c: {} } }),
  ],
  'names of an object’s own are no definitions': [
    { items: { $ref: '#/constructor' }, not: { $ref: '#/toString/name' } },
    changed({ items: {}, not: {} }),
  ],
  'types in capitals': [
    { type: 'OBJECT', properties: { a: { type: 'STRING' } } },
    kept({ type: 'object', properties: { a: text } }),
  ],
  'unknown types': [
    { properties: { a: { type: 'dict' }, b: { type: ['string', 'uuid'] }, c: { type: ['x'] }, d: { type: null } } },
    changed({ properties: { a: { type: 'object' }, b: { type: ['string'] }, c: { type: 'object' }, d: {} } }),
  ],
  'an empty list for no properties': [{ type: 'object', properties: [] }, kept({ type: 'object', properties: {} })],
  'properties that are none': [{ type: 'object', properties: 7 }, changed({ type: 'object', properties: {} })],
  'a property that is no schema': [{ properties: { a: null } }, changed({ properties: { a: {} } })],
  'required of old': [{ properties: { a: { ...text, required: true } } }, changed({ properties: { a: text } })],
};

test.for(Object.entries(cases))('%s', ([, [schema, expected]], { expect }) => {
  expect(toPlainSchema(schema)).toEqual(expected);
});

test('keeps the order of keys, on which prompt caches depend', ({ expect }) => {
  const schema = {
    required: ['b'],
    type: 'object',
    properties: { b: { $ref: '#/$defs/t' }, a: text },
    $defs: { t: text },
  };
  expect(JSON.stringify(toPlainSchema(schema).schema)).toBe(
    '{"required":["b"],"type":"object","properties":{"b":{"type":"string"},"a":{"type":"string"}}}',
  );
});

test.for([
  [{}, { type: 'object' }, true],
  [{ properties: {} }, { properties: {}, type: 'object' }, true],
  [{ type: ['object', 'null'] }, { type: 'object' }, true],
  [{ type: 'string' }, { type: 'object' }, false],
  [{ type: 'object' }, { type: 'object' }, true],
] as const)('arguments of %j are an object', ([schema, expected, isExact], { expect }) => {
  expect(toArgumentsSchema(schema)).toEqual({ schema: expected, isExact });
});

const wide = Object.fromEntries(Array.from({ length: 10_001 }, (_, at) => [`p${at}`, {}]));
function nested(levels: number): JsonObject {
  let schema: JsonObject = text;
  for (let at = 0; at < levels; at++) schema = { items: schema };
  return schema;
}
const chain = Object.fromEntries(
  Array.from({ length: 120 }, (_, at) => [`d${at}`, { items: { $ref: `#/$defs/d${at + 1}` } }]),
);

test.for<readonly [string, JsonObject]>([
  ['nodes', { properties: wide }],
  ['levels', nested(101)],
  ['levels of references', { items: { $ref: '#/$defs/d0' }, $defs: chain }],
  [
    'characters',
    {
      properties: Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`p${at}`, { $ref: '#/$defs/long' }])),
      $defs: { long: { description: 'x'.repeat(1_000) } },
    },
  ],
])('too many %s are refused', ([, schema], { expect }) => {
  expect(() => toPlainSchema(schema)).toThrow(SchemaTooLargeError);
});

test('a bomb of references is refused at once', ({ expect }) => {
  const doubling = Array.from({ length: 60 }, (_, at) => {
    return [`d${at}`, { allOf: [{ $ref: `#/$defs/d${at + 1}` }, { $ref: `#/$defs/d${at + 1}` }] }];
  });
  const schema = { items: { $ref: '#/$defs/d0' }, $defs: Object.fromEntries([...doubling, ['d60', text]]) };
  const startedAt = performance.now();
  expect(() => toPlainSchema(schema)).toThrow(SchemaTooLargeError);
  expect(performance.now() - startedAt).toBeLessThan(500);
});

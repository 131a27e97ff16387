import { test } from 'vitest';
import type { JsonObject } from './json.ts';
import { toGrammarSchema } from './output-schema.ts';

const text = { type: 'string' } as const;
const object = (properties: JsonObject, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
});
const closed = (properties: JsonObject, required?: string[]) => ({
  ...object(properties, required),
  additionalProperties: false,
});

const taken: Readonly<Record<string, readonly [JsonObject, JsonObject]>> = {
  'every object is closed': [
    object({
      a: object({ b: text }),
      c: { type: 'array', items: object({ d: text }) },
      e: { anyOf: [object({ f: text }), text] },
    }),
    closed({
      a: closed({ b: text }),
      c: { type: 'array', items: closed({ d: text }) },
      e: { anyOf: [closed({ f: text }), text] },
    }),
  ],
  'a closed object without properties': [closed({}), closed({})],
  'bounds are told in words': [
    object({ n: { type: 'integer', minimum: 1, maximum: 5 }, s: { ...text, description: 'A name', maxLength: 9 } }),
    closed({
      n: { type: 'integer', description: 'minimum: 1 maximum: 5' },
      s: { ...text, description: 'A name maxLength: 9' },
    }),
  ],
  'formats that are known stay': [
    object({ a: { ...text, format: 'date' }, b: { ...text, format: 'phone' } }),
    closed({ a: { ...text, format: 'date' }, b: { ...text, description: 'format: "phone"' } }),
  ],
  'choices of words, and patterns': [
    object({ a: { enum: ['x', 'y'] }, b: { const: 1 }, c: { ...text, pattern: '^[a-z]+$' } }),
    closed({ a: { enum: ['x', 'y'] }, b: { const: 1 }, c: { ...text, pattern: '^[a-z]+$' } }),
  ],
  '24 optional properties': [
    object(Object.fromEntries(Array.from({ length: 24 }, (_, at) => [`p${at}`, text])), []),
    closed(Object.fromEntries(Array.from({ length: 24 }, (_, at) => [`p${at}`, text])), []),
  ],
};

test.for(Object.entries(taken))('%s', ([, [schema, expected]], { expect }) => {
  expect(toGrammarSchema(schema)).toEqual(expected);
});

const union = { anyOf: [text, { type: 'null' }] };
const left: Readonly<Record<string, JsonObject>> = {
  'an open object': { type: 'object' },
  'an object open within': object({ a: { type: 'object', properties: {} } }),
  'other properties allowed': { ...object({ a: text }), additionalProperties: true },
  'other properties of a kind': { ...object({ a: text }), additionalProperties: text },
  anything: object({ a: {} }),
  'anything, said shortly': object({ a: true }),
  'lists of anything': object({ a: { type: 'array', items: {} } }),
  'no choice at all': object({ a: { anyOf: [] } }),
  'a reference': object({ a: { $ref: '#/$defs/a' } }),
  oneOf: object({ a: { oneOf: [text] } }),
  allOf: object({ a: { allOf: [text] } }),
  not: object({ a: { ...text, not: { const: '' } } }),
  conditions: { ...object({ a: text }), if: {}, else: {} },
  'names by pattern': { ...closed({ a: text }), patternProperties: { x: text } },
  tuples: object({ a: { type: 'array', prefixItems: [text] } }),
  'look-ahead': object({ a: { ...text, pattern: '^(?=.*x)' } }),
  'look-behind': object({ a: { ...text, pattern: '(?<!x)y' } }),
  '25 optional properties': object(Object.fromEntries(Array.from({ length: 25 }, (_, at) => [`p${at}`, text])), []),
  '17 unions': object(Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`p${at}`, union]))),
  '17 lists of types': object(
    Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`p${at}`, { type: ['string', 'null'] }])),
  ),
};

test.for(Object.entries(left))('no grammar is made from %s', ([, schema], { expect }) => {
  expect(toGrammarSchema(schema)).toBeUndefined();
});

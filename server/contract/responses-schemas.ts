import { type Schema, Validator } from '@cfworker/json-schema';
import { responsesExtensions } from '../../shared/openai/responses-answer.ts';
import { isObject, type JsonObject } from '../dialects/json-object.ts';
import items from './schemas/openai/response.item-list.schema.json' with { type: 'json' };
import response from './schemas/openai/response.schema.json' with { type: 'json' };
import event from './schemas/openai/response.stream-event.schema.json' with { type: 'json' };

/**
 * One object schema of all parts, as far as they are objects: a part alone cannot refuse what it does not name, since
 * another part may.
 */
function merged(parts: readonly unknown[], definitions: JsonObject): JsonObject {
  const properties: Record<string, unknown> = {};
  const required: unknown[] = [];
  for (const part of parts) {
    const whole = resolved(part, definitions);
    Object.assign(properties, whole['properties']);
    if (Array.isArray(whole['required'])) required.push(...whole['required']);
  }
  return { type: 'object', properties, required };
}

function resolved(part: unknown, definitions: JsonObject): JsonObject {
  if (!isObject(part)) throw new Error('a part of allOf is a schema');
  const { $ref: reference, allOf } = part;
  if (typeof reference === 'string') return resolved(definitions[reference.replace('#/$defs/', '')], definitions);
  return Array.isArray(allOf) ? merged(allOf, definitions) : part;
}

/** The schema, refusing every property it does not name. */
function closed(schema: unknown, definitions: JsonObject): unknown {
  if (Array.isArray(schema)) return schema.map((each) => closed(each, definitions));
  if (!isObject(schema)) return schema;
  const { allOf } = schema;
  const whole = Array.isArray(allOf) ? merged(allOf, definitions) : schema;
  const inner = Object.fromEntries(Object.entries(whole).map(([name, value]) => [name, closed(value, definitions)]));
  // An object that names nothing at all is the caller's own: a JSON Schema.
  const namesAny = isObject(whole['properties']) && Object.keys(whole['properties']).length > 0;
  const isOpen = namesAny && !('additionalProperties' in whole);
  return isOpen ? { ...inner, additionalProperties: false } : inner;
}

function isSchema(value: unknown): value is Schema {
  return isObject(value);
}

function validatorOf(schema: { readonly $defs: JsonObject }): Validator {
  const strict = closed(schema, schema.$defs);
  if (!isSchema(strict)) throw new Error('the schema is an object');
  return new Validator(strict, '2020-12', false);
}

const validators = { response: validatorOf(response), event: validatorOf(event), items: validatorOf(items) };

/** `value` without our extensions; `place` and its own type are the names of the lists that hold for it. */
function bare(value: unknown, place: string): unknown {
  if (Array.isArray(value)) return value.map((each) => bare(each, ''));
  if (!isObject(value)) return value;
  const lists = Object.entries(responsesExtensions).filter(([name]) => name === place || name === value['type']);
  const ours: readonly string[] = lists.flatMap(([, names]) => names);
  const kept = Object.entries(value).filter(([name]) => !ours.includes(name));
  return Object.fromEntries(kept.map(([name, member]) => [name, bare(member, name)]));
}

/**
 * What is wrong with a Response, with one event of its stream, or with a list of its input items, by OpenAI's own schema; empty when nothing is. Our listed
 * extensions are taken out first. `value` is parsed JSON.
 */
export function faultsOfResponses(name: keyof typeof validators, value: unknown): readonly string[] {
  const { errors } = validators[name].validate(bare(value, name));
  // The outermost complaints only say that something inside them is wrong.
  return errors.map(({ instanceLocation, error }) => `${name} ${instanceLocation}: ${error}`).slice(-6);
}

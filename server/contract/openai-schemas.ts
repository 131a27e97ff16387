import { type Schema, Validator } from '@cfworker/json-schema';
import { chatExtensions } from '../../shared/openai/extensions.ts';
import chunk from './schemas/openai/chat.completion.chunk.schema.json' with { type: 'json' };
import completion from './schemas/openai/chat.completion.schema.json' with { type: 'json' };
import textCompletion from './schemas/openai/completion.schema.json' with { type: 'json' };
import error from './schemas/openai/error.schema.json' with { type: 'json' };
import model from './schemas/openai/model.schema.json' with { type: 'json' };
import list from './schemas/openai/models.list.schema.json' with { type: 'json' };

const schemas = { completion, chunk, textCompletion, error, model, list };
export type SchemaName = keyof typeof schemas;

type Json = Readonly<Record<string, unknown>>;

/** Fields of ours by the object they stand in. A model's (shared/api/models.ts) all stand in one. */
const extensions: Readonly<Record<string, readonly string[]>> = { ...chatExtensions, model: ['pennyworth'] };

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * OpenAI's schemas allow any further field. Ours do not: with our listed extensions taken out, nothing may be left that
 * OpenAI does not name.
 */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (!isObject(schema)) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  const isOpen = isObject(schema['properties']) && !('additionalProperties' in schema);
  return isOpen ? { ...inner, additionalProperties: false } : inner;
}

function isSchema(value: unknown): value is Schema {
  return isObject(value);
}

function validatorOf(name: SchemaName): Validator {
  const schema = closed(schemas[name]);
  if (!isSchema(schema)) throw new Error(`${name} is no schema`);
  return new Validator(schema, '2020-12', false);
}

const validators = new Map<SchemaName, Validator>();

/** `value` without our extensions; `place` is the name of the list that holds for it. */
function bare(value: unknown, place: string): unknown {
  if (Array.isArray(value)) return value.map((each) => bare(each, place));
  if (!isObject(value)) return value;
  const ours = extensions[place] ?? [];
  const isOurs = (name: string) => ours.includes(name) || (name === 'type' && ours.includes(String(value['type'])));
  const kept = Object.entries(value).filter(([name, member]) => member !== undefined && !isOurs(name));
  return Object.fromEntries(kept.map(([name, member]) => [name, bare(member, placeOf(name, place))]));
}

/** The lists are named in the singular, and after where they stand. */
function placeOf(name: string, parent: string): string {
  if (name === 'tool_calls') return parent === 'delta' ? 'deltaToolCall' : 'toolCall';
  return { choices: 'choice', data: 'model' }[name] ?? name;
}

/** What is wrong with an answer by OpenAI's own schema, our listed extensions aside; empty when nothing is. */
export function faultsOf(name: SchemaName, value: unknown): readonly string[] {
  let validator = validators.get(name);
  if (!validator) {
    validator = validatorOf(name);
    validators.set(name, validator);
  }
  const { errors } = validator.validate(bare(value, name));
  // The outermost complaints only say that something inside them is wrong.
  return errors.map(({ instanceLocation, error: text }) => `${name} ${instanceLocation}: ${text}`).slice(-6);
}

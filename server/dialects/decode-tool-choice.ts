import { invalidRequest } from '../errors.ts';
import type { Tool, ToolChoice } from '../model/request.ts';
import { isObject, type JsonObject } from './json-object.ts';
import { type Reading, requireName, requireObject, wrong } from './reading.ts';

export interface DecodedToolChoice {
  readonly choice: ToolChoice | undefined;
  /** false: one tool at a time. */
  readonly parallel: boolean | undefined;
}

const silent: DecodedToolChoice = { choice: undefined, parallel: undefined };

const forms =
  'is "auto", "none", "required", {"type":"function","function":{"name":…}}, {"type":"custom",…} or {"type":"allowed_tools",…}';

/**
 * OpenAI's forms, nested and flat, Cursor's `{}` (auto), Anthropic's `{"type":"any"}` and the rest of them, and the
 * `function_call` of old.
 * @throws GatewayError 400 naming the member, and for a tool that is not among the tools
 */
export function decodeToolChoice(
  value: unknown,
  field: string,
  tools: readonly Pick<Tool, 'name'>[],
  reading: Reading,
): DecodedToolChoice {
  if (value === undefined || value === null) return silent;
  const { choice, parallel } =
    typeof value === 'string'
      ? { choice: readWord(value, field), parallel: undefined }
      : readForm(value, field, reading);
  if (choice.type !== 'auto' && choice.type !== 'none' && tools.length === 0) {
    throw invalidRequest(`${field}: there are no tools to choose from; send tools.`, field);
  }
  const names = choice.type === 'tool' ? [choice.name] : choice.type === 'allowed' ? choice.names : [];
  const known = new Set(tools.map(({ name }) => name));
  const missing = names.findIndex((name) => !known.has(name));
  if (missing >= 0) throw wrong(pathOfName(value, field, missing), 'is not among the tools; name one of them');
  return { choice, parallel };
}

function readWord(word: string, field: string): ToolChoice {
  if (word === 'auto' || word === 'none' || word === 'required') return { type: word };
  if (word === 'any') return { type: 'required' };
  throw wrong(field, forms);
}

function readForm(
  value: unknown,
  field: string,
  reading: Reading,
): { choice: ToolChoice; parallel: boolean | undefined } {
  if (!isObject(value)) throw wrong(field, forms);
  const { type, disable_parallel_tool_use: single } = value;
  reading.dropped.addUnknown(value, knownInChoice, field);
  if (single !== undefined && typeof single !== 'boolean') {
    throw wrong(`${field}.disable_parallel_tool_use`, 'is true or false');
  }
  const parallel = single === undefined ? undefined : !single;
  switch (type) {
    case undefined:
      // `{}` is what Cursor sends for "auto"; `{"name":…}` is function_call's form.
      return { choice: value['name'] === undefined ? { type: 'auto' } : named(value, value, field), parallel };
    case 'auto':
    case 'none':
      return { choice: { type }, parallel };
    case 'required':
    case 'any':
      return { choice: { type: 'required' }, parallel };
    case 'tool':
      return { choice: named(value, value, field), parallel };
    case 'function':
    case 'custom':
      return { choice: named(value, value[type], `${field}.${type}`, field), parallel };
    case 'allowed_tools':
      return { choice: allowed(value, field), parallel };
    default:
      throw wrong(`${field}.type`, forms);
  }
}

const knownInChoice: readonly string[] = [
  'type',
  'name',
  'function',
  'custom',
  'allowed_tools',
  'mode',
  'tools',
  'disable_parallel_tool_use',
];

/** The name stands in a member, or flat beside the type as Responses has it. */
function named(choice: JsonObject, member: unknown, at: string, flatAt = at): ToolChoice {
  if (isObject(member)) return { type: 'tool', name: requireName(member, 'name', at) };
  if (member === undefined && choice['name'] === undefined) throw wrong(at, 'is missing; name the tool in it');
  return { type: 'tool', name: requireName(choice, 'name', flatAt) };
}

function allowed(choice: JsonObject, field: string): ToolChoice {
  const isFlat = choice['allowed_tools'] === undefined;
  const source = isFlat ? choice : requireObject(choice, 'allowed_tools', field);
  const at = isFlat ? field : `${field}.allowed_tools`;
  const { mode, tools } = source;
  if (mode !== 'auto' && mode !== 'required') throw wrong(`${at}.mode`, 'is "auto" or "required"');
  if (!Array.isArray(tools) || tools.length === 0) throw wrong(`${at}.tools`, 'is a list of tools; name at least one');
  const names = tools.map((tool: unknown, index) => {
    const where = `${at}.tools[${index}]`;
    if (!isObject(tool)) throw wrong(where, 'is not an object; send {"type":"function","function":{"name":…}}');
    const nested = tool['function'] ?? tool['custom'];
    return requireName(isObject(nested) ? nested : tool, 'name', where);
  });
  return { type: 'allowed', mode, names };
}

function pathOfName(value: unknown, field: string, index: number): string {
  if (!isObject(value)) return field;
  const { type } = value;
  if (type === 'allowed_tools')
    return `${field}${isObject(value['allowed_tools']) ? '.allowed_tools' : ''}.tools[${index}]`;
  const nested = typeof type === 'string' && isObject(value[type]);
  return nested ? `${field}.${type}.name` : `${field}.name`;
}

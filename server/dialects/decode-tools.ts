import type { Tool } from '../model/request.ts';
import { customInputSchema } from './custom-tools.ts';
import { isObject, type JsonObject } from './json-object.ts';
import { cacheAfterOf, optionalText, type Reading, requireName, requireObject, wrong } from './reading.ts';

/** What the answer has to look like for tools that are not OpenAI's functions. */
export interface AnswerForms {
  /** Names of the tools whose calls are answered as `custom`. */
  readonly customTools: ReadonlySet<string>;
  /** The caller sent `functions`, the form before tools: a call is answered as `function_call`. */
  readonly isLegacy: boolean;
}

export interface DecodedTools extends AnswerForms {
  readonly tools: readonly Tool[];
}

/** What is read of a request: each entry is checked here, with its place. */
interface ToolFields {
  readonly tools?: readonly JsonObject[] | null | undefined;
  readonly functions?: readonly JsonObject[] | null | undefined;
}

const noTools: DecodedTools = { tools: [], customTools: new Set(), isLegacy: false };

/**
 * Functions and custom tools in OpenAI's two shapes and in Anthropic's. Tools that run elsewhere (`web_search` …) cannot
 * be offered to a model here, so they are reported.
 * @throws GatewayError 400 naming the member, and for two tools of one name
 */
export function decodeTools(asked: ToolFields, reading: Reading): DecodedTools {
  const { tools, functions } = asked;
  if (!tools?.length && !functions?.length) return noTools;
  if (tools?.length && functions?.length) throw wrong('functions', 'stands beside tools; send only tools');
  const isLegacy = Boolean(functions?.length);
  const field = isLegacy ? 'functions' : 'tools';
  const entries = ((isLegacy ? functions : tools) ?? []).map((entry, index) => ({ entry, at: `${field}[${index}]` }));
  return decodeToolEntries(entries, reading, isLegacy);
}

/** A tool as it was sent, and its place in the request. */
export interface ToolEntry {
  readonly entry: JsonObject;
  readonly at: string;
}

/** As many as a list of tools may have; those of namespaces are told to a model one by one. */
const mostTools = 512;

/** The same, of entries that may stand in several places. @throws GatewayError 400 as decodeTools */
export function decodeToolEntries(entries: readonly ToolEntry[], reading: Reading, isLegacy = false): DecodedTools {
  if (entries.length === 0) return noTools;
  const surplus = entries[mostTools];
  if (surplus) throw wrong(surplus.at, `is one of more than ${mostTools} tools; send fewer`);
  const decoded: Tool[] = [];
  const seen = new Set<string>();
  const customTools = new Set<string>();
  for (const { entry, at } of entries) {
    const named = isLegacy ? readFunction(entry, entry, at, 'functions', reading) : readTool(entry, at, reading);
    if (!named) continue;
    const { tool, namePath, isCustom } = named;
    if (seen.has(tool.name)) throw wrong(namePath, 'two tools have this name; give each its own');
    seen.add(tool.name);
    if (isCustom) customTools.add(tool.name);
    decoded.push(tool);
  }
  return { tools: decoded, customTools, isLegacy };
}

interface NamedTool {
  readonly tool: Tool;
  readonly namePath: string;
  readonly isCustom?: true;
}

function readTool(entry: JsonObject, at: string, reading: Reading): NamedTool | undefined {
  const { type } = entry;
  const { function: definition, custom } = entry;
  if (isObject(definition)) {
    reading.dropped.addUnknown(entry, ['type', 'function', 'cache_control'], 'tools');
    return readFunction(definition, entry, `${at}.function`, 'tools.function', reading);
  }
  if (isObject(custom)) {
    reading.dropped.addUnknown(entry, ['type', 'custom', 'cache_control'], 'tools');
    return readCustom(custom, entry, `${at}.custom`, reading);
  }
  // Anthropic's, whose type is `custom` or nothing; and OpenAI's flat one of Responses, which Cursor sends here.
  if (entry['input_schema'] !== undefined && (type === undefined || type === null || type === 'custom')) {
    return readFunction(entry, entry, at, 'tools', reading, 'input_schema');
  }
  if (type === 'function' && entry['name'] !== undefined) return readFunction(entry, entry, at, 'tools', reading);
  if (type === 'custom' && entry['name'] !== undefined) return readCustom(entry, entry, at, reading);
  if (type === 'function' || type === 'custom') requireObject(entry, type, at);
  if (typeof type !== 'string') throw wrong(`${at}.type`, 'is "function" or "custom"');
  reading.dropped.add(`tools.${type}`.slice(0, 64));
  return undefined;
}

/** `definition` has name and schema, `entry` the mark for the cache; they are one object in the flat shapes. */
function readFunction(
  definition: JsonObject,
  entry: JsonObject,
  at: string,
  reportedAs: string,
  reading: Reading,
  schemaField = 'parameters',
): NamedTool {
  const known = ['type', 'name', 'description', schemaField, 'strict', 'cache_control'];
  reading.dropped.addUnknown(definition, known, reportedAs);
  const schema = definition[schemaField] ?? undefined;
  if (schema !== undefined && !isObject(schema)) throw wrong(`${at}.${schemaField}`, 'is a JSON Schema, an object');
  const strict = definition['strict'] ?? false;
  if (typeof strict !== 'boolean') throw wrong(`${at}.strict`, 'is true or false');
  const tool: Tool = {
    name: requireName(definition, 'name', at),
    description: optionalText(definition, 'description', at),
    inputSchema: schema ?? { type: 'object', properties: {} },
    strict,
    ...cacheAfterOf(definition['cache_control'] ? definition : entry, at, reading),
  };
  return { tool, namePath: `${at}.name` };
}

function readCustom(custom: JsonObject, entry: JsonObject, at: string, reading: Reading): NamedTool {
  const known = ['type', 'name', 'description', 'format', 'cache_control'];
  reading.dropped.addUnknown(custom, known, 'tools.custom');
  const name = requireName(custom, 'name', at);
  const description = optionalText(custom, 'description', at);
  const rule = readFormat(custom['format'] ?? undefined, `${at}.format`, reading);
  const told = rule === undefined ? description : [description, rule].filter((text) => text !== undefined).join('\n\n');
  return {
    tool: {
      name,
      description: told,
      inputSchema: customInputSchema,
      strict: false,
      ...cacheAfterOf(custom['cache_control'] ? custom : entry, at, reading),
    },
    namePath: `${at}.name`,
    isCustom: true,
  };
}

/** A grammar cannot be enforced here: the model is told of it, and that it is no more than told is reported. */
function readFormat(format: unknown, at: string, reading: Reading): string | undefined {
  if (format === undefined) return undefined;
  if (!isObject(format)) throw wrong(at, 'is an object');
  if (format['type'] === 'text') return undefined;
  if (format['type'] !== 'grammar') throw wrong(`${at}.type`, 'is "text" or "grammar"');
  // Responses has the grammar's members in the format itself.
  const nested = format['grammar'];
  const grammar = isObject(nested) ? nested : format;
  const where = isObject(nested) ? `${at}.grammar` : at;
  const syntax = requireName(grammar, 'syntax', where);
  const definition = requireName(grammar, 'definition', where);
  reading.dropped.add('tools.custom.format');
  return `The input follows this ${syntax} grammar:\n${definition}`;
}

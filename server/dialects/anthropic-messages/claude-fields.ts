import type { ModelRequest } from '../../model/request.ts';
import { asksSomething } from '../dropped-fields.ts';
import { isObject, type JsonObject } from '../json-object.ts';
import { cacheAfterOf, type Reading, requireName, wrong } from '../reading.ts';

// What a request says in words that only Claude knows: ModelRequest.claude.

type ClaudeFields = NonNullable<ModelRequest['claude']>;

/**
 * Tools that Anthropic defines and the caller runs, by the start of their `type`; and the search among the caller's own
 * tools, which Claude does by itself. All others run at Anthropic.
 */
const clientTools =
  /^(bash|text_editor|computer|computer_toolset|browser_toolset|memory|tool_search_tool_\w+?)(_\d+)?$/;

/** Members of a tool of the caller's own that only Claude knows. */
const claudeToolMembers = ['defer_loading', 'input_examples', 'eager_input_streaming', 'allowed_callers'] as const;

/** Fields of the request that only Claude knows. */
const claudeRequestFields = ['context_management'] as const;

/** A tool as the caller listed it, and where. */
interface PlacedTool {
  readonly entry: JsonObject;
  readonly at: string;
}

export interface SplitTools {
  /** What every model can be offered. */
  readonly tools: readonly PlacedTool[];
  readonly claude: Pick<ClaudeFields, 'tools' | 'toolFields'>;
}

/**
 * Tells tools that any model can be offered from those only Claude knows; what runs at Anthropic is reported.
 * @throws GatewayError 400 naming the member
 */
export function splitTools(listed: readonly PlacedTool[], reading: Reading): SplitTools {
  const tools: PlacedTool[] = [];
  const claudeTools: JsonObject[] = [];
  const toolFields = new Map<string, JsonObject>();
  const seen = new Set<string>();
  for (const { entry, at } of listed) {
    const type = entry['type'] ?? 'custom';
    if (typeof type !== 'string') throw wrong(`${at}.type`, 'is a text; leave it out, or send "custom"');
    if (type === 'custom' || type === 'function') {
      const { own, members } = splitMembers(requireSchema(entry, at));
      if (members) toolFields.set(requireName(entry, 'name', at), members);
      tools.push({ entry: own, at });
      refuseSecond(entry, at, seen);
    } else if (clientTools.test(type)) {
      refuseSecond(entry, at, seen);
      cacheAfterOf(entry, at, reading);
      claudeTools.push(entry);
    } else reading.dropped.add(`tools.${type.slice(0, 64)}`);
  }
  return { tools, claude: { tools: claudeTools, toolFields: Object.fromEntries(toolFields) } };
}

/** Calls are answered by the name. @throws GatewayError 400 for a second tool of one name */
function refuseSecond(entry: JsonObject, at: string, seen: Set<string>): void {
  const { function: nested } = entry;
  const name = isObject(nested) ? nested['name'] : entry['name'];
  if (typeof name !== 'string') return;
  if (seen.has(name))
    throw wrong(`${at}${isObject(nested) ? '.function' : ''}.name`, 'two tools have this name; give each its own');
  seen.add(name);
}

/** A tool of the caller's own has a schema here. OpenAI's shapes, which clients send in error, have it elsewhere. */
function requireSchema(entry: JsonObject, at: string): JsonObject {
  if (isObject(entry['input_schema']) || isObject(entry['function']) || entry['type'] === 'function') return entry;
  throw wrong(`${at}.input_schema`, 'is missing; send a JSON Schema, {"type":"object"} at least');
}

function splitMembers(entry: JsonObject): { readonly own: JsonObject; readonly members: JsonObject | undefined } {
  if (!claudeToolMembers.some((name) => name in entry)) return { own: entry, members: undefined };
  const own: Record<string, unknown> = { ...entry };
  const members: Record<string, unknown> = {};
  for (const name of claudeToolMembers) {
    const value = entry[name];
    if (asksSomething(value) && !(name === 'allowed_callers' && isDirectOnly(value))) members[name] = value;
    delete own[name];
  }
  return { own, members: Object.keys(members).length > 0 ? members : undefined };
}

/** What holds anyway: the model alone calls it. */
function isDirectOnly(callers: unknown): boolean {
  return Array.isArray(callers) && callers.every((caller) => caller === 'direct');
}

/**
 * The betas of all `anthropic-beta` headers, each a list with commas, and of the body, where Bedrock's own clients and
 * the SDK's types have them.
 * @throws GatewayError 400 naming the member
 */
export function betasOf(headers: readonly string[], body: JsonObject): readonly string[] {
  const inBody = [readBetas(body, 'betas'), readBetas(body, 'anthropic_beta')].flat();
  if (headers.length === 0 && inBody.length === 0) return [];
  const named = [...headers.flatMap((header) => header.split(',')), ...inBody].map((beta) => beta.trim());
  return [...new Set(named.filter((beta) => beta !== ''))];
}

function readBetas(body: JsonObject, field: string): readonly string[] {
  const betas = body[field] ?? [];
  if (typeof betas === 'string') return betas.split(',');
  if (!Array.isArray(betas)) throw wrong(field, 'is a list of betas; send ["context-management-2025-06-27"]');
  return betas.map((beta: unknown, index) => {
    if (typeof beta !== 'string') throw wrong(`${field}[${index}]`, 'is a text');
    return beta;
  });
}

/** undefined for a request that says nothing in words of its own, as most do. */
export function claudeFieldsOf(
  body: JsonObject,
  betas: readonly string[],
  { tools, toolFields }: SplitTools['claude'],
): ModelRequest['claude'] {
  const asked = claudeRequestFields.filter((name) => asksSomething(body[name]));
  const isSilent = betas.length + asked.length + tools.length + Object.keys(toolFields).length === 0;
  if (isSilent) return undefined;
  return { betas, fields: Object.fromEntries(asked.map((name) => [name, body[name]])), tools, toolFields };
}

/** Tools that come into force in the middle of a conversation, in `tool_addition` blocks of its system messages. */
export function addedTools(messages: readonly JsonObject[]): readonly PlacedTool[] {
  return messages.flatMap(({ role, content }, index) => {
    if (role !== 'system' || !Array.isArray(content)) return [];
    return content.flatMap((block: unknown, place) => {
      if (!isObject(block) || block['type'] !== 'tool_addition' || !isObject(block['tool'])) return [];
      const { type, definition } = block['tool'];
      const at = `messages[${index}].content[${place}].tool.definition`;
      return type === 'tool_definition' && isObject(definition) ? [{ entry: definition, at }] : [];
    });
  });
}

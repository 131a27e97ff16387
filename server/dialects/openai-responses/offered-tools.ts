import type { ToolEntry } from '../decode-tools.ts';
import { isObject, type JsonObject } from '../json-object.ts';
import { optionalText, type Reading, requireName, wrong } from '../reading.ts';
import { asFunction, isClientTool } from './client-tools.ts';

/** A tool of a namespace, as its calls have to name it: `namespace` and `name` of a function_call item. */
export interface NamespacedTool {
  readonly namespace: string;
  readonly name: string;
}

export interface OfferedTools {
  /** Without namespaces, each with its place in the request. */
  readonly entries: readonly ToolEntry[];
  /** Names of the tools whose calls are answered in a shape of OpenAI's (`shell_call` …). */
  readonly clientTools: ReadonlySet<string>;
  /** By the name the model is told. */
  readonly namespaces: ReadonlyMap<string, NamespacedTool>;
}

/** Models know no namespaces: the name in full, as MCP's clients write such names. */
export function namespacedName(namespace: string, name: string): string {
  return `${namespace}__${name}`;
}

/**
 * The tools of `tools` and of the `additional_tools` items, which come into force later in the conversation: the model is
 * told of all from the start. Namespaces are resolved, and tools of OpenAI's that the caller carries out are functions.
 * @throws GatewayError 400 naming the member
 */
export function offeredTools(
  tools: readonly JsonObject[],
  input: string | readonly unknown[],
  reading: Reading,
): OfferedTools {
  const listed = [...placed(tools, 'tools')];
  if (typeof input !== 'string') {
    for (const [index, item] of input.entries()) {
      if (isObject(item) && item['type'] === 'additional_tools')
        listed.push(...additional(item, `input[${index}]`, reading));
    }
  }
  const namespaces = new Map<string, NamespacedTool>();
  const clientTools = new Set<string>();
  const entries = listed.flatMap((each) => {
    const { type } = each.entry;
    if (type === 'namespace') return resolve(each, namespaces, reading);
    const told = asFunction(each, reading);
    if (told !== each && isClientTool(type)) clientTools.add(type);
    return [told];
  });
  return { entries, clientTools, namespaces };
}

function* placed(tools: readonly unknown[], path: string): Generator<ToolEntry> {
  for (const [index, entry] of tools.entries()) {
    const at = `${path}[${index}]`;
    if (!isObject(entry)) throw wrong(at, 'is not a tool; send an object');
    yield { entry, at };
  }
}

function additional(item: JsonObject, path: string, { dropped }: Reading): Iterable<ToolEntry> {
  dropped.addUnknown(item, ['type', 'id', 'role', 'tools'], 'input');
  const { tools } = item;
  if (!Array.isArray(tools)) throw wrong(`${path}.tools`, 'is a list of tools');
  return placed(tools, `${path}.tools`);
}

/** The namespace's own description goes to its first tool: there is no other place a model would read it in. */
function resolve(
  { entry, at }: ToolEntry,
  namespaces: Map<string, NamespacedTool>,
  { dropped }: Reading,
): readonly ToolEntry[] {
  dropped.addUnknown(entry, ['type', 'name', 'description', 'tools'], 'tools.namespace');
  const namespace = requireName(entry, 'name', at);
  const about = optionalText(entry, 'description', at);
  const { tools } = entry;
  if (!Array.isArray(tools)) throw wrong(`${at}.tools`, 'is a list of tools');
  return [...placed(tools, `${at}.tools`)].map((inner, index) => {
    const name = requireName(inner.entry, 'name', inner.at);
    const told = optionalText(inner.entry, 'description', inner.at);
    const full = namespacedName(namespace, name);
    namespaces.set(full, { namespace, name });
    if (index > 0 || !about) return { at: inner.at, entry: { ...inner.entry, name: full } };
    const description = `Tools of ${namespace}: ${about}${told ? `\n\n${told}` : ''}`;
    return { at: inner.at, entry: { ...inner.entry, name: full, description } };
  });
}

/**
 * A choice among the tools a model here is told of: names of namespaces in full, the caller's own shell by its name, and
 * no hosted tools, which are reported. undefined: nothing is left to choose.
 */
export function ownChoice(choice: unknown, { clientTools }: OfferedTools, { dropped }: Reading): unknown {
  if (!isObject(choice)) return choice;
  const { type } = choice;
  if (type === undefined || type === 'auto' || type === 'none' || type === 'required') return choice;
  if (type !== 'allowed_tools') {
    const own = asOwn(choice, clientTools);
    if (!own) dropped.add('tool_choice');
    return own;
  }
  const { tools } = choice;
  if (!Array.isArray(tools)) return choice;
  const own = tools.flatMap((tool: unknown) => (isObject(tool) ? (asOwn(tool, clientTools) ?? []) : [tool]));
  if (own.length < tools.length) dropped.add('tool_choice.tools');
  // Only hosted tools were allowed, so none of ours is.
  if (own.length === 0 && tools.length > 0) return 'none';
  return { ...choice, tools: own };
}

/** One tool of a choice as the model knows it; undefined: it is not told of it. */
function asOwn(choice: JsonObject, clientTools: ReadonlySet<string>): JsonObject | undefined {
  const { type, namespace, name, ...others } = choice;
  if (isClientTool(type)) return clientTools.has(type) ? { type: 'function', name: type } : undefined;
  if (type !== undefined && type !== 'function' && type !== 'custom') return undefined;
  if (typeof namespace !== 'string' || typeof name !== 'string') return choice;
  return { ...others, type, name: namespacedName(namespace, name) };
}

import { createHash } from 'node:crypto';
import type { CatalogueModel } from '../../catalogue/catalogue.ts';
import { invalidRequest } from '../../errors.ts';
import type { ModelRequest, Tool } from '../../model/request.ts';

/** Bedrock's names for the caller's tools in one request, and the way back. */
export class ToolNames {
  readonly #toBedrock = new Map<string, string>();
  readonly #toCaller = new Map<string, string>();

  /** A letter first, then letters, digits, `_` and `-`, at most 64 (Converse's pattern, and what models add to it). */
  encode(name: string): string {
    const known = this.#toBedrock.get(name);
    if (known !== undefined) return known;
    const clean = name.replaceAll(/[^a-zA-Z0-9_-]/g, '_').replace(/^(?![a-zA-Z])/, 't_');
    const isFree = clean.length <= 64 && !this.#toCaller.has(clean);
    const legal = isFree ? clean : `${clean.slice(0, 55)}_${digest(name, 8)}`;
    this.#toBedrock.set(name, legal);
    this.#toCaller.set(legal, name);
    return legal;
  }

  decode(legal: string): string {
    return this.#toCaller.get(legal) ?? legal;
  }
}

/** A tool call's id as Bedrock takes it: the caller's where it can be, otherwise always the same one made from it. */
export function toToolUseId(id: string): string {
  return /^[a-zA-Z0-9_.:-]{1,64}$/.test(id) ? id : `call_${digest(id, 32)}`;
}

function digest(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

/** Converse's toolConfig, or undefined when there are no tools: an empty list is refused. */
export function encodeToolConfig(
  request: ModelRequest,
  model: CatalogueModel,
  names: ToolNames,
  dropped: Set<string>,
): object | undefined {
  if (request.tools.length === 0) return undefined;
  if (!model.capabilities.tools) {
    throw invalidRequest(`tools: ${model.alias} takes no tools. Leave them out, or choose another model.`, 'tools');
  }
  const tools = request.tools.map((tool) => ({ toolSpec: encodeTool(tool, names) }));
  const toolChoice = encodeToolChoice(request, model, names, dropped);
  return { tools, ...(toolChoice && { toolChoice }) };
}

function encodeTool({ name, description, inputSchema }: Tool, names: ToolNames): object {
  return {
    name: names.encode(name),
    description: description?.trim() ? description : name,
    inputSchema: { json: inputSchema['type'] === 'object' ? inputSchema : { ...inputSchema, type: 'object' } },
  };
}

/** `none` keeps the tools, for the cache's sake: what the model calls all the same is left out of its answer. */
function encodeToolChoice(
  { toolChoice }: ModelRequest,
  model: CatalogueModel,
  names: ToolNames,
  dropped: Set<string>,
): object | undefined {
  if (!toolChoice || toolChoice.type === 'none' || toolChoice.type === 'auto') return undefined;
  if (!model.capabilities.toolChoice) {
    dropped.add('tool_choice');
    return undefined;
  }
  return toolChoice.type === 'tool' ? { tool: { name: names.encode(toolChoice.name) } } : { any: {} };
}

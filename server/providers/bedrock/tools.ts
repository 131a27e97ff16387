import { createHash } from 'node:crypto';
import type { Capabilities, CatalogueModel } from '../../catalogue/catalogue.ts';
import { invalidRequest } from '../../errors.ts';
import type { ModelRequest, Tool } from '../../model/request.ts';
import { encodeCachePoint } from './cache-points.ts';
import { toGrammarSchema } from './output-schema.ts';
import { planToolChoice } from './tool-choice.ts';
import { type PlainSchema, SchemaTooLargeError, toArgumentsSchema } from './tool-schema.ts';

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

interface ToolConfig {
  /** toolSpec elements, and a cachePoint after each tool that ends a prefix to be cached. */
  readonly tools: object[];
  readonly toolChoice?: object;
}

interface ToolOptions {
  readonly names: ToolNames;
  /** Whether the rest of the request lets a tool be forced (Claude refuses it while it thinks). */
  readonly canForce: boolean;
  readonly dropped: Set<string>;
}

/** The toolConfig, or undefined when there are no tools, for an empty list is refused; and what of the answer is kept. */
interface EncodedTools {
  readonly config: ToolConfig | undefined;
  /** The caller's names of the tools whose calls are handed on; undefined: all. */
  readonly callable: ReadonlySet<string> | undefined;
}

/** @throws GatewayError 400 for tools that the model does not take, and for a schema that is too large */
export function encodeToolConfig(request: ModelRequest, model: CatalogueModel, options: ToolOptions): EncodedTools {
  if (request.tools.length === 0) return { config: undefined, callable: undefined };
  const { capabilities } = model;
  if (!capabilities.tools) {
    throw invalidRequest(`tools: ${model.alias} takes no tools. Leave them out, or choose another model.`, 'tools');
  }
  const { tools, toolChoice, callable } = planToolChoice(request, capabilities, options);
  return {
    config: {
      tools: tools.flatMap((tool) => encodeTool(tool, request.tools, capabilities, options)),
      ...(toolChoice && { toolChoice }),
    },
    callable,
  };
}

function encodeTool(
  tool: Tool,
  all: readonly Tool[],
  { strictTools }: Capabilities,
  { names, dropped }: ToolOptions,
): object[] {
  const { name, description, cacheAfter } = tool;
  const plain = plainSchemaOf(tool, all);
  if (!plain.isExact) dropped.add('tools.function.parameters');
  // A strict tool is written by grammar, with the limits that has.
  const grammar = tool.strict && strictTools && plain.isExact ? toGrammarSchema(plain.schema) : undefined;
  if (tool.strict && !grammar) dropped.add('tools.strict');
  const toolSpec = {
    name: names.encode(name),
    // An empty one is refused, and a missing one by some models.
    description: description?.trim() ? description : name,
    inputSchema: { json: grammar ?? plain.schema },
    ...(grammar && { strict: true }),
  };
  return cacheAfter === undefined ? [{ toolSpec }] : [{ toolSpec }, encodeCachePoint(cacheAfter)];
}

function plainSchemaOf(tool: Tool, all: readonly Tool[]): PlainSchema {
  try {
    return toArgumentsSchema(tool.inputSchema);
  } catch (error) {
    if (!(error instanceof SchemaTooLargeError)) throw error;
    const param = `tools[${all.indexOf(tool)}].function.parameters`;
    const message = `${param}: the schema of ${tool.name.slice(0, 64)} is too large once its $refs are written out; send a smaller one.`;
    throw invalidRequest(message, param);
  }
}

import * as z from 'zod/mini';
import { matchesAny } from '../../auth/authorize.ts';
import type { ObjectSchema } from '../json-schema.ts';
import type { McpTool } from '../surface.ts';
import type { Redaction } from './pass-on.ts';
import { listedNameOf } from './tool-names.ts';

// What upstream servers say of their tools goes to models and clients as it is: data, of which nothing is looked up,
// written out or compiled here. What is too large for that is left out by itself.

/** A tool of an upstream server, by the name it has here. */
export interface UpstreamTool extends Pick<McpTool, 'name' | 'title' | 'description' | 'annotations'> {
  readonly inputSchema: ObjectSchema;
  readonly outputSchema: ObjectSchema | undefined;
  /** By its own server. */
  readonly remoteName: string;
}

/** Why a tool is not listed. `id`: its name here. */
export interface LeftOut {
  readonly id: string;
  readonly reason: string;
}

/** Tools of one server. */
export const mostTools = 200;
/** Of one schema as JSON. */
const mostSchemaBytes = 64_000;
/** Objects and lists within each other. */
const deepestSchema = 40;
/** Of all that is listed of one server. */
const mostBytes = 1_000_000;

const Schema = z.looseObject({ type: z.literal('object') });
const Named = z.looseObject({ name: z.string() });
const Tool = z.looseObject({
  name: z.string().check(z.minLength(1), z.maxLength(256)),
  title: z.optional(z.string().check(z.maxLength(200))),
  description: z.optional(z.string().check(z.maxLength(8_000))),
  inputSchema: Schema,
  outputSchema: z.optional(z.unknown()),
  annotations: z.optional(
    z.object({
      title: z.optional(z.string().check(z.maxLength(200))),
      readOnlyHint: z.optional(z.boolean()),
      destructiveHint: z.optional(z.boolean()),
      idempotentHint: z.optional(z.boolean()),
      openWorldHint: z.optional(z.boolean()),
    }),
  ),
});

/** @param patterns of the server's own names of its tools: what the operator lets through */
export function readTools(
  server: string,
  listed: readonly unknown[],
  { patterns, redaction }: { readonly patterns: readonly string[]; readonly redaction: Redaction },
): { readonly tools: readonly UpstreamTool[]; readonly leftOut: readonly LeftOut[] } {
  const tools = new Map<string, UpstreamTool>();
  const leftOut: LeftOut[] = [];
  let bytes = 0;
  for (const each of listed.slice(0, mostTools)) {
    if (depthOf(each) > deepestSchema) {
      leftOut.push({ id: server, reason: `a tool is nested deeper than ${deepestSchema}` });
      continue;
    }
    const told = redaction.value(each);
    const named = Named.safeParse(told);
    if (named.success && !matchesAny(patterns, named.data.name)) continue;
    const name = named.success ? listedNameOf(server, named.data.name) : server;
    const tool = readTool(told, name);
    const own = typeof tool === 'string' ? 0 : Buffer.byteLength(JSON.stringify(tool));
    if (typeof tool === 'string') leftOut.push({ id: name, reason: tool });
    else if (tools.has(name)) leftOut.push({ id: name, reason: 'another tool has this name' });
    else if (bytes + own > mostBytes) leftOut.push({ id: name, reason: 'the list is too long' });
    else {
      tools.set(name, tool);
      bytes += own;
    }
  }
  if (listed.length > mostTools)
    leftOut.push({ id: server, reason: `only the first ${mostTools} tools are looked at` });
  return { tools: [...tools.values()], leftOut };
}

/** A text says why not. */
function readTool(listed: unknown, name: string): UpstreamTool | string {
  const parsed = Tool.safeParse(listed);
  if (!parsed.success)
    return `${parsed.error.issues[0]?.path.join('.') || 'it'} is missing, too long or of the wrong type`;
  const { name: remoteName, title, description, inputSchema, outputSchema, annotations } = parsed.data;
  for (const schema of [inputSchema, outputSchema]) {
    if (schema === undefined) continue;
    const text = JSON.stringify(schema);
    if (Buffer.byteLength(text) > mostSchemaBytes) return `a schema is longer than ${mostSchemaBytes} bytes`;
    if (foreignReference.test(text)) return 'a schema refers to another document';
  }
  const { title: olderTitle, ...hints } = annotations ?? {};
  const output = Schema.safeParse(outputSchema);
  return {
    name,
    remoteName,
    title: title ?? olderTitle,
    description,
    inputSchema,
    outputSchema: output.success ? output.data : undefined,
    annotations: annotations && hints,
  };
}

/** A client that follows references would fetch it: from wherever the upstream says. */
const foreignReference = /"\$(?:ref|dynamicRef)":"(?!#)/;

/** How deep objects and lists stand within each other, without a stack that a deep one could use up. */
export function depthOf(value: unknown): number {
  let deepest = 0;
  let level: unknown[] = [value];
  while (level.length > 0) {
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
    if (level.length > 0) deepest++;
  }
  return deepest;
}

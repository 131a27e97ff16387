import type {
  CallToolResult,
  GetPromptResult,
  InputRequiredResult,
  Server,
  ServerContext,
} from '@modelcontextprotocol/server';
import type * as z from 'zod/mini';
import type { Access } from '../auth/authorize.ts';
import type { Delivery } from '../http.ts';
import { parseBy } from '../request-input.ts';
import type { AuthenticatedCall } from '../route.ts';
import { type ObjectSchema, toObjectSchema } from './json-schema.ts';

// What the MCP server offers, in the terms of its own tools; serve.ts puts it on the wire. A thing whose access the caller
// does not have is neither listed nor found: a client shows people only what works for them.

/** `legacy`: the revisions with `initialize`, to 2025-11-25; `modern`: the stateless one, 2026-07-28. */
export type Era = 'legacy' | 'modern';

/** One request of an MCP client, for whatever answers it. */
export interface McpCall {
  /** The HTTP call that carries it: who calls, and by which right. */
  readonly call: AuthenticatedCall;
  /** Aborted when the client cancels the request, where the same process serves it. */
  readonly signal: AbortSignal;
  /** Aborted when nobody waits any more: by a cancellation, or by a closed connection where the adapter hears of one. */
  readonly left: AbortSignal;
  /** The SDK's own view of the request: its id, `_meta`, and what a client was asked for. */
  readonly sdk: ServerContext;
  /** Tells a client that asked for progress how far the work is. `done` grows with each call; its unit is the tool's. */
  progress(done: number, message?: string): Promise<void>;
  /** Work that must be done after the last byte and before the process may freeze: ledger and settle. */
  later(work: (delivery: Delivery) => Promise<void>): void;
}

/** Hints of the specification about what a tool does to its surroundings; all of ours only read or only add. */
interface ToolHints {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

/** Of a tool that changes nothing anywhere and may be called as often as one likes. */
export const readOnly = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
} as const;

export interface McpTool {
  /** 1-128 characters of `[A-Za-z0-9_.-]`. */
  readonly name: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly access: Access;
  readonly inputSchema: ObjectSchema;
  readonly outputSchema?: ObjectSchema | undefined;
  readonly annotations?: { readonly [hint in keyof ToolHints]?: boolean | undefined } | undefined;
  /** @throws GatewayError: told to the model as the tool's own error */
  run(input: Readonly<Record<string, unknown>>, mcp: McpCall): Promise<CallToolResult | InputRequiredResult>;
}

/** What a resource is besides its address. */
interface ResourceFacts {
  /** A short name for programs. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
  readonly access: Access;
}

type ResourceText = { readonly text: string } | { readonly blob: string };

export interface McpResource extends ResourceFacts {
  readonly uri: string;
  read(mcp: McpCall): Promise<ResourceText>;
}

export interface McpResourceTemplate extends ResourceFacts {
  /** RFC 6570 with simple variables: `pennyworth://models/{model}`. */
  readonly uriTemplate: string;
  /** Values of a variable that begin with what was typed so far. */
  complete(variable: string, typed: string, mcp: McpCall): Promise<readonly string[]>;
  /** undefined: there is no such thing. */
  read(variables: Readonly<Record<string, string>>, mcp: McpCall): Promise<ResourceText | undefined>;
}

interface PromptArgument {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  complete?(typed: string, mcp: McpCall): Promise<readonly string[]>;
}

export interface McpPrompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly access: Access;
  readonly arguments: readonly PromptArgument[];
  get(
    values: Readonly<Record<string, string>>,
    mcp: McpCall,
  ): Promise<Pick<GetPromptResult, 'messages'> | InputRequiredResult>;
}

/** A part of what is offered; each part is asked anew for each call, because upstream servers come and go. */
export interface Surface {
  readonly resources: readonly McpResource[];
  readonly resourceTemplates: readonly McpResourceTemplate[];
  readonly prompts: readonly McpPrompt[];
  tools(call: AuthenticatedCall): Promise<readonly McpTool[]>;
  /**
   * Whether this is a tool of this part that may take minutes: it is answered by a stream, in which the SDK says something
   * every 15 s, because API Gateway ends what is silent for five minutes. All others get the protocol's HTTP statuses.
   */
  mayTakeLong?(tool: string): boolean;
  /** One of its tools, where finding it costs less than making the whole list, which is looked through otherwise. */
  findTool?(name: string): Promise<McpTool | undefined>;
  /** For methods and capabilities that have no place above. */
  extend?(server: Server, era: Era): void;
}

interface ToolDefinition<I extends z.ZodMiniObject, O extends z.ZodMiniObject>
  extends Pick<McpTool, 'name' | 'access'> {
  readonly title: string;
  readonly description: string;
  /** Strict, so that an argument that would be ignored is refused by name. */
  readonly input: I;
  readonly output: O;
  readonly annotations: ToolHints;
  run(input: z.output<I>, mcp: McpCall): Promise<z.input<O>>;
  /** What a model reads, where that is not the JSON of the output. */
  text?(output: z.input<O>): string;
}

/** A tool of our own: its schemas are zod's, and its output is both structured and text. */
export function defineTool<I extends z.ZodMiniObject, O extends z.ZodMiniObject>(
  definition: ToolDefinition<I, O>,
): McpTool {
  const { input, output, run, text = JSON.stringify, ...facts } = definition;
  return {
    ...facts,
    inputSchema: toObjectSchema(input, 'input'),
    outputSchema: toObjectSchema(output, 'output'),
    run: async (given, mcp) => {
      const structured = await run(parseBy(input, given), mcp);
      return { content: [{ type: 'text', text: text(structured) }], structuredContent: structured };
    },
  };
}

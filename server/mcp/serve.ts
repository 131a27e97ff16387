import {
  type CallToolResult,
  INTERNAL_ERROR,
  INVALID_PARAMS,
  McpServer,
  ProtocolError,
  ResourceNotFoundError,
  type ServerContext,
  UriTemplate,
} from '@modelcontextprotocol/server';
import * as z from 'zod/mini';
import type { ToolErrorMeta } from '../../shared/api/mcp.ts';
import { isAllowed, mayUseTool } from '../auth/authorize.ts';
import { GatewayError } from '../errors.ts';
import type { AuthenticatedCall } from '../route.ts';
import { instructions } from './instructions.ts';
import { completionOf, pageOf } from './listing.ts';
import type { Era, McpCall, McpTool, Surface } from './surface.ts';

interface Serving extends Pick<McpCall, 'call' | 'later' | 'left'> {
  /** What the client sent. */
  readonly message: unknown;
  /** Keeps the process awake until the work has ended. */
  track<T>(work: Promise<T>): Promise<T>;
}

/** Nobody is told of a change: lists are asked for again when `ttlMs` is over. */
const fixed = { listChanged: false };

/** How long a client of revision 2026-07-28 may keep a list or a text; each depends on who asks. */
const cacheHint = { ttlMs: 60_000, cacheScope: 'private' } as const;

/** A message that calls a tool. */
export const ToolCall = z.looseObject({ method: z.literal('tools/call'), params: z.looseObject({ name: z.string() }) });

/** The SDK compares headers that repeat arguments (`x-mcp-header`) with them, by the schema of the tool that is called. */
class GatewayServer extends McpServer {
  called: McpTool | undefined;
  override toolInputSchemaJson(name: string): Record<string, unknown> | undefined {
    return this.called?.name === name ? { ...this.called.inputSchema } : undefined;
  }
}

/** The SDK's server for one message of one caller. */
export async function createServer(surfaces: readonly Surface[], serving: Serving, era: Era): Promise<McpServer> {
  const { call, message } = serving;
  const gateway = new GatewayServer(
    { name: 'pennyworth', title: 'Pennyworth', version: call.context.version },
    {
      capabilities: { tools: fixed, resources: fixed, prompts: fixed, completions: {} },
      instructions,
      cacheHints: {
        'tools/list': cacheHint,
        'prompts/list': cacheHint,
        'resources/list': cacheHint,
        'resources/templates/list': cacheHint,
      },
    },
  );
  const { server } = gateway;
  const allowed = <T extends { readonly access: McpTool['access'] }>(rows: readonly T[]): readonly T[] =>
    rows.filter(({ access }) => isAllowed(call.identity, access));
  const tools = async () =>
    allowed((await Promise.all(surfaces.map((surface) => surface.tools(call)))).flat()).filter(({ name }) =>
      mayUseTool(call.identity, name),
    );
  const toolCall = ToolCall.safeParse(message);
  let notFound: unknown;
  if (toolCall.success) {
    gateway.called = await findTool(surfaces, call, toolCall.data.params.name).catch((error: unknown) => {
      notFound = error;
      return undefined;
    });
  }
  const resources = allowed(surfaces.flatMap((surface) => surface.resources));
  const templates = allowed(surfaces.flatMap((surface) => surface.resourceTemplates)).map((template) => {
    return { ...template, pattern: new UriTemplate(template.uriTemplate) };
  });
  const prompts = allowed(surfaces.flatMap((surface) => surface.prompts));
  const toCall = (sdk: ServerContext): McpCall => toMcpCall(serving, sdk);
  const inWords = <T>(work: () => Promise<T>) => serving.track(protocolErrors(call, work));

  server.setRequestHandler('tools/list', ({ params }) =>
    inWords(async () => {
      const { page, ...rest } = pageOf(await tools(), params?.cursor);
      return { tools: page.map(({ access: _, run: __, ...tool }) => tool), ...rest };
    }),
  );
  server.setRequestHandler('tools/call', ({ params }, sdk) =>
    inWords(async () => {
      if (notFound !== undefined) return toToolError(notFound, serving);
      const { called: tool } = gateway;
      if (tool?.name !== params.name)
        throw new ProtocolError(INVALID_PARAMS, `Unknown tool: ${params.name}. tools/list names yours.`);
      // Also before the SDK could know of it, while the tool was looked for: what was not begun costs nothing.
      if (serving.left.aborted) {
        await gateway.close();
        throw new ProtocolError(-32_000, 'The call was cancelled before it was begun.');
      }
      return tool.run(params.arguments ?? {}, toCall(sdk)).catch((error: unknown) => toToolError(error, serving));
    }),
  );
  server.setRequestHandler('resources/list', ({ params }) =>
    inWords(async () => {
      const { page, ...rest } = pageOf(resources, params?.cursor);
      return { resources: page.map(({ access: _, read: __, ...resource }) => resource), ...rest };
    }),
  );
  server.setRequestHandler('resources/templates/list', ({ params }) =>
    inWords(async () => {
      const { page, ...rest } = pageOf(templates, params?.cursor);
      const rows = page.map(({ access: _, read: __, complete: ___, pattern: ____, ...template }) => template);
      return { resourceTemplates: rows, ...rest };
    }),
  );
  server.setRequestHandler('resources/read', ({ params: { uri } }, sdk) =>
    inWords(async () => {
      const resource = resources.find((each) => each.uri === uri);
      if (resource) return { contents: [{ uri, mimeType: resource.mimeType, ...(await resource.read(toCall(sdk))) }] };
      for (const { pattern, mimeType, read } of templates) {
        const variables = pattern.match(uri);
        const found = variables && (await read(toStrings(variables), toCall(sdk)));
        if (found) return { contents: [{ uri, mimeType, ...found }] };
      }
      throw new ResourceNotFoundError(uri);
    }),
  );
  server.setRequestHandler('prompts/list', ({ params }) =>
    inWords(async () => {
      const { page, ...rest } = pageOf(prompts, params?.cursor);
      const rows = page.map(({ access: _, get: __, arguments: named, ...prompt }) => {
        return { ...prompt, arguments: named.map(({ complete: ___, ...argument }) => argument) };
      });
      return { prompts: rows, ...rest };
    }),
  );
  server.setRequestHandler('prompts/get', ({ params }, sdk) =>
    inWords(async () => {
      const prompt = prompts.find(({ name }) => name === params.name);
      if (!prompt) throw new ProtocolError(INVALID_PARAMS, `Unknown prompt: ${params.name}. prompts/list names them.`);
      const values = params.arguments ?? {};
      const missing = prompt.arguments.find(({ name, required }) => required && values[name] === undefined);
      if (missing)
        throw new ProtocolError(INVALID_PARAMS, `arguments.${missing.name}: is missing; ${missing.description}`);
      return { description: prompt.description, ...(await prompt.get(values, toCall(sdk))) };
    }),
  );
  server.setRequestHandler('completion/complete', ({ params: { ref, argument } }, sdk) =>
    inWords(async () => {
      if (ref.type === 'ref/prompt') {
        const prompt = prompts.find(({ name }) => name === ref.name);
        if (!prompt) throw new ProtocolError(INVALID_PARAMS, `Unknown prompt: ${ref.name}.`);
        const named = prompt.arguments.find(({ name }) => name === argument.name);
        return completionOf((await named?.complete?.(argument.value, toCall(sdk))) ?? []);
      }
      const template = templates.find(({ uriTemplate }) => uriTemplate === ref.uri);
      if (!template) throw new ProtocolError(INVALID_PARAMS, `Unknown resource template: ${ref.uri}.`);
      return completionOf(await template.complete(argument.name, argument.value, toCall(sdk)));
    }),
  );
  for (const surface of surfaces) surface.extend?.(server, era);
  return gateway;
}

/** One part is asked after the other, our own first: what is ours does not wait for other servers. */
async function findTool(
  surfaces: readonly Surface[],
  call: AuthenticatedCall,
  name: string,
): Promise<McpTool | undefined> {
  if (!mayUseTool(call.identity, name)) return undefined;
  for (const surface of surfaces) {
    const tool = surface.findTool
      ? await surface.findTool(name)
      : (await surface.tools(call)).find((each) => each.name === name);
    if (tool) return isAllowed(call.identity, tool.access) ? tool : undefined;
  }
  return undefined;
}

/** A variable that a template has once; the SDK's matcher would make a list of one that stands twice. */
function toStrings(variables: Readonly<Record<string, string | string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, [value].flat().join(',')]));
}

function toMcpCall({ call, later, left }: Serving, sdk: ServerContext): McpCall {
  const { _meta: meta, notify, signal } = sdk.mcpReq;
  const progressToken = meta?.progressToken;
  return {
    call,
    later,
    left,
    sdk,
    signal,
    progress: async (progress, message) => {
      if (progressToken === undefined || signal.aborted) return;
      const params = { progressToken, progress, ...(message !== undefined && { message }) };
      // A client that has just left hears nothing more; the work goes on.
      await notify({ method: 'notifications/progress', params }).catch(() => undefined);
    },
  };
}

/** What the model that called a tool can read and act upon: our message says what happened and what to do next. */
function toToolError(error: unknown, { call, later }: Serving): CallToolResult {
  if (!(error instanceof GatewayError)) throw error;
  // As the app does for what it refuses: an attempt that was refused stands in the trail whatever the way it came.
  const note = call.context.refusals.note(error, call);
  if (note) later(note);
  const { code, type, param, message, retryAfterSeconds } = error;
  return {
    isError: true,
    content: [{ type: 'text', text: `${code}: ${message}` }],
    _meta: {
      'pennyworth/error': {
        code,
        type,
        param: param ?? null,
        ...(retryAfterSeconds !== undefined && { retry_after_seconds: retryAfterSeconds }),
      },
    } satisfies ToolErrorMeta,
  };
}

/** Failures in the protocol's own form; a fault of ours is logged with its stack and told without it. */
export async function protocolErrors<T>({ context, requestId }: AuthenticatedCall, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    if (error instanceof GatewayError) {
      const { status, message, code, type, param } = error;
      const data = { type, param: param ?? null, code, request_id: requestId };
      throw new ProtocolError(status === 400 ? INVALID_PARAMS : -32_000, message, data);
    }
    const stack = error instanceof Error ? error.stack : String(error);
    context.logger.error('internal_error', { request_id: requestId, stack });
    const message = `The gateway failed at this request. Tell the operator its id: ${requestId}.`;
    throw new ProtocolError(INTERNAL_ERROR, message);
  }
}

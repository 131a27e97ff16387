import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Server as FirstServer } from '@modelcontextprotocol/sdk/server/index.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import {
  type CallToolResult,
  createMcpHandler,
  type InputRequiredResult,
  type ListToolsResult,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { type ReceivedRequest, type ScriptedServer, startScriptedServer } from '../../aws/scripted-server.ts';

// For tests: other MCP servers, made with both generations of the official SDK, on ports of their own.

type Listed = ListToolsResult['tools'][number];

export interface ServerScript<R = CallToolResult> {
  readonly tools: readonly Listed[];
  call?(name: string, input: Readonly<Record<string, unknown>>, sdk?: ServerContext): Promise<R>;
}

const info = { name: 'upstream', version: '1.0.0' };
const capabilities = { capabilities: { tools: {} } };
export const echo: Listed = {
  name: 'echo',
  title: 'Echo',
  description: 'Says what it was told.',
  inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
  annotations: { readOnlyHint: true },
};
const sayAll = async (_: string, input: unknown): Promise<CallToolResult> => ({
  content: [{ type: 'text', text: JSON.stringify(input) }],
});

/** Speaks 2026-07-28 and what was before it, without sessions. */
export function startStateless({
  tools,
  call = sayAll,
}: ServerScript<CallToolResult | InputRequiredResult>): Promise<ScriptedServer> {
  const handler = createMcpHandler(() => {
    const server = new Server(info, capabilities);
    server.setRequestHandler('tools/list', () => ({ tools: [...tools] }));
    server.setRequestHandler('tools/call', ({ params }, sdk) => call(params.name, params.arguments ?? {}, sdk));
    return server;
  });
  return startScriptedServer(async (received, response) => {
    await write(
      response,
      await handler.fetch(toRequest(received), { parsedBody: JSON.parse(received.body || 'null') }),
    );
  });
}

export interface SessionServer extends ScriptedServer {
  /** As a restart would: whoever had a session gets 404. */
  forgetSessions(): void;
}

/** Speaks 2025-11-25 and before, with a session for each client. */
export async function startWithSessions({ tools, call = sayAll }: ServerScript): Promise<SessionServer> {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();
  const begin = async () => {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    const server = new FirstServer(info, capabilities);
    server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [...tools] }));
    server.setRequestHandler(CallToolRequestSchema, ({ params }) => call(params.name, params.arguments ?? {}));
    await server.connect(transport);
    return transport;
  };
  const server = await startScriptedServer(async (received, response) => {
    const id = received.headers['mcp-session-id']?.toString();
    const isForgotten = id !== undefined && !sessions.has(id);
    if (isForgotten) return write(response, Response.json({}, { status: 404 }));
    const transport = id === undefined ? await begin() : sessions.get(id);
    if (transport) await write(response, await transport.handleRequest(toRequest(received)));
  });
  return {
    ...server,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    forgetSessions: () => sessions.clear(),
  };
}

function toRequest({ method, url, headers, body }: ReceivedRequest): Request {
  const given = new Headers();
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) given.set(name, String(value));
  return new Request(`http://upstream${url}`, { method, headers: given, ...(body !== '' && { body }) });
}

async function write(response: ServerResponse, { status, headers, body }: Response): Promise<void> {
  response.writeHead(status, Object.fromEntries(headers));
  for await (const piece of body ?? []) response.write(piece);
  response.end();
}

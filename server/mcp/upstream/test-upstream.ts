import type { ServerResponse } from 'node:http';
import { type ScriptedServer, startScriptedServer } from '../../aws/scripted-server.ts';
import type { Parameters } from '../../aws/ssm.ts';
import type { McpUpstream } from '../../config.ts';
import { createLogger } from '../../observe/logger.ts';
import { Upstream } from './upstream.ts';

// For tests: one upstream server as the gateway sees it, and servers that mean no good.

export const noParameters: Parameters = { find: async () => undefined, create: async () => 'exists' };

export function connect(
  { url }: Pick<ScriptedServer, 'url'>,
  config: Partial<McpUpstream> = {},
  parameters = noParameters,
) {
  const lines: Record<string, unknown>[] = [];
  const clock = { ms: Date.now(), now: () => clock.ms };
  const logger = createLogger((line) => lines.push(JSON.parse(line)));
  const upstream = new Upstream({
    name: 'up',
    config: { url, ...config },
    version: '0.0.0',
    parameters,
    clock,
    logger,
  });
  const progress: [number, string | undefined][] = [];
  const sent = { repeats: 0 };
  const call = async (remoteName: string, input: object = {}, signal = new AbortController().signal) =>
    upstream.call({
      tool: { name: remoteName, inputSchema: { type: 'object' } },
      input: { ...input },
      signal,
      timeoutMs: 60_000,
      progress: (...each) => progress.push(each),
      onRepeat: () => {
        sent.repeats++;
      },
    });
  return { upstream, lines, clock, call, progress, sent };
}

/** The result of a tool that says so. */
export const text = (told: string) => ({ content: [{ type: 'text' as const, text: told }] });

/** A server that answers whatever is asked with what `answer` says, or with 500. */
export function listing(answer: (params: { cursor?: string }) => object | undefined) {
  return hostile((request, response) => {
    const result = answer(request.params ?? {});
    if (result) answerJson(response, 200, { jsonrpc: '2.0', id: request.id, result });
    else answerJson(response, 500, {});
  });
}

export interface Message {
  readonly id?: number;
  readonly method: string;
  readonly params?: { readonly cursor?: string };
}

/** Connects like a server of 2025-11-25, with these headers, and then does what it likes. */
export async function hostile(
  answer: (message: Message, response: ServerResponse) => unknown,
  headers: Readonly<Record<string, string>> = {},
) {
  const busy = new Set<ServerResponse>();
  const server = await startScriptedServer(({ body }, response) => {
    busy.add(response);
    response.on('close', () => busy.delete(response));
    const message: Message = JSON.parse(body);
    if (message.method === 'server/discover') return answerJson(response, 400, {});
    if (message.id === undefined) return response.writeHead(202).end();
    if (message.method !== 'initialize') return answer(message, response);
    const serverInfo = { name: 'hostile', version: '1' };
    const result = { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo };
    return answerJson(response, 200, { jsonrpc: '2.0', id: message.id, result }, headers);
  });
  /** Answers that are still being written, or have not begun. */
  return { ...server, busy, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

export function answerJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(body));
}

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A request as it came over the wire, body included. */
export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Answer = (request: ReceivedRequest, response: ServerResponse, index: number) => unknown;

export interface ScriptedServer {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** Connections opened so far, and those that are open now. */
  readonly connections: { readonly total: number; readonly open: ReadonlySet<Socket> };
  [Symbol.asyncDispose](): Promise<void>;
}

/** For tests: a real HTTP server on a free port that answers as told; `index` counts requests from 0. */
export async function startScriptedServer(answer: Answer): Promise<ScriptedServer> {
  const requests: ReceivedRequest[] = [];
  const open = new Set<Socket>();
  let total = 0;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (bytes: Buffer) => parts.push(bytes));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const received = { method, url, headers, body: Buffer.concat(parts).toString() };
      void answer(received, response, requests.push(received) - 1);
    });
  });
  server.on('connection', (socket) => {
    total += 1;
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    connections: {
      get total() {
        return total;
      },
      open,
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** An answer in JSON, as the JSON services of AWS give it. */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'request-1' });
  response.end(JSON.stringify(body));
}

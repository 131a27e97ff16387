import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type App, tooLarge } from '../app.ts';
import { toErrorBody } from '../error-body.ts';
import { invalidRequest } from '../errors.ts';
import type { HttpRequest, HttpResponse } from '../http.ts';
import { finished, writePieces } from '../write-pieces.ts';

/** The gateway behind Node's own HTTP server: the adapter of the local stack. */
export function createHttpServer(app: App): Server {
  let baseUrl: string | undefined;
  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 60_000 }, (incoming, outgoing) => {
    baseUrl ??= baseUrlOf(server.address());
    const left = new AbortController();
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) left.abort();
    });
    void answer(app, { incoming, baseUrl, clientLeft: left.signal }, outgoing);
  });
  server.on('clientError', (_error, socket) => {
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    const body = JSON.stringify(
      toErrorBody(invalidRequest('This is not an HTTP request the gateway can read.'), 'openai', ''),
    );
    socket.end(
      `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
  });
  return server;
}

/** The address it listens on, whatever name it is called by. */
function baseUrlOf(address: ReturnType<Server['address']>): string {
  if (address === null || typeof address === 'string') return '';
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

interface Received {
  readonly incoming: IncomingMessage;
  readonly baseUrl: string;
  readonly clientLeft: AbortSignal;
}

async function answer(app: App, received: Received, outgoing: ServerResponse): Promise<void> {
  const { incoming } = received;
  outgoing.on('error', () => undefined); // a client that left; `clientClosed` tells the rest
  const response = await app(toRequest(received));
  try {
    await send(response, incoming, outgoing);
  } catch {
    outgoing.destroy();
  }
  await response.finish?.({ clientClosed: !outgoing.writableFinished && outgoing.destroyed });
}

function toRequest({ incoming, baseUrl, clientLeft }: Received): HttpRequest {
  const url = incoming.url ?? '/';
  const mark = url.indexOf('?');
  let body: Promise<Uint8Array> | undefined;
  return {
    method: incoming.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    headers: incoming.headersDistinct,
    isForeignHost: !isLoopback(incoming.headers.host ?? ''),
    sourceIp: incoming.socket.remoteAddress,
    baseUrl,
    clientLeft,
    readBody: (limitBytes) => {
      body ??= readBody(incoming, limitBytes);
      return body;
    },
  };
}

/** A name of this machine that nobody else can bind: the server listens on 127.0.0.1 only. */
function isLoopback(host: string): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(host);
}

/** With listeners, not `for await`: leaving such a loop destroys the connection, and the caller would never read the 413. */
function readBody(incoming: IncomingMessage, limitBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length <= limitBytes) return;
      incoming.off('data', onData);
      incoming.resume();
      reject(tooLarge());
    };
    incoming.on('data', onData);
    incoming.once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length)));
    incoming.once('error', () => reject(invalidRequest('The body ended before its announced length.')));
  });
}

async function send(response: HttpResponse, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { status, headers, body } = response;
  const isHead = incoming.method === 'HEAD';
  if (typeof body === 'string') {
    const length = Buffer.byteLength(body);
    outgoing.writeHead(status, status === 204 ? headers : { ...headers, 'content-length': length });
    outgoing.end(isHead ? undefined : body);
    await finished(outgoing);
    return;
  }
  outgoing.writeHead(status, headers);
  outgoing.flushHeaders();
  await writePieces(outgoing, body);
  outgoing.end();
  await finished(outgoing);
}

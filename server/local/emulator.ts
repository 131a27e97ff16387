import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';

/** What every emulator is started with. */
export interface EmulatorOptions {
  /** 0 (the default) takes a free port. */
  readonly port?: number;
  /** Folder for what must survive kill -9; without it everything is in memory. */
  readonly dataDir?: string;
  readonly region?: string;
  /** Access key id → secret. Requests signed with any other pair are refused. */
  readonly credentials?: ReadonlyMap<string, string>;
  readonly now?: () => number;
}

export interface Emulator {
  /** Without a slash at the end. */
  readonly url: string;
  /** How often each operation was called, refusals included; tests count with it. */
  readonly calls: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** The pair every emulator accepts when nothing else is given. */
export const localCredentials: ReadonlyMap<string, string> = new Map([['local', 'local']]);

/** By events, because every call of the hot path comes through here and an async iterator costs more than the body. */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('close', () => reject(new Error('the request broke off')));
  });
}

/** Listens on 127.0.0.1 and closes for good, open connections included. */
export async function listen(server: Server, port: number): Promise<{ url: string; close(): Promise<void> }> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the emulator has no TCP address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function serve(listener: RequestListener, port: number): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer({ keepAliveTimeout: 60_000 }, listener);
  return listen(server, port);
}

/** An emulator behind one listener. What it keeps is closed with it, and also when its port cannot be taken. */
export async function startEmulator(
  listener: RequestListener,
  { port = 0, calls, close }: { readonly port?: number | undefined; readonly calls: Emulator['calls']; close(): void },
): Promise<Emulator> {
  try {
    const server = await serve(listener, port);
    return {
      url: server.url,
      calls,
      async close() {
        await server.close();
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** An error as AWS's JSON protocols send it: status, `x-amzn-errortype` and `__type`. */
export class AwsFault extends Error {
  readonly type: string;
  readonly status: number;
  readonly extra: Readonly<Record<string, unknown>>;
  constructor(type: string, message: string, status = 400, extra: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.type = type;
    this.status = status;
    this.extra = extra;
  }
}

/** Sends an answer of AWS's JSON 1.0/1.1 protocols. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': randomUUID(),
    ...headers,
  });
  response.end(text);
}

export function sendFault(response: ServerResponse, fault: AwsFault): void {
  const body = { __type: fault.type, message: fault.message, ...fault.extra };
  sendJson(response, fault.status, body, { 'x-amzn-errortype': fault.type });
}

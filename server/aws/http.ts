import type { ClientRequest, Agent as HttpAgent, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { BodyReader } from './body-reader.ts';
import type { Endpoint } from './endpoints.ts';
import { TransferError } from './transfer-error.ts';

// Not by `import`: Node would read every name these modules export to make one of them, and among node:http's is
// WebSocket, for which it loads the whole of its fetch. That is 20 ms of a cold start (measured with Node 24.21).
const http = process.getBuiltinModule('node:http');
const https = process.getBuiltinModule('node:https');

interface HttpRequest {
  readonly method: string;
  /** Encoded, with its leading slash. */
  readonly path: string;
  /** With `host`; `content-length` is added. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export interface HttpLimits {
  readonly signal?: AbortSignal | undefined;
  /** From the start of the request to the head of its answer. */
  readonly headTimeoutMs: number;
  /** The longest wait for the next bytes of the body. */
  readonly idleTimeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Must be read to its end or destroyed; otherwise its connection stays in use. */
  readonly body: BodyReader;
}

/**
 * Sends one request and resolves with the head of its answer.
 * @throws TransferError; the signal's reason when it was aborted.
 */
export type SendHttp = (request: HttpRequest, limits: HttpLimits) => Promise<HttpAnswer>;

/** DNS, TCP and TLS together. */
const connectTimeoutMs = 3_000;
/** Services of AWS and most balancers drop a connection that was silent for a minute: it is not tried again. */
const freeSocketTimeoutMs = 55_000;

/**
 * HTTP/1.1 over kept connections to one endpoint. A kept connection that the other side had closed in the meantime is
 * found out only by using it: when it resets before a byte of the answer, the request is sent once more on a new one.
 */
export function createHttp(endpoint: Endpoint): SendHttp {
  const agentOptions = { keepAlive: true, timeout: freeSocketTimeoutMs };
  const agent = endpoint.secure ? new https.Agent(agentOptions) : new http.Agent(agentOptions);
  // All its connections lead to the one endpoint: Node would put a name together from the options for every request, twice.
  agent.getName = () => endpoint.host;
  const open = endpoint.secure ? https.request : http.request;

  const start = ({ method, path, headers, body }: HttpRequest): ClientRequest => {
    const request = open({
      agent,
      host: endpoint.hostname,
      port: endpoint.port,
      method,
      path,
      headers: toPairs(headers, Buffer.byteLength(body)),
    });
    request.end(body);
    return request;
  };

  return async (request, limits) => {
    limits.signal?.throwIfAborted();
    try {
      return await exchange(start(request), limits);
    } catch (error) {
      if (!(error instanceof TransferError && error.stale) || limits.signal?.aborted) throw error;
      dropFreeSockets(agent);
      return exchange(start(request), limits);
    }
  };
}

/** As pairs Node writes them straight out; from an object it would first file and check each of them again. */
function toPairs(headers: Readonly<Record<string, string>>, contentLength: number): string[] {
  const pairs = ['content-length', String(contentLength)];
  for (const name in headers) pairs.push(name, headers[name] ?? '');
  return pairs;
}

class Answer implements HttpAnswer {
  readonly status: number;
  readonly body: BodyReader;
  readonly #response: IncomingMessage;

  constructor(response: IncomingMessage, body: BodyReader) {
    this.status = response.statusCode ?? 0;
    this.body = body;
    this.#response = response;
  }

  /** Sorted out only when somebody asks: most good answers are read without. */
  get headers(): IncomingHttpHeaders {
    return this.#response.headers;
  }
}

/** When one kept connection was stale the others are as old: the second attempt must not meet them. */
function dropFreeSockets(agent: HttpAgent | HttpsAgent): void {
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy();
  }
}

function exchange(request: ClientRequest, limits: HttpLimits): Promise<HttpAnswer> {
  const { signal, headTimeoutMs, idleTimeoutMs } = limits;
  return new Promise((resolve, reject) => {
    let connectTimer: NodeJS.Timeout | undefined;
    const headTimer = setTimeout(() => {
      fail(new TransferError('TimeoutError', `no answer came for ${headTimeoutMs} ms`));
    }, headTimeoutMs);
    const settle = () => {
      clearTimeout(headTimer);
      clearTimeout(connectTimer);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: unknown) => {
      settle();
      reject(error);
      request.destroy();
    };
    const onAbort = () => fail(signal?.reason);
    signal?.addEventListener('abort', onAbort);

    request.on('socket', (socket) => {
      if (!socket.connecting) return;
      connectTimer = setTimeout(() => {
        // Not a TimeoutError: nothing was sent, so trying again costs nothing.
        fail(new TransferError('NetworkError', `no connection within ${connectTimeoutMs} ms`));
      }, connectTimeoutMs);
      const ready = 'encrypted' in socket ? 'secureConnect' : 'connect';
      socket.once(ready, () => clearTimeout(connectTimer));
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      fail(new TransferError('NetworkError', describe(error), { stale: isStale(request, error), cause: error }));
    });
    request.on('response', (response) => {
      settle();
      const body = new BodyReader(response, idleTimeoutMs, signal);
      resolve(new Answer(response, body));
    });
  });
}

function isStale(request: ClientRequest, error: NodeJS.ErrnoException): boolean {
  return request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

function describe(error: NodeJS.ErrnoException): string {
  return error.code === undefined ? error.message : `${error.message} (${error.code})`;
}

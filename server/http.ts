import type { Trace } from './observe/trace.ts';

/**
 * The gateway's own request and response: as small as an adapter (Node's http here, Lambda's response stream there)
 * can be. The web's Request and Response would cost more per call than the whole translation does.
 */
export interface HttpRequest {
  readonly method: string;
  /** As received: percent-encoded, without the query, never decided by a Host header. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names; every value that was sent, so that two differing credentials can be told. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
  /**
   * The caller reached a server on this machine by a name that is not this machine's: anybody can bind theirs to its
   * address. API Gateway lets no such name through.
   */
  readonly isForeignHost?: boolean;
  /** The caller's address as the adapter knows it. */
  readonly sourceIp: string | undefined;
  /**
   * Where this request reached the gateway, e.g. `https://api.example.com` or `https://….amazonaws.com/prod`: without a
   * slash at the end, and as the adapter knows it. A Host header decides nothing of it, for tokens are bound to it.
   */
  readonly baseUrl: string;
  /** The app client for /mcp where the adapter is told it with the request; the settings name it elsewhere. */
  readonly mcpClientId?: string | undefined;
  /** When the answer must have ended, ms since the epoch; absent where nothing outside ends it. */
  readonly deadline?: number;
  /**
   * Aborted when the client left before its answer had ended; absent where the adapter never hears of that. Only for work
   * that costs nothing: a model is billed to its end, and its answer is read to it.
   */
  readonly clientLeft?: AbortSignal;
  /** Absent unless this request is sampled. */
  readonly trace?: Trace | undefined;
  /** The same bytes each time it is called. @throws GatewayError 413 when the body is longer than `limitBytes`. */
  readBody(limitBytes: number): Promise<Uint8Array>;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Text, or the pieces of a stream: the adapter writes each piece at once and reads to the end even if the client left. */
  readonly body: string | AsyncIterable<string>;
  /** Work that must be done before the process may freeze, started by the adapter after the last byte. Never throws. */
  readonly finish?: (delivery: Delivery) => Promise<void>;
}

/** How the sending of a response ended. */
export interface Delivery {
  /** The client left before its last byte. */
  readonly clientClosed: boolean;
}

/** The only or first value of a header. */
export function header(request: HttpRequest, name: string): string | undefined {
  return request.headers[name]?.[0];
}

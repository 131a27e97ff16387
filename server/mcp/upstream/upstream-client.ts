import {
  type CallToolResult,
  Client,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
} from '@modelcontextprotocol/client';
import * as z from 'zod/mini';
import type { McpUpstream } from '../../config.ts';
import { GatewayError, unavailable } from '../../errors.ts';
import type { ObjectSchema } from '../json-schema.ts';
import { type Exchange, UnreachableError, UpstreamFault, UpstreamTransport } from './upstream-transport.ts';

/** A tool as its server names it; everything else about it is unknown until read-tools.ts has looked. */
const ListedPage = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.optional(z.string()) });
/** How long connecting may take, and one page of a list, ms. */
const longestSetUpMs = 10_000;
/** Of one page of a list, and of what a server says of itself. */
const mostListBytes = 4_000_000;
const mostPages = 20;
const notCancelled = new AbortController().signal;

export interface UpstreamClientOptions {
  /** As the operator calls it. */
  readonly name: string;
  readonly config: McpUpstream;
  /** Ours. */
  readonly version: string;
  /** Headers with the credential, read anew for each connection. @throws Error */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
}

interface Connection {
  readonly client: Client;
  readonly transport: UpstreamTransport;
}

export interface ToolCall {
  readonly tool: { readonly name: string; readonly inputSchema: ObjectSchema };
  readonly input: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  progress(done: number, message: string | undefined): void;
}

/** One upstream server: one connection for as long as the process lives, made with the first question. */
export class UpstreamClient {
  readonly #options: UpstreamClientOptions;
  #connecting: Promise<Connection> | undefined;
  #connected: Connection | undefined;

  constructor(options: UpstreamClientOptions) {
    this.#options = options;
  }

  /**
   * The tools as the server lists them, unread; at most so many, and one more so that it is seen that there are more.
   * @throws GatewayError 502, 503 or 504
   */
  async listTools(most: number): Promise<unknown[]> {
    const tools: unknown[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < mostPages && tools.length <= most; page++) {
      const params = cursor === undefined ? {} : { cursor };
      const asked = { mostBytes: mostListBytes, signal: notCancelled, timeoutMs: longestSetUpMs };
      const found = await this.#ask(asked, (client, options) =>
        client.request({ method: 'tools/list', params }, ListedPage, options),
      );
      tools.push(...found.tools.slice(0, most + 1 - tools.length));
      if (found.nextCursor === undefined || found.nextCursor === cursor) break;
      cursor = found.nextCursor;
    }
    return tools;
  }

  /** @throws GatewayError 502, 503 or 504; what the tool itself could not do is in the result */
  callTool({ tool, input, signal, timeoutMs, progress }: ToolCall): Promise<CallToolResult> {
    const { max_result_bytes: mostBytes = 1_000_000 } = this.#options.config;
    // Of the tool only its input is told to the SDK, which sends some arguments as headers too where that says so: a schema
    // of its output would be compiled, and what is in it is not ours.
    const toolDefinition = { name: tool.name, inputSchema: tool.inputSchema };
    return this.#ask({ mostBytes, signal, timeoutMs: Math.min(timeoutMs, this.#timeoutMs()) }, (client, options) =>
      client.callTool(
        { name: tool.name, arguments: { ...input } },
        { ...options, toolDefinition, onprogress: (each) => progress(each.progress, each.message) },
      ),
    );
  }

  #timeoutMs(): number {
    return (this.#options.config.timeout_seconds ?? 60) * 1_000;
  }

  /** Once more over a new connection, where the server does not take the one there is: nothing was done then. */
  async #ask<T>(
    asked: { readonly mostBytes: number; readonly signal: AbortSignal; readonly timeoutMs: number },
    question: (client: Client, options: { signal: AbortSignal; timeout: number }) => Promise<T>,
  ): Promise<T> {
    const time = AbortSignal.timeout(asked.timeoutMs);
    const signal = AbortSignal.any([asked.signal, time]);
    for (let attempt = 1; ; attempt++) {
      const over = new AbortController();
      const exchange: Exchange = { mostBytes: asked.mostBytes, signal: over.signal };
      let connection: Connection | undefined;
      try {
        connection = await orAborted(this.#connection(), signal);
        const { client, transport } = connection;
        // The SDK's own clock begins later, so that ours is the one that ends it.
        const options = { signal, timeout: asked.timeoutMs };
        return await transport.within(exchange, () => question(client, options));
      } catch (error) {
        // Refused, or its session is over (404 by the specification, 400 by some): the next question begins anew, with the
        // credential as it is then. Calls that are still being answered over the old connection are left to it.
        const isOver = error instanceof SdkHttpError && [400, 401, 403, 404].includes(error.status);
        if (isOver && connection === this.#connected) this.#connecting = undefined;
        if (isOver && connection && attempt === 1) continue;
        throw this.#toGatewayError(exchange.fault ?? error, {
          isCancelled: asked.signal.aborted,
          isLate: time.aborted,
        });
      } finally {
        over.abort();
      }
    }
  }

  #connection(): Promise<Connection> {
    this.#connecting ??= this.#connect().then(
      (connection) => {
        this.#connected = connection;
        return connection;
      },
      (error: unknown) => {
        this.#connecting = undefined;
        throw error;
      },
    );
    return this.#connecting;
  }

  async #connect(): Promise<Connection> {
    const { config, headers, version } = this.#options;
    const timeout = longestSetUpMs;
    const given = await headers().catch((error: unknown) => {
      throw this.#unreachable(error);
    });
    const transport = new UpstreamTransport(new URL(config.url), given);
    const client = new Client(
      { name: 'pennyworth', version },
      {
        capabilities: {},
        versionNegotiation: { mode: 'auto', probe: { timeoutMs: timeout } },
        inputRequired: { autoFulfill: false },
        jsonSchemaValidator: { getValidator: neverCompiled },
      },
    );
    const over = new AbortController();
    const exchange: Exchange = { mostBytes: mostListBytes, signal: over.signal };
    try {
      // What goes wrong with a stream that nobody asked for concerns no call.
      client.onerror = () => undefined;
      const options = { timeout, signal: AbortSignal.timeout(timeout) };
      await transport.within(exchange, () => client.connect(transport, options));
      return { client, transport };
    } catch (error) {
      await client.close();
      throw exchange.fault ?? error;
    } finally {
      over.abort();
    }
  }

  #toGatewayError(error: unknown, { isCancelled, isLate }: { isCancelled: boolean; isLate: boolean }): GatewayError {
    const { name } = this.#options;
    const of = `The MCP server ${JSON.stringify(name)}`;
    const make = (status: number, code: string, message: string) =>
      new GatewayError({ status, type: 'server_error', code, message: `${of} ${message}`, cause: error });
    if (isCancelled) return make(502, 'upstream_error', 'was not waited for: the call was cancelled.');
    if (error instanceof UpstreamFault) return make(502, 'upstream_error', `was not heard out. ${error.message}`);
    if (isLate || (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout)) {
      return make(504, 'upstream_timeout', 'did not answer in time. What it has done by then is not known.');
    }
    if (error instanceof ProtocolError) {
      return make(502, 'upstream_error', `refused: ${error.message.slice(0, longestMessage)} (${error.code})`);
    }
    if (error instanceof SdkHttpError) return make(502, 'upstream_error', `answered with status ${error.status}.`);
    if (error instanceof GatewayError) return error;
    if (error instanceof UnreachableError) return this.#unreachable(error.cause);
    return make(502, 'upstream_error', 'answered with what cannot be read.');
  }

  #unreachable(cause: unknown): GatewayError {
    const message = `The MCP server ${JSON.stringify(this.#options.name)} cannot be reached. Try again later, or tell the operator.`;
    return unavailable('upstream_unavailable', message, undefined, cause);
  }
}

const longestMessage = 1_000;

/** The connection is made for all who ask; who does not wait for it any more leaves it to the others. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function neverCompiled(): never {
  throw new Error('schemas of upstream servers are not compiled here');
}

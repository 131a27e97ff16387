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
  /** Takes what is secret out of the server's words, before they are cut or told. */
  redact(text: string): string;
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
  /** The call is sent a second time, over a new connection. */
  onRepeat?(): void;
}

interface Question {
  readonly mostBytes: number;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Whether sending it twice may do something twice. */
  readonly acts: boolean;
  onRepeat?(): void;
}

/** One upstream server: one connection for as long as the process lives, made with the first question. */
export class UpstreamClient {
  readonly #options: UpstreamClientOptions;
  #connecting: Promise<Connection> | undefined;

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
      const asked = { mostBytes: mostListBytes, signal: notCancelled, timeoutMs: longestSetUpMs, acts: false };
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
  callTool({ tool, input, timeoutMs, progress, ...call }: ToolCall): Promise<CallToolResult> {
    const { max_result_bytes: mostBytes = 1_000_000 } = this.#options.config;
    // Of the tool only its input is told to the SDK, which sends some arguments as headers too where that says so: a schema
    // of its output would be compiled, and what is in it is not ours.
    const toolDefinition = { name: tool.name, inputSchema: tool.inputSchema };
    const asked = { ...call, mostBytes, timeoutMs: Math.min(timeoutMs, this.#timeoutMs()), acts: true };
    return this.#ask(asked, (client, options) =>
      client.callTool(
        { name: tool.name, arguments: { ...input } },
        { ...options, toolDefinition, onprogress: (each) => progress(each.progress, each.message) },
      ),
    );
  }

  #timeoutMs(): number {
    return (this.#options.config.timeout_seconds ?? 60) * 1_000;
  }

  /** Once more over a new connection, where the server does not take the one there is, and surely nothing was done. */
  async #ask<T>(
    asked: Question,
    question: (client: Client, options: { signal: AbortSignal; timeout: number }) => Promise<T>,
  ): Promise<T> {
    const time = AbortSignal.timeout(asked.timeoutMs);
    const signal = AbortSignal.any([asked.signal, time]);
    for (let attempt = 1; ; attempt++) {
      const over = new AbortController();
      const exchange: Exchange = { mostBytes: asked.mostBytes, signal: over.signal };
      const connecting = this.#connection();
      let connection: Connection | undefined;
      try {
        connection = await orAborted(connecting, signal);
        const { client, transport } = connection;
        // The SDK's own clock begins later, so that ours is the one that ends it.
        const options = { signal, timeout: asked.timeoutMs };
        return await transport.within(exchange, () => question(client, options));
      } catch (error) {
        // Refused, or its session is over (404 by the specification, 400 by some): the next question begins anew, with the
        // credential as it is then. Calls that are still being answered over the old connection are left to it.
        const isOver = error instanceof SdkHttpError && [400, 401, 403, 404].includes(error.status);
        if (isOver && connecting === this.#connecting) this.#connecting = undefined;
        if (isOver && connection && attempt === 1 && (!asked.acts || wasNotTaken(error, connection))) {
          asked.onRepeat?.();
          continue;
        }
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
    this.#connecting ??= this.#connect().catch((error: unknown) => {
      this.#connecting = undefined;
      throw error;
    });
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
    const refusal = error instanceof SdkHttpError ? refusalIn(error) : error;
    if (refusal instanceof ProtocolError) {
      const reason = this.#options.redact(refusal.message).slice(0, longestMessage);
      return make(502, 'upstream_error', `refused: ${reason} (${refusal.code})`);
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

/** A refusal in the protocol's own words, which some servers give an HTTP status too. */
const Refusal = z.looseObject({
  jsonrpc: z.literal('2.0'),
  error: z.looseObject({ code: z.number(), message: z.string() }),
});

function refusalIn({ data }: SdkHttpError): ProtocolError | undefined {
  try {
    const { code, message } = Refusal.parse(JSON.parse(String(data['text']))).error;
    return new ProtocolError(code, message);
  } catch {
    return undefined;
  }
}

/**
 * Whether a refused call surely did nothing: its credential or its session was not known, or what answered does not speak
 * the protocol (a proxy, or a session's loss in plain words). A refusal in the protocol's words, or 403, may come from the
 * tool itself, after it has begun.
 */
function wasNotTaken(error: SdkHttpError, { transport }: Connection): boolean {
  if (error.status === 401 || (error.status === 404 && transport.sessionId !== undefined)) return true;
  return error.status !== 403 && typeof error.data['text'] === 'string' && refusalIn(error) === undefined;
}

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

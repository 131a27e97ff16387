import { setTimeout as delay } from 'node:timers/promises';
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { Parameters } from '../../aws/ssm.ts';
import type { Clock } from '../../clock.ts';
import type { McpUpstream } from '../../config.ts';
import { GatewayError, unavailable } from '../../errors.ts';
import { type Logger, reasonOf } from '../../observe/logger.ts';
import { passOn, Redaction } from './pass-on.ts';
import { mostTools, readTools, type UpstreamTool } from './read-tools.ts';
import { type ToolCall, UpstreamClient } from './upstream-client.ts';
import { UpstreamFault } from './upstream-transport.ts';

/** ms for which a list of tools is taken for what there is. */
const freshMs = 300_000;
/** ms that a list of all tools waits for one server, counted from when it was asked. */
const mostWaitMs = 2_000;
/** ms between two looks at a list because somebody named a tool that it lacks. */
const lookAgainMs = 10_000;
/** ms after which a server that failed is asked again: each failure after the first doubles it, up to the most. */
const leastPauseMs = 5_000;
const mostPauseMs = 300_000;

export interface UpstreamOptions {
  readonly name: string;
  readonly config: McpUpstream;
  readonly version: string;
  readonly parameters: Parameters;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * One upstream server as long as the process lives: its connection and what it had of tools when it was last asked. That
 * list is also served while the server is down, so that clients, which ask once at their start, do not lose its tools.
 */
export class Upstream {
  readonly #options: UpstreamOptions;
  readonly #client: UpstreamClient;
  #redaction = new Redaction([]);
  /** Sent to the server by this process, the newest first: what is still answered may tell one that was changed since. */
  #credentials: readonly string[] = [];
  #tools: readonly UpstreamTool[] | undefined;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #fetching: { readonly since: number; readonly done: Promise<void> } | undefined;
  #failures = 0;
  #askAgainAt = Number.NEGATIVE_INFINITY;

  constructor(options: UpstreamOptions) {
    const { name, config, version } = options;
    this.#options = options;
    const redact = (text: string) => this.#redaction.text(text);
    this.#client = new UpstreamClient({ name, config, version, headers: () => this.#headers(), redact });
  }

  /** What may be listed now. Waits for two seconds at most, for a server that fails not at all. Never rejects. */
  async tools(): Promise<readonly UpstreamTool[]> {
    const now = this.#options.clock.now();
    const isDue = now >= this.#fetchedAt + freshMs && now >= this.#askAgainAt;
    const fetching = this.#fetching ?? (isDue ? this.#fetch() : undefined);
    if (fetching) await within(fetching.done, fetching.since + mostWaitMs - now);
    return this.#tools ?? [];
  }

  /**
   * One tool by its name here; a list without it is looked at once more, for tools come and go.
   * @throws GatewayError 503 while nothing is known of the server's tools
   */
  async find(name: string): Promise<UpstreamTool | undefined> {
    const { clock, config, name: server } = this.#options;
    const found = this.#tools?.find((tool) => tool.name === name);
    if (found) return found;
    const now = clock.now();
    if (now >= this.#askAgainAt && now >= this.#fetchedAt + lookAgainMs) {
      const { timeout_seconds: seconds = 60 } = config;
      await within((this.#fetching ?? this.#fetch()).done, seconds * 1_000);
    }
    if (this.#tools) return this.#tools.find((tool) => tool.name === name);
    const seconds = Math.max(Math.ceil((this.#askAgainAt - clock.now()) / 1_000), 1);
    const message = `The MCP server ${JSON.stringify(server)} does not say what tools it has. Try again later, or tell the operator.`;
    throw unavailable('upstream_unavailable', message, seconds);
  }

  /** @throws GatewayError 502, 503, 504 */
  async call(call: ToolCall): Promise<CallToolResult> {
    const { name } = this.#options;
    try {
      const progress: ToolCall['progress'] = (done, message) =>
        call.progress(done, message === undefined ? undefined : this.#redaction.text(message));
      return passOn(await this.#client.callTool({ ...call, progress }), this.#redaction);
    } catch (error) {
      if (!(error instanceof UpstreamFault)) throw error;
      const message = `The MCP server ${JSON.stringify(name)} was not heard out. ${error.message}`;
      throw new GatewayError({ status: 502, type: 'server_error', code: 'upstream_error', message, cause: error });
    }
  }

  #fetch() {
    const fetching = { since: this.#options.clock.now(), done: this.#readList() };
    this.#fetching = fetching;
    return fetching;
  }

  async #readList(): Promise<void> {
    const { name, config, clock, logger } = this.#options;
    try {
      const listed = await this.#client.listTools(mostTools);
      const { tools, leftOut } = readTools(name, listed, {
        patterns: config.tools ?? ['*'],
        redaction: this.#redaction,
      });
      this.#tools = tools;
      this.#fetchedAt = clock.now();
      this.#failures = 0;
      for (const { id, reason } of leftOut.slice(0, mostLines)) logger.warn('mcp_tool_left_out', { id, reason });
      if (leftOut.length > mostLines)
        logger.warn('mcp_tool_left_out', { id: name, reason: `and ${leftOut.length - mostLines} more` });
    } catch (error) {
      const pause = Math.min(leastPauseMs * 2 ** this.#failures, mostPauseMs);
      this.#failures++;
      this.#askAgainAt = clock.now() + pause;
      logger.warn('mcp_server_failed', { id: name, cause: this.#redaction.text(causeOf(error)), after_ms: pause });
    } finally {
      this.#fetching = undefined;
    }
  }

  /** Read anew for each connection, so that a changed parameter is in force with the next one. */
  async #headers(): Promise<Readonly<Record<string, string>>> {
    const { config, parameters } = this.#options;
    const { credential, headers = {} } = config;
    if (!credential) return headers;
    const value = credential.value ?? (await this.#readParameter(parameters, credential.parameter ?? ''));
    this.#credentials = [value, ...this.#credentials.filter((each) => each !== value)].slice(0, mostCredentials);
    this.#redaction = new Redaction(this.#credentials);
    return { ...headers, [credential.header]: value };
  }

  async #readParameter(parameters: Parameters, name: string): Promise<string> {
    const value = (await parameters.find(name))?.trim();
    if (value === undefined) throw new Error(`there is no SSM parameter ${name}`);
    if (!/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value))
      throw new Error(`the SSM parameter ${name} is not one line of ASCII`);
    return value;
  }
}

/** Why a server cannot be reached is known to us alone; of what it answers no word goes to the log. */
function causeOf(error: unknown): string {
  const inner = error instanceof GatewayError && error.code === 'upstream_unavailable' ? error.cause : undefined;
  if (!(inner instanceof Error)) return reasonOf(error);
  return inner.cause instanceof Error ? `${reasonOf(inner)} (${reasonOf(inner.cause)})` : reasonOf(inner);
}

const mostCredentials = 5;
/** Log lines of one list. */
const mostLines = 10;

async function within(work: Promise<void>, ms: number): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  await Promise.race([work, delay(Math.max(ms, 0), undefined, { signal }).catch(() => undefined)]);
  over.abort();
}

import type * as z from 'zod/mini';
import { UpstreamError } from '../errors.ts';
import { toAnswerError, toNetworkError } from './failure.ts';
import { readText } from './read-text.ts';

/** What a request is sent with. */
export interface Credential {
  readonly kind: 'session' | 'key';
  bearer(): Promise<string>;
  /** A new token in place of one that was refused; absent where there is no way to get one. */
  renew?(refused: string): Promise<string>;
}

export interface ApiOptions {
  /** Address of the gateway without `/v1`. */
  readonly url: string;
  /** Absent for what anyone may ask. */
  readonly credential?: Credential;
  readonly timeoutMs: number;
  readonly trace: (line: string) => void;
}

type Query = Readonly<Record<string, string | number | undefined>>;

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  readonly path: string;
  readonly query?: Query;
  /** Beside those that follow from the body. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

const idempotencyHeader = 'idempotency-key';
const maxRetries = 2;
/** A wait longer than this is left to the person. */
const longestWaitMs = 5_000;

/** The gateway's REST API. Every answer is parsed with its contract before anything believes it. */
export class ApiClient {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  get<T extends z.ZodMiniType>(path: string, schema: T, query: Query = {}): Promise<z.infer<T>> {
    return this.#ask({ method: 'GET', path, query }, schema);
  }

  /** `idempotencyKey`: with the same one it is done once, however often it is sent. */
  post<T extends z.ZodMiniType>(path: string, schema: T, body: unknown, idempotencyKey?: string): Promise<z.infer<T>> {
    const headers = idempotencyKey === undefined ? {} : { [idempotencyHeader]: idempotencyKey };
    return this.#ask({ method: 'POST', path, body, headers }, schema);
  }

  put<T extends z.ZodMiniType>(path: string, schema: T, body?: unknown): Promise<z.infer<T>> {
    return this.#ask({ method: 'PUT', path, body }, schema);
  }

  patch<T extends z.ZodMiniType>(path: string, schema: T, body: unknown): Promise<z.infer<T>> {
    return this.#ask({ method: 'PATCH', path, body }, schema);
  }

  delete<T extends z.ZodMiniType>(path: string, schema: T, query: Query = {}): Promise<z.infer<T>> {
    return this.#ask({ method: 'DELETE', path, query }, schema);
  }

  /**
   * The answer to a POST whose body the caller reads; only a success comes back.
   * @throws CliError by status; whatever `signal` was aborted with
   */
  async open(path: string, body: unknown, signal: AbortSignal): Promise<Response> {
    return this.#send({ method: 'POST', path, body, signal });
  }

  async #ask<T extends z.ZodMiniType>(call: Call, schema: T): Promise<z.infer<T>> {
    const { url, timeoutMs } = this.#options;
    const signal = AbortSignal.timeout(timeoutMs);
    let text: string;
    try {
      const response = await this.#send({ ...call, signal });
      text = await readText(response);
    } catch (error) {
      throw toNetworkError(error, url, timeoutMs);
    }
    return parseAnswer(text, schema, url);
  }

  /** Sends, and again where that can help: once with a renewed token, and after a short `Retry-After`. */
  async #send(call: Call): Promise<Response> {
    const { credential } = this.#options;
    let token = await credential?.bearer();
    let isRenewed = false;
    for (let retries = 0; ; ) {
      const headers = { ...call.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
      const response = await fetchOnce(this.#options, { ...call, headers });
      if (response.ok) return response;
      if (response.status === 401 && token !== undefined && credential?.renew && !isRenewed) {
        await response.body?.cancel();
        token = await credential.renew(token);
        isRenewed = true;
        continue;
      }
      const waitMs = retries < maxRetries ? retryAfterMs(response, call) : undefined;
      if (waitMs === undefined) throw await toAnswerError(response, credential?.kind);
      await response.body?.cancel();
      retries++;
      await pause(waitMs, call.signal);
    }
  }
}

/**
 * One request as it stands: not sent again, and any status is an answer.
 * @throws UpstreamError when there was no answer
 */
export async function fetchOnce(options: Omit<ApiOptions, 'credential'>, call: Call): Promise<Response> {
  const { url, trace, timeoutMs } = options;
  const target = new URL(`${url}${call.path}`);
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) target.searchParams.set(name, String(value));
  }
  trace(`> ${call.method} ${target.href}`);
  const startedAt = performance.now();
  try {
    const response = await fetch(target, {
      method: call.method,
      // A gateway has no reason to send us elsewhere, and what we send is for it alone.
      redirect: 'manual',
      headers: { ...call.headers, ...(call.body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      ...(call.signal ? { signal: call.signal } : {}),
    });
    const tookMs = Math.round(performance.now() - startedAt);
    trace(`< ${response.status} ${tookMs} ms request ${response.headers.get('x-request-id') ?? 'unknown'}`);
    return response;
  } catch (error) {
    throw toNetworkError(error, url, timeoutMs);
  }
}

/** Undefined where another try is pointless or not safe: only a refusal before any work may be sent again. */
function retryAfterMs(response: Response, { method, headers }: Call): number | undefined {
  const { status } = response;
  const isHarmless = method === 'GET' || headers?.[idempotencyHeader] !== undefined;
  // A conflict that says how long it lasts: somebody else is changing the same thing.
  const isConflict = status === 409 && response.headers.has('retry-after');
  const isRefused = status === 429 || isConflict || (status === 503 && isHarmless);
  if (!isRefused || response.headers.get('x-should-retry') === 'false') return undefined;
  const seconds = Number(response.headers.get('retry-after') ?? '1');
  return seconds >= 0 && seconds * 1000 <= longestWaitMs ? seconds * 1000 : undefined;
}

function pause(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, waitMs);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** @throws UpstreamError when the text is not what the contract says */
export function parseAnswer<T extends z.ZodMiniType>(text: string, schema: T, url: string): z.infer<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw notUnderstood(url, 'it is not JSON', cause);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw notUnderstood(url, `"${issue?.path.map(String).join('.')}" is not as expected`, parsed.error);
}

function notUnderstood(url: string, why: string, cause: unknown): UpstreamError {
  return new UpstreamError(`the answer of ${url} was not understood: ${why}`, {
    hint: 'check that the address is a Pennyworth gateway, and update pennyworth',
    code: 'bad_answer',
    cause,
  });
}

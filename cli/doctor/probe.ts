import { fetchOnce } from '../api/client.ts';
import { toNetworkError } from '../api/failure.ts';
import { readText } from '../api/read-text.ts';

/** An answer of any status, read to its end. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface ProbeOptions {
  readonly url: string;
  readonly timeoutMs: number;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
  readonly trace: (line: string) => void;
}

type ProbeCall = Omit<Parameters<typeof fetchOnce>[1], 'signal'>;

/** Asks the gateway like every client: no retries, and every answer is looked at as it came. */
export class Probe {
  readonly #options: ProbeOptions;

  constructor(options: ProbeOptions) {
    this.#options = options;
  }

  /** @throws UpstreamError when there was no whole answer in time */
  async send(call: ProbeCall): Promise<Reply> {
    return this.read(call, async (response) => ({
      status: response.status,
      headers: response.headers,
      text: await readText(response),
    }));
  }

  /** The same with the body left to `read`, within the same time. */
  async read<T>(call: ProbeCall, read: (response: Response) => Promise<T>): Promise<T> {
    const { url, timeoutMs } = this.#options;
    const signal = AbortSignal.any([this.#options.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      return await read(await fetchOnce(this.#options, { ...call, signal }));
    } catch (error) {
      throw toNetworkError(error, url, timeoutMs);
    }
  }
}

/** undefined where the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

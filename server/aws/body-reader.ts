import type { IncomingMessage } from 'node:http';
import { TransferError } from './transfer-error.ts';

/** Bytes that may wait for a slow reader before the connection is told to stop. */
const highWaterBytes = 64 * 1024;

interface Waiter {
  readonly resolve: (bytes: Buffer | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The body of an answer as the network brings it: one Buffer a read, stopped at the socket when the reader is slower.
 * Time counts only while somebody waits for bytes, so a slow reader is never taken for a silent service.
 */
export class BodyReader {
  readonly #response: IncomingMessage;
  readonly #signal: AbortSignal | undefined;
  readonly #idleTimeoutMs: number;
  /** Made for the first wait: a short answer is mostly there, whole, when it is asked for. */
  #idleTimer: NodeJS.Timeout | undefined;
  readonly #queue: Buffer[] = [];
  #queuedBytes = 0;
  #waiter: Waiter | undefined;
  #state: 'open' | 'ended' | 'failed' = 'open';
  #error: unknown;

  constructor(response: IncomingMessage, idleTimeoutMs: number, signal: AbortSignal | undefined) {
    this.#response = response;
    this.#signal = signal;
    this.#idleTimeoutMs = idleTimeoutMs;
    signal?.addEventListener('abort', this.#onAbort);
    response.on('data', (bytes: Buffer) => this.#onData(bytes));
    response.on('end', () => this.#finish('ended', undefined));
    response.on('error', (cause) => {
      this.#finish('failed', new TransferError('NetworkError', 'the connection broke within the answer', { cause }));
    });
  }

  /**
   * The next bytes; undefined at the end of a complete body. What came before a failure is handed out first.
   * @throws TransferError when the connection broke or was silent for too long; the signal's reason when aborted.
   */
  read(): Promise<Buffer | undefined> {
    const next = this.#take();
    if (next !== undefined) return Promise.resolve(next);
    if (this.#state === 'ended') return Promise.resolve(undefined);
    if (this.#state === 'failed') return Promise.reject(this.#error);
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
      if (this.#idleTimer) this.#idleTimer.refresh();
      else this.#idleTimer = setTimeout(() => this.#onIdle(), this.#idleTimeoutMs);
    });
  }

  /** What has come already. */
  #take(): Buffer | undefined {
    const next = this.#queue.shift();
    if (next === undefined) return undefined;
    this.#queuedBytes -= next.byteLength;
    if (this.#state === 'open' && this.#response.isPaused() && this.#queuedBytes < highWaterBytes) {
      this.#response.resume();
    }
    return next;
  }

  /** The next bytes, without waiting where that is known; undefined at the end. */
  #next(): Buffer | undefined | Promise<Buffer | undefined> {
    return this.#take() ?? (this.#state === 'ended' ? undefined : this.read());
  }

  /**
   * The whole body.
   * @throws TransferError as `read` does, and when it is longer than `mostBytes`.
   */
  async readAll(mostBytes: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let length = 0;
    for (;;) {
      const next = this.#next();
      const bytes = next instanceof Promise ? await next : next;
      if (bytes === undefined) break;
      parts.push(bytes);
      length += bytes.byteLength;
      if (length > mostBytes) {
        this.destroy();
        throw new TransferError('NetworkError', `the answer is longer than ${mostBytes} bytes`);
      }
    }
    const [first] = parts;
    return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts, length);
  }

  /** Gives the body up and closes its connection, unless it had come to its end. */
  destroy(): void {
    this.#finish('failed', new TransferError('NetworkError', 'the answer was given up by its reader'));
  }

  #onData(bytes: Buffer): void {
    const waiter = this.#waiter;
    if (waiter !== undefined) {
      this.#waiter = undefined;
      waiter.resolve(bytes);
      return;
    }
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.byteLength;
    if (this.#queuedBytes >= highWaterBytes) this.#response.pause();
  }

  #onIdle(): void {
    if (this.#waiter === undefined) return;
    this.#finish('failed', new TransferError('TimeoutError', `nothing came for ${this.#idleTimeoutMs} ms`));
  }

  readonly #onAbort = () => this.#finish('failed', this.#signal?.reason);

  #finish(state: 'ended' | 'failed', error: unknown): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    this.#error = error;
    clearTimeout(this.#idleTimer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    if (state === 'failed') this.#response.destroy();
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (state === 'ended') waiter?.resolve(undefined);
    else waiter?.reject(error);
  }
}

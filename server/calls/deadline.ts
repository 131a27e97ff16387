import type { AuthenticatedCall } from '../route.ts';
import { timeLeft } from './admit.ts';

/**
 * Aborts a call whose time is up, with the reason that `AbortSignal.timeout` gives. That one's timer cannot be taken back:
 * it and what collects it stay for a quarter of an hour, however soon the call has ended.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(call: AuthenticatedCall) {
    const reason = () => new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    this.#timer = setTimeout(() => this.#controller.abort(reason()), timeLeft(call)).unref();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The call has ended. */
  clear(): void {
    clearTimeout(this.#timer);
  }
}

import { toCliError } from '../errors.ts';

type Details = Readonly<Record<string, string | number | boolean | null>>;

/** One check as it is told; `--json` prints it like this. */
export interface Check {
  readonly name: string;
  /** `warning`: it works, but will not for long or not for all. Only `failed` makes the whole fail. */
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly message: string;
  /** What to do; null where there is nothing to do. */
  readonly next: string | null;
  /** What was measured or read, by stable names. */
  readonly details: Details;
  readonly duration_ms: number;
}

/** What a check found to be right, and what later checks need of it. */
export interface Found<T> {
  readonly message: string;
  readonly value: T;
  /** Makes it a warning. */
  readonly next?: string;
  readonly details?: Details;
}

/** What a check found to be wrong. */
export class CheckFailure extends Error {
  readonly next: string;
  readonly details: Details;

  constructor(message: string, next: string, details: Details = {}) {
    super(message);
    this.next = next;
    this.details = details;
  }
}

/** What a check left for those after it: a value, or why there is none. */
export type Step<T> = { readonly value: T } | { readonly missing: string };

/** Runs checks one after the other. What fails is written down, and what needs it is skipped. */
export class CheckList {
  readonly checks: Check[] = [];
  readonly #onCheck: (check: Check) => void;
  readonly #signal: AbortSignal;
  readonly #stopped: Promise<never>;

  /** `signal` ends the list: `run` then throws its reason. */
  constructor(signal: AbortSignal, onCheck: (check: Check) => void) {
    this.#onCheck = onCheck;
    this.#signal = signal;
    this.#stopped = new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
    this.#stopped.catch(() => {});
  }

  /** `after`: the step whose value it needs. */
  async run<V, T>(name: string, after: Step<V>, work: (value: V) => Promise<Found<T>>): Promise<Step<T>> {
    this.#signal.throwIfAborted();
    const startedAt = performance.now();
    const add = (check: Omit<Check, 'name' | 'duration_ms'>) => {
      const told = { name, ...check, duration_ms: Math.round(performance.now() - startedAt) };
      this.checks.push(told);
      this.#onCheck(told);
    };
    if ('missing' in after) {
      add({ status: 'skipped', message: after.missing, next: null, details: {} });
      return after;
    }
    try {
      const { message, value, next = null, details = {} } = await Promise.race([work(after.value), this.#stopped]);
      add({ status: next === null ? 'ok' : 'warning', message, next, details });
      return { value };
    } catch (error) {
      this.#signal.throwIfAborted();
      add({ status: 'failed', ...toFailure(error) });
      return { missing: `needs what "${name}" checks` };
    }
  }

  get hasFailed(): boolean {
    return this.checks.some((check) => check.status === 'failed');
  }
}

function toFailure(error: unknown): Pick<Check, 'message' | 'next' | 'details'> {
  if (error instanceof CheckFailure) return { message: error.message, next: error.next, details: error.details };
  const { message, hint, requestId } = toCliError(error);
  return { message, next: hint ?? null, details: requestId === undefined ? {} : { request_id: requestId } };
}

/**
 * Every answer that a process waits for from a service, numbered from 1; at one of them it dies: before its request goes
 * out, or when the service has done its work and the answer is on its way. A dead process never goes on: what it waits
 * for does not come, and nothing it would do afterwards is done, tidying up included.
 */
export class FaultPoints {
  readonly #killAt: number;
  readonly #phase: 'before' | 'after';
  readonly #death = Promise.withResolvers<'killed'>();
  #passed = 0;
  #isDead = false;

  constructor(killAt: number, phase: 'before' | 'after') {
    this.#killAt = killAt;
    this.#phase = phase;
  }

  /** The same client, every method of it a fault point. */
  wrap<T extends object>(client: T): T {
    return new Proxy(client, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => this.#pass(() => Reflect.apply(member, target, args));
      },
    });
  }

  /** The same pieces, each of them a fault point. */
  iterate<T>(source: AsyncIterable<T>): AsyncIterable<T> {
    const pieces = source[Symbol.asyncIterator]();
    return { [Symbol.asyncIterator]: () => ({ next: () => this.#pass(() => pieces.next()) }) };
  }

  /** How the work ended, or that the process died of it. */
  orKilled<T>(work: Promise<T>): Promise<T | 'killed'> {
    return Promise.race([work, this.#death.promise]);
  }

  async #pass<T>(call: () => T): Promise<Awaited<T>> {
    const number = ++this.#passed;
    if (number === this.#killAt && this.#phase === 'before') this.#die();
    if (this.#isDead) return never();
    try {
      return await call();
    } finally {
      if (number === this.#killAt) this.#die();
      if (this.#isDead) await never();
    }
  }

  #die(): void {
    this.#isDead = true;
    this.#death.resolve('killed');
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

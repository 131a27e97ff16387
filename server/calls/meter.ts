import type { ModelEvent } from '../model/events.ts';
import { noUsage, type Usage } from '../model/usage.ts';

/** Watches the events of one call go by and knows, at any moment, what the call has used. */
export class Meter {
  readonly #promptBytes: number;
  #usage: Usage | undefined;
  #outputBytes = 0;

  constructor(promptBytes: number) {
    this.#promptBytes = promptBytes;
  }

  read(events: readonly ModelEvent[]): void {
    for (const event of events) {
      if (event.type === 'usage') this.#usage = event.usage;
      else if (event.type === 'text-delta' || event.type === 'reasoning-delta') {
        this.#outputBytes += Buffer.byteLength(event.text);
      } else if (event.type === 'tool-call-delta') this.#outputBytes += Buffer.byteLength(event.json);
    }
  }

  /** The provider's own figures. */
  get usage(): Usage | undefined {
    return this.#usage;
  }

  /** For an answer that broke off before the provider counted: a third of a token per byte, in and out (security.md §3). */
  estimate(): Usage {
    return {
      ...noUsage,
      inputTokens: Math.ceil(this.#promptBytes / 3),
      outputTokens: Math.ceil(this.#outputBytes / 3),
    };
  }
}

import type { ModelEvent } from '../model/events.ts';
import { noUsage, type Usage } from '../model/usage.ts';

/** Watches the events of one call go by and knows, at any moment, what the call has used and what it had to leave out. */
export class Meter {
  readonly #promptTokens: number;
  readonly #lost = new Set<string>();
  #usage: Usage | undefined;
  #promptUsage: Usage | undefined;
  #outputBytes = 0;

  /** @param promptTokens the most the prompt can be, for an answer that breaks off before the provider counted */
  constructor(promptTokens: number) {
    this.#promptTokens = promptTokens;
  }

  read(events: readonly ModelEvent[]): void {
    for (const event of events) {
      if (event.type === 'usage') this.#usage = event.usage;
      else if (event.type === 'prompt-usage') this.#promptUsage = event.usage;
      else if (event.type === 'text-delta' || event.type === 'reasoning-delta') {
        this.#outputBytes += Buffer.byteLength(event.text);
      } else if (event.type === 'tool-call-delta') this.#outputBytes += Buffer.byteLength(event.json);
      else if (event.type === 'warning') this.#lost.add(event.field);
    }
  }

  /** The provider's own figures. */
  get usage(): Usage | undefined {
    return this.#usage;
  }

  /** Fields that the answer's warnings name: too late for the header of a stream, in time for the ledger. */
  get lost(): readonly string[] {
    return [...this.#lost];
  }

  /**
   * For an answer that broke off before the provider counted: the prompt as the provider told it at the start, or what was
   * held, and a third of a token per byte written (security.md §3).
   */
  estimate(): Usage {
    const prompt = this.#promptUsage ?? { ...noUsage, inputTokens: this.#promptTokens };
    return { ...prompt, outputTokens: Math.ceil(this.#outputBytes / 3), reasoningTokens: undefined };
  }
}

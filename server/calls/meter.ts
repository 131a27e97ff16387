import type { ModelEvent } from '../model/events.ts';
import { noUsage, optimizedTier, type Usage } from '../model/usage.ts';

/** Watches the events of one call go by and knows, at any moment, what the call has used and what it had to leave out. */
export class Meter {
  readonly #promptTokens: number;
  readonly #lost = new Set<string>();
  #tier: string | undefined;
  #usage: Usage | undefined;
  #promptUsage: Usage | undefined;
  #outputBytes = 0;

  /**
   * For an answer that breaks off before the provider counted:
   * @param promptTokens the most the prompt can be
   * @param tier the one that was asked for
   */
  constructor(promptTokens: number, tier?: string) {
    this.#promptTokens = promptTokens;
    this.#tier = tier;
  }

  /** The provider answers, and has left out these fields: what asked for a tier may be among them. */
  begin(dropped: readonly string[]): void {
    if (dropped.includes(this.#tier === optimizedTier ? 'performanceConfig' : 'service_tier')) this.#tier = undefined;
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
   * held, and a third of a token per byte written (security.md §3), in the tier it told, or the one that was asked for.
   */
  estimate(): Usage {
    const prompt = this.#promptUsage ?? { ...noUsage, inputTokens: this.#promptTokens };
    const outputTokens = Math.ceil(this.#outputBytes / 3);
    return { ...prompt, outputTokens, reasoningTokens: undefined, tier: prompt.tier ?? this.#tier };
  }
}

import type { ModelEvent } from '../../model/events.ts';

type BlockEvent = Extract<ModelEvent, { readonly index: number }>;

/**
 * Puts the blocks of an answer one after the other, as Anthropic's streams have them: what belongs to another block than
 * the open one waits until that has ended. Some servers write several tool calls at once.
 */
export class ContiguousBlocks {
  #open: number | undefined;
  #waiting: BlockEvent[] = [];

  order(events: readonly ModelEvent[]): readonly ModelEvent[] {
    const ordered: ModelEvent[] = [];
    for (const event of events) {
      if (!('index' in event)) ordered.push(event);
      else if (this.#open === undefined || event.index === this.#open) this.#take(event, ordered);
      else this.#waiting.push(event);
    }
    return ordered;
  }

  /** What still waits when no more comes, behind a block that never ended. */
  flush(): readonly ModelEvent[] {
    const ordered: ModelEvent[] = [];
    while (this.#waiting.length > 0) {
      if (this.#open !== undefined) ordered.push({ type: 'text-end', index: this.#open });
      this.#open = undefined;
      this.#takeNext(ordered);
    }
    return ordered;
  }

  #take(event: BlockEvent, ordered: ModelEvent[]): void {
    ordered.push(event);
    if (event.type.endsWith('-start')) this.#open = event.index;
    // Sealed thoughts are whole at once, and may come without a start.
    else if (event.type === 'reasoning-redacted' && this.#open === undefined) {
      ordered.push({ type: 'reasoning-end', index: event.index });
    } else if (event.type.endsWith('-end')) {
      this.#open = undefined;
      this.#takeNext(ordered);
    }
  }

  #takeNext(ordered: ModelEvent[]): void {
    const [first] = this.#waiting;
    if (!first) return;
    const next = this.#waiting.filter(({ index }) => index === first.index);
    this.#waiting = this.#waiting.filter(({ index }) => index !== first.index);
    for (const event of next) this.#take(event, ordered);
  }
}

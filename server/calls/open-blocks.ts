import type { ModelEvent } from '../model/events.ts';

const ends = {
  'text-start': 'text-end',
  'reasoning-start': 'reasoning-end',
  'tool-call-start': 'tool-call-end',
} as const;

/** Watches which blocks of an answer are open, so that one that is broken off can be ended properly. */
export class OpenBlocks {
  readonly #open = new Map<number, (typeof ends)[keyof typeof ends]>();
  #hasBegun = false;

  /** Whether anything of the answer itself has come. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  read(events: readonly ModelEvent[]): void {
    for (const event of events) {
      switch (event.type) {
        case 'text-start':
        case 'reasoning-start':
        case 'tool-call-start':
          this.#hasBegun = true;
          this.#open.set(event.index, ends[event.type]);
          break;
        case 'text-end':
        case 'reasoning-end':
        case 'tool-call-end':
          this.#open.delete(event.index);
          break;
        default:
          break;
      }
    }
  }

  /** The events that end what is open. */
  close(): ModelEvent[] {
    const events = [...this.#open].map(([index, type]): ModelEvent => ({ type, index }));
    this.#open.clear();
    return events;
  }
}

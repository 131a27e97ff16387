import type { ReasoningDetail } from '../../../shared/openai/chat.ts';
import type { ModelEvent } from '../../model/events.ts';

type ReasoningEvent = Extract<ModelEvent, { type: 'reasoning-delta' | 'reasoning-signature' | 'reasoning-redacted' }>;

/**
 * What a model thinks as entries of `reasoning_details`, numbered from 0 without gaps. Sent back as they came, they are
 * what the provider signed.
 */
export class ReasoningDetails {
  readonly #entries: ReasoningDetail[] = [];
  /** Block index → place of its entry, of blocks with text. */
  readonly #texts = new Map<number, number>();

  add(event: ReasoningEvent): void {
    if (event.type === 'reasoning-redacted') {
      this.#entries.push({ type: 'reasoning.encrypted', index: this.#entries.length, data: event.data });
      return;
    }
    const at = this.#texts.get(event.index) ?? this.#entries.length;
    this.#texts.set(event.index, at);
    const earlier = this.#entries[at];
    const { text = '', signature } = earlier?.type === 'reasoning.text' ? earlier : {};
    this.#entries[at] =
      event.type === 'reasoning-delta'
        ? {
            type: 'reasoning.text',
            index: at,
            text: text + event.text,
            ...(signature === undefined ? {} : { signature }),
          }
        : { type: 'reasoning.text', index: at, text, signature: (signature ?? '') + event.signature };
  }

  list(): ReasoningDetail[] {
    return this.#entries;
  }
}

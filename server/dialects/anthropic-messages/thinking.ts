import type { MessagesRequest } from '../../../shared/anthropic/messages.ts';
import type { ModelEvent } from '../../model/events.ts';
import { enclose } from '../enclosed-thinking.ts';
import type { JsonObject } from '../json-object.ts';
import { type Reading, wrong } from '../reading.ts';

// `thinking.display: omitted`: the caller gets no text of the thoughts, only what carries them on.

/** What an encoder knows of an answer before it begins. */
export interface MessagesHead {
  readonly id: string;
  /** As the caller wrote it. */
  readonly model: string;
  readonly omitsThinking: boolean;
}

const displays: readonly unknown[] = ['summarized', 'omitted', 'updates', null, undefined];

/** @throws GatewayError 400 for a display that does not exist */
export function decodeThinking(
  { thinking }: MessagesRequest,
  { dropped }: Reading,
): { readonly thinking: JsonObject | undefined; readonly omitsThinking: boolean } {
  if (!thinking) return { thinking: undefined, omitsThinking: false };
  const { display, ...rest } = thinking;
  if (!displays.includes(display)) throw wrong('thinking.display', 'is summarized, omitted or updates');
  if (display === 'updates') dropped.add('thinking.display');
  return { thinking: rest, omitsThinking: display === 'omitted' };
}

/** Takes the text out of the thoughts of one answer. Thoughts without a signature are left out whole. */
export class ThinkingOmitter {
  readonly #thoughts = new Map<number, { text: string; signature: string }>();

  omit(events: readonly ModelEvent[]): readonly ModelEvent[] {
    return events.flatMap((event) => this.#event(event));
  }

  #event(event: ModelEvent): readonly ModelEvent[] {
    switch (event.type) {
      case 'reasoning-start':
        this.#thoughts.set(event.index, { text: '', signature: '' });
        return [];
      case 'reasoning-delta':
      case 'reasoning-signature': {
        const thought = this.#thoughts.get(event.index);
        if (thought && event.type === 'reasoning-delta') thought.text += event.text;
        else if (thought && event.type === 'reasoning-signature') thought.signature += event.signature;
        return [];
      }
      case 'reasoning-redacted':
        // It has no text.
        this.#thoughts.delete(event.index);
        return [{ type: 'reasoning-start', index: event.index }, event];
      case 'reasoning-end':
        return this.#end(event);
      default:
        return [event];
    }
  }

  #end(event: Extract<ModelEvent, { type: 'reasoning-end' }>): readonly ModelEvent[] {
    const { index } = event;
    const thought = this.#thoughts.get(index);
    if (!thought) return [event];
    this.#thoughts.delete(index);
    if (thought.signature === '') return [];
    const signature = enclose(thought.text, thought.signature);
    return [{ type: 'reasoning-start', index }, { type: 'reasoning-signature', index, signature }, event];
  }
}

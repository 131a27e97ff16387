import type { Completion } from '../../../shared/openai/completions.ts';
import type { AnswerEncoder, AnswerEnd } from '../../calls/run-call.ts';
import type { ModelEvent } from '../../model/events.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import { noUsage, type Usage } from '../../model/usage.ts';
import { toChatUsage, toTextFinishReason } from '../openai-chat/usage.ts';

export interface CompletionHead {
  /** `cmpl-…` */
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  /** As the caller wrote it. */
  readonly model: string;
  /** Stands before the answer's own text. */
  readonly echo: string;
}

/**
 * Collects model events into one `text_completion`. It has room for texts alone: what a model thinks by itself is counted
 * in the usage and not told, and tools cannot be offered.
 */
export class CompletionAnswerEncoder implements AnswerEncoder {
  readonly #head: CompletionHead;
  #text: string;
  #reason: FinishReason = 'unknown';
  #usage: Usage = noUsage;

  constructor(head: CompletionHead) {
    this.#head = head;
    this.#text = head.echo;
  }

  add(events: readonly ModelEvent[]): void {
    for (const event of events) {
      if (event.type === 'text-delta') this.#text += event.text;
      else if (event.type === 'finish') this.#reason = event.reason;
      else if (event.type === 'usage') this.#usage = event.usage;
    }
  }

  answer({ costUsd }: AnswerEnd): Completion {
    const { id, created, model } = this.#head;
    return {
      id,
      object: 'text_completion',
      created,
      model,
      choices: [{ text: this.#text, index: 0, logprobs: null, finish_reason: toTextFinishReason(this.#reason) }],
      usage: toChatUsage(this.#usage, costUsd),
    };
  }
}

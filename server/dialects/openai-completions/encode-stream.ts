import type { CompletionFinishReason } from '../../../shared/openai/completions.ts';
import type { AnswerEnd, StreamEncoder } from '../../calls/run-call.ts';
import type { ModelEvent } from '../../model/events.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import { noUsage, type Usage } from '../../model/usage.ts';
import { toChatUsage, toTextFinishReason } from '../openai-chat/usage.ts';
import type { CompletionHead } from './encode-answer.ts';

export interface CompletionStreamOptions extends CompletionHead {
  readonly includeUsage: boolean;
}

/** Model events as server-sent pieces of a `text_completion`, one string for each batch. */
export class CompletionStreamEncoder implements StreamEncoder {
  readonly #head: string;
  readonly #tail: string;
  readonly #includeUsage: boolean;
  /** The prompt, until it was told. */
  #echo: string;
  #reason: FinishReason = 'unknown';
  #usage: Usage = noUsage;

  constructor({ id, created, model, echo, includeUsage }: CompletionStreamOptions) {
    const fields = JSON.stringify({ id, object: 'text_completion', created, model }).slice(0, -1);
    this.#head = `data: ${fields},"choices":[`;
    // As in chat: with include_usage the field is in every chunk, null until the last.
    this.#tail = includeUsage ? '],"usage":null}\n\n' : ']}\n\n';
    this.#includeUsage = includeUsage;
    this.#echo = echo;
  }

  encode(events: readonly ModelEvent[]): string {
    let stream = '';
    for (const event of events) {
      if (event.type === 'text-delta') stream += this.#chunk(event.text, null);
      else if (event.type === 'finish') this.#reason = event.reason;
      else if (event.type === 'usage') this.#usage = event.usage;
    }
    return stream;
  }

  end({ costUsd }: AnswerEnd): string {
    const finish = this.#chunk('', toTextFinishReason(this.#reason));
    if (!this.#includeUsage) return `${finish}data: [DONE]\n\n`;
    const usage = JSON.stringify(toChatUsage(this.#usage, costUsd));
    return `${finish}${this.#head}],"usage":${usage}}\n\ndata: [DONE]\n\n`;
  }

  error(body: object): string {
    return `data: ${JSON.stringify(body)}\n\n`;
  }

  /** The first has the prompt before its text, if the caller wants it back. */
  #chunk(text: string, reason: CompletionFinishReason | null): string {
    const choice = { text: this.#echo + text, index: 0, logprobs: null, finish_reason: reason };
    this.#echo = '';
    return this.#head + JSON.stringify(choice) + this.#tail;
  }
}

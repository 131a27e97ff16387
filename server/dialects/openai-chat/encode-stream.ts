import type { AnswerEnd, StreamEncoder } from '../../calls/run-call.ts';
import type { ModelEvent } from '../../model/events.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import { noUsage, type Usage } from '../../model/usage.ts';
import { toChatFinishReason, toChatUsage } from './usage.ts';

export interface ChatStreamOptions {
  /** `chatcmpl-…`, the same in every chunk. */
  readonly id: string;
  /** Seconds since the epoch, the same in every chunk. */
  readonly created: number;
  /** As the caller wrote it. */
  readonly model: string;
  readonly includeUsage: boolean;
}

/** Model events as server-sent chat chunks: a template around the JSON of each delta, one string for each batch. */
export class ChatStreamEncoder implements StreamEncoder {
  readonly #head: string;
  readonly #tail: string;
  readonly #includeUsage: boolean;
  /** Block index → OpenAI's index of the tool call and whether any of its arguments came. */
  readonly #toolCalls = new Map<number, { readonly index: number; hasArguments: boolean }>();
  #started = false;
  #reason: FinishReason = 'unknown';
  #usage: Usage = noUsage;

  constructor({ id, created, model, includeUsage }: ChatStreamOptions) {
    const fields = JSON.stringify({ id, object: 'chat.completion.chunk', created, model }).slice(0, -1);
    this.#head = `data: ${fields},"choices":[`;
    // With include_usage OpenAI sends the field in every chunk, null until the last.
    this.#tail = includeUsage ? '],"usage":null}\n\n' : ']}\n\n';
    this.#includeUsage = includeUsage;
  }

  encode(events: readonly ModelEvent[]): string {
    let text = '';
    for (const event of events) text += this.#event(event);
    return text;
  }

  end({ costUsd }: AnswerEnd): string {
    const reason = toChatFinishReason(this.#reason, this.#toolCalls.size > 0);
    const finish = `${this.#start()}${this.#chunk('{}', reason)}`;
    if (!this.#includeUsage) return `${finish}data: [DONE]\n\n`;
    const usage = JSON.stringify(toChatUsage(this.#usage, costUsd));
    return `${finish}${this.#head}],"usage":${usage}}\n\ndata: [DONE]\n\n`;
  }

  error(body: object): string {
    return `data: ${JSON.stringify(body)}\n\n`;
  }

  #event(event: ModelEvent): string {
    switch (event.type) {
      case 'start':
        return this.#start();
      case 'text-delta':
        return `${this.#start()}${this.#chunk(`{"content":${JSON.stringify(event.text)}}`)}`;
      case 'reasoning-delta':
        return `${this.#start()}${this.#chunk(`{"reasoning_content":${JSON.stringify(event.text)}}`)}`;
      case 'tool-call-start':
        return `${this.#start()}${this.#startToolCall(event)}`;
      case 'tool-call-delta':
        return this.#argumentsOf(event.index, event.json);
      case 'tool-call-end':
        // A call without arguments still has to end in something that parses.
        return this.#toolCalls.get(event.index)?.hasArguments ? '' : this.#argumentsOf(event.index, '{}');
      case 'finish':
        this.#reason = event.reason;
        return '';
      case 'usage':
        this.#usage = event.usage;
        return '';
      default:
        return '';
    }
  }

  #startToolCall({ index, id, name }: Extract<ModelEvent, { type: 'tool-call-start' }>): string {
    const call = { index: this.#toolCalls.size, hasArguments: false };
    this.#toolCalls.set(index, call);
    const started = { index: call.index, id, type: 'function', function: { name, arguments: '' } };
    return this.#chunk(`{"tool_calls":[${JSON.stringify(started)}]}`);
  }

  #argumentsOf(blockIndex: number, json: string): string {
    const call = this.#toolCalls.get(blockIndex);
    if (!call || json === '') return '';
    call.hasArguments = true;
    return this.#chunk(`{"tool_calls":[{"index":${call.index},"function":{"arguments":${JSON.stringify(json)}}}]}`);
  }

  /** The role stands in the first chunk only. */
  #start(): string {
    if (this.#started) return '';
    this.#started = true;
    return this.#chunk('{"role":"assistant","content":"","refusal":null}');
  }

  #chunk(delta: string, reason?: string): string {
    const finish = reason === undefined ? 'null' : `"${reason}"`;
    return `${this.#head}{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}${this.#tail}`;
  }
}

import type { ChatCompletion } from '../../../shared/openai/chat.ts';
import type { AnswerEncoder, AnswerEnd } from '../../calls/run-call.ts';
import type { ModelEvent } from '../../model/events.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import { noUsage, type Usage } from '../../model/usage.ts';
import { toChatFinishReason, toChatUsage } from './usage.ts';

interface CollectedToolCall {
  readonly id: string;
  readonly name: string;
  arguments: string;
}

/** Collects model events into one `chat.completion`. Texts are joined with nothing between them. */
export class ChatAnswerEncoder implements AnswerEncoder {
  readonly #head: { readonly id: string; readonly created: number; readonly model: string };
  readonly #toolCalls = new Map<number, CollectedToolCall>();
  #text = '';
  #reasoning = '';
  #reason: FinishReason = 'unknown';
  #usage: Usage = noUsage;

  constructor(head: { readonly id: string; readonly created: number; readonly model: string }) {
    this.#head = head;
  }

  add(events: readonly ModelEvent[]): void {
    for (const event of events) this.#add(event);
  }

  answer({ costUsd }: AnswerEnd): ChatCompletion {
    const toolCalls = [...this.#toolCalls.values()].map(({ id, name, arguments: json }) => {
      return { id, type: 'function' as const, function: { name, arguments: json || '{}' } };
    });
    const { id, created, model } = this.#head;
    return {
      id,
      object: 'chat.completion',
      created,
      model,
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: this.#text === '' && toolCalls.length > 0 ? null : this.#text,
            refusal: null,
            ...(this.#reasoning === '' ? {} : { reasoning_content: this.#reasoning }),
            ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
          },
          logprobs: null,
          finish_reason: toChatFinishReason(this.#reason, toolCalls.length > 0),
        },
      ],
      usage: toChatUsage(this.#usage, costUsd),
    };
  }

  #add(event: ModelEvent): void {
    switch (event.type) {
      case 'text-delta':
        this.#text += event.text;
        break;
      case 'reasoning-delta':
        this.#reasoning += event.text;
        break;
      case 'tool-call-start':
        this.#toolCalls.set(event.index, { id: event.id, name: event.name, arguments: '' });
        break;
      case 'tool-call-delta': {
        const call = this.#toolCalls.get(event.index);
        if (call) call.arguments += event.json;
        break;
      }
      case 'finish':
        this.#reason = event.reason;
        break;
      case 'usage':
        this.#usage = event.usage;
        break;
      default:
        break;
    }
  }
}

import type { AnswerToolCall, ChatCompletion } from '../../../shared/openai/chat.ts';
import type { AnswerEncoder, AnswerEnd } from '../../calls/run-call.ts';
import type { ModelEvent } from '../../model/events.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import { noUsage, type Usage } from '../../model/usage.ts';
import { CustomInput } from '../custom-tools.ts';
import type { AnswerForms } from '../decode-tools.ts';
import { ReasoningDetails } from './reasoning-details.ts';
import { toChatFinishReason, toChatTier, toChatUsage } from './usage.ts';

export interface ChatAnswerHead {
  /** `chatcmpl-…` */
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  /** As the caller wrote it. */
  readonly model: string;
  readonly forms: AnswerForms;
}

interface CollectedToolCall {
  readonly id: string;
  readonly name: string;
  arguments: string;
}

/** The old form has room for one call: a model that makes more, though it was told not to, is reported. */
export function callsWithoutRoom({ isLegacy }: AnswerForms, calls: number): readonly string[] {
  return isLegacy && calls > 1 ? ['function_call'] : [];
}

/** Collects model events into one `chat.completion`. Texts are joined with nothing between them. */
export class ChatAnswerEncoder implements AnswerEncoder {
  readonly #head: ChatAnswerHead;
  readonly #toolCalls = new Map<number, CollectedToolCall>();
  readonly #details = new ReasoningDetails();
  #text = '';
  #reasoning = '';
  #reason: FinishReason = 'unknown';
  #usage: Usage = noUsage;

  constructor(head: ChatAnswerHead) {
    this.#head = head;
  }

  add(events: readonly ModelEvent[]): void {
    for (const event of events) this.#add(event);
  }

  get dropped(): readonly string[] {
    return callsWithoutRoom(this.#head.forms, this.#toolCalls.size);
  }

  answer({ costUsd }: AnswerEnd): ChatCompletion {
    const { id, created, model, forms } = this.#head;
    const calls = [...this.#toolCalls.values()];
    const details = this.#details.list();
    const tier = toChatTier(this.#usage);
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
            content: this.#text === '' && calls.length > 0 ? null : this.#text,
            refusal: null,
            ...(this.#reasoning === '' ? {} : { reasoning_content: this.#reasoning }),
            ...(details.length === 0 ? {} : { reasoning_details: details }),
            ...(calls.length === 0 ? {} : this.#calls(calls)),
          },
          logprobs: null,
          finish_reason: toChatFinishReason(this.#reason, calls.length > 0, forms),
        },
      ],
      ...(tier && { service_tier: tier }),
      usage: toChatUsage(this.#usage, costUsd),
    };
  }

  /** The old form has room for one call: the first, as the models of its time made one. */
  #calls(
    calls: readonly CollectedToolCall[],
  ): Pick<ChatCompletion['choices'][0]['message'], 'tool_calls' | 'function_call'> {
    const { customTools, isLegacy } = this.#head.forms;
    const [first] = calls;
    if (isLegacy && first) return { function_call: { name: first.name, arguments: first.arguments || '{}' } };
    return {
      tool_calls: calls.map(({ id, name, arguments: json }): AnswerToolCall => {
        if (!customTools.has(name)) return { id, type: 'function', function: { name, arguments: json || '{}' } };
        const input = new CustomInput();
        return { id, type: 'custom', custom: { name, input: input.push(json) + input.end() } };
      }),
    };
  }

  #add(event: ModelEvent): void {
    switch (event.type) {
      case 'text-delta':
        this.#text += event.text;
        break;
      case 'reasoning-delta':
        this.#reasoning += event.text;
        this.#details.add(event);
        break;
      case 'reasoning-signature':
      case 'reasoning-redacted':
        this.#details.add(event);
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

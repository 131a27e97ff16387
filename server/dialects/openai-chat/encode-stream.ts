import type { AnswerEnd, StreamEncoder } from '../../calls/run-call.ts';
import type { ModelEvent } from '../../model/events.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import { noUsage, type Usage } from '../../model/usage.ts';
import { CustomInput } from '../custom-tools.ts';
import type { AnswerForms } from '../decode-tools.ts';
import { type ChatAnswerHead, callsWithoutRoom } from './encode-answer.ts';
import { ReasoningDetails } from './reasoning-details.ts';
import { toChatFinishReason, toChatTier, toChatUsage } from './usage.ts';

export interface ChatStreamOptions extends ChatAnswerHead {
  readonly includeUsage: boolean;
}

interface StreamedToolCall {
  /** OpenAI's index of the call, from 0. */
  readonly index: number;
  /** Only for a custom tool: takes its text out of the arguments. */
  readonly custom: CustomInput | undefined;
  hasArguments: boolean;
}

/** Model events as server-sent chat chunks: a template around the JSON of each delta, one string for each batch. */
export class ChatStreamEncoder implements StreamEncoder {
  readonly #head: string;
  readonly #tail: string;
  readonly #includeUsage: boolean;
  readonly #forms: AnswerForms;
  /** By block index. */
  readonly #toolCalls = new Map<number, StreamedToolCall>();
  readonly #details = new ReasoningDetails();
  #started = false;
  #reason: FinishReason = 'unknown';
  #usage: Usage = noUsage;

  constructor({ id, created, model, forms, includeUsage }: ChatStreamOptions) {
    const fields = JSON.stringify({ id, object: 'chat.completion.chunk', created, model }).slice(0, -1);
    this.#head = `data: ${fields},"choices":[`;
    // With include_usage OpenAI sends the field in every chunk, null until the last.
    this.#tail = includeUsage ? ',"usage":null}\n\n' : '}\n\n';
    this.#includeUsage = includeUsage;
    this.#forms = forms;
  }

  get dropped(): readonly string[] {
    return callsWithoutRoom(this.#forms, this.#toolCalls.size);
  }

  encode(events: readonly ModelEvent[]): string {
    let text = '';
    for (const event of events) text += this.#event(event);
    return text;
  }

  end({ costUsd }: AnswerEnd): string {
    const reason = toChatFinishReason(this.#reason, this.#toolCalls.size > 0, this.#forms);
    const served = toChatTier(this.#usage);
    const tier = served === undefined ? '' : `,"service_tier":"${served}"`;
    const finish = `${this.#start()}${this.#reasoningDetails()}${this.#head}${choice('{}', reason)}]${tier}${this.#tail}`;
    if (!this.#includeUsage) return `${finish}data: [DONE]\n\n`;
    const usage = JSON.stringify(toChatUsage(this.#usage, costUsd));
    return `${finish}${this.#head}]${tier},"usage":${usage}}\n\ndata: [DONE]\n\n`;
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
        this.#details.add(event);
        return `${this.#start()}${this.#chunk(`{"reasoning_content":${JSON.stringify(event.text)}}`)}`;
      case 'reasoning-signature':
      case 'reasoning-redacted':
        this.#details.add(event);
        return '';
      case 'tool-call-start':
        return `${this.#start()}${this.#startToolCall(event)}`;
      case 'tool-call-delta':
        return this.#argumentsOf(event.index, event.json);
      case 'tool-call-end':
        return this.#endToolCall(event.index);
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

  /**
   * The entries of `reasoning_details`, whole and once, at the end: of the clients that gather a stream, some join the
   * pieces of a field they do not know and others (OpenAI's own for JavaScript) keep the last one.
   */
  #reasoningDetails(): string {
    const details = this.#details.list();
    return details.length === 0 ? '' : this.#chunk(JSON.stringify({ reasoning_details: details }));
  }

  #startToolCall({ index, id, name }: Extract<ModelEvent, { type: 'tool-call-start' }>): string {
    const { customTools, isLegacy } = this.#forms;
    const custom = customTools.has(name) ? new CustomInput() : undefined;
    const call = { index: this.#toolCalls.size, custom, hasArguments: false };
    this.#toolCalls.set(index, call);
    if (isLegacy) {
      return call.index > 0 ? '' : this.#chunk(`{"function_call":${JSON.stringify({ name, arguments: '' })}}`);
    }
    const kind = custom
      ? { type: 'custom', custom: { name, input: '' } }
      : { type: 'function', function: { name, arguments: '' } };
    return this.#chunk(`{"tool_calls":[${JSON.stringify({ index: call.index, id, ...kind })}]}`);
  }

  #argumentsOf(blockIndex: number, json: string): string {
    const call = this.#toolCalls.get(blockIndex);
    if (!call || json === '') return '';
    call.hasArguments = true;
    if (call.custom) return this.#customInput(call.index, call.custom.push(json));
    const part = `{"arguments":${JSON.stringify(json)}}`;
    // The old form has room for one call: the first.
    if (this.#forms.isLegacy) return call.index > 0 ? '' : this.#chunk(`{"function_call":${part}}`);
    return this.#chunk(`{"tool_calls":[{"index":${call.index},"function":${part}}]}`);
  }

  #endToolCall(blockIndex: number): string {
    const call = this.#toolCalls.get(blockIndex);
    if (call?.custom) return this.#customInput(call.index, call.custom.end());
    // A call without arguments still has to end in something that parses.
    return call?.hasArguments ? '' : this.#argumentsOf(blockIndex, '{}');
  }

  #customInput(index: number, text: string): string {
    if (text === '') return '';
    return this.#chunk(`{"tool_calls":[{"index":${index},"custom":{"input":${JSON.stringify(text)}}}]}`);
  }

  /** The role stands in the first chunk only. */
  #start(): string {
    if (this.#started) return '';
    this.#started = true;
    return this.#chunk('{"role":"assistant","content":"","refusal":null}');
  }

  #chunk(delta: string): string {
    return `${this.#head}${choice(delta, undefined)}]${this.#tail}`;
  }
}

function choice(delta: string, reason: string | undefined): string {
  const finish = reason === undefined ? 'null' : `"${reason}"`;
  return `{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}`;
}

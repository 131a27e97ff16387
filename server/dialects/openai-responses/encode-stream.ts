import type { OutputItem, ResponseObject } from '../../../shared/openai/responses-answer.ts';
import type { AnswerEnd, StreamEncoder } from '../../calls/run-call.ts';
import type { ModelEvent } from '../../model/events.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import { noUsage, type Usage } from '../../model/usage.ts';
import { toResponseError } from './error.ts';
import { Keeping } from './keeping.ts';
import {
  type ItemListener,
  type OpenItem,
  OutputItems,
  outputText,
  type TextKind,
  toOutputItem,
} from './output-items.ts';
import { endedResponse, type ResponsesHead, responseOf } from './response-object.ts';
import { toIncompleteDetails, toResponseUsage } from './usage.ts';

/**
 * Model events as the server-sent events of Responses: every event has its name twice, a number that counts from 0, and
 * the last one the whole answer. Codex ends a turn only at that last one; there is no `[DONE]`.
 */
export class ResponsesStreamEncoder implements StreamEncoder, ItemListener {
  readonly #head: ResponsesHead;
  readonly #items: OutputItems;
  readonly #keeping: Keeping;
  /** The events not yet handed out. */
  #out = '';
  #sequence = 0;
  #reason: FinishReason = 'unknown';
  #usage: Usage | undefined;

  constructor(head: ResponsesHead) {
    this.#head = head;
    this.#items = new OutputItems(head, this);
    this.#keeping = new Keeping(head);
  }

  encode(events: readonly ModelEvent[]): string {
    this.#start();
    for (const event of events) {
      if (event.type === 'finish') this.#reason = event.reason;
      else if (event.type === 'usage') this.#usage = event.usage;
      else this.#items.add(event);
    }
    return this.#take();
  }

  keep(end: AnswerEnd): Promise<void> {
    return this.#keeping.keep(this.#ended(end), this.#items);
  }

  end(end: AnswerEnd): string {
    const response = this.#keeping.told(this.#ended(end));
    this.#event(`response.${response.status}`, members({ response }));
    return this.#take();
  }

  #ended(end: AnswerEnd): ResponseObject {
    this.#start();
    this.#items.close(toIncompleteDetails(this.#reason) ? 'incomplete' : 'completed');
    return endedResponse(this.#head, this.#reason, this.#items.list(), this.#usage ?? noUsage, end);
  }

  /** Items that were not done stay so: a client runs a call once it is told that it is done. */
  error(body: object): string {
    this.#start();
    const response = {
      ...responseOf(this.#head, 'failed', this.#items.list()),
      // What failed is not kept.
      store: false,
      error: toResponseError(body),
      ...(this.#usage && { usage: toResponseUsage(this.#usage, null) }),
    };
    this.#event('response.failed', members({ response }));
    return this.#take();
  }

  added(item: OpenItem): void {
    const output = toOutputItem(item, 'in_progress', undefined);
    this.#event('response.output_item.added', members({ output_index: item.outputIndex, item: output }));
    if (item.kind === 'message') {
      this.#event('response.content_part.added', `${placeOf(item)},"part":${JSON.stringify(outputText(''))}`);
    }
  }

  delta(item: OpenItem, text: string): void {
    const part = `"delta":${JSON.stringify(text)}`;
    switch (item.kind) {
      case 'message':
        this.#event('response.output_text.delta', `${placeOf(item)},${part},"logprobs":[]`);
        break;
      case 'reasoning':
        // Thoughts may have no text at all, and then no part.
        if (item.text === '') this.#summary(item, 'part.added', 'part', { type: 'summary_text', text: '' });
        this.#event('response.reasoning_summary_text.delta', `${placeOf(item)},${part}`);
        break;
      case 'function_call':
        this.#event('response.function_call_arguments.delta', `${placeOf(item)},${part}`);
        break;
      case 'custom_tool_call':
        this.#event('response.custom_tool_call_input.delta', `${placeOf(item)},${part}`);
        break;
    }
  }

  done(item: OpenItem, output: OutputItem): void {
    this.#contentDone(item);
    this.#event('response.output_item.done', members({ output_index: item.outputIndex, item: output }));
  }

  #contentDone(item: OpenItem): void {
    const { kind, name, text } = item;
    const place = placeOf(item);
    switch (kind) {
      case 'message':
        this.#event('response.output_text.done', `${place},${members({ text, logprobs: [] })}`);
        this.#event('response.content_part.done', `${place},${members({ part: outputText(text) })}`);
        break;
      case 'reasoning':
        if (text === '') break;
        this.#summary(item, 'text.done', 'text', text);
        this.#summary(item, 'part.done', 'part', { type: 'summary_text', text });
        break;
      case 'function_call':
        this.#event('response.function_call_arguments.done', `${place},${members({ name, arguments: text })}`);
        break;
      case 'custom_tool_call':
        this.#event('response.custom_tool_call_input.done', `${place},${members({ input: text })}`);
        break;
    }
  }

  #summary(item: OpenItem, event: string, name: string, value: unknown): void {
    this.#event(`response.reasoning_summary_${event}`, `${placeOf(item)},${members({ [name]: value })}`);
  }

  #start(): void {
    if (this.#sequence > 0) return;
    const response = members({ response: responseOf(this.#head, 'in_progress', []) });
    this.#event('response.created', response);
    this.#event('response.in_progress', response);
  }

  /** `fields`: the members of the event's object as JSON, without braces. */
  #event(type: string, fields: string): void {
    this.#out += `event: ${type}\ndata: {"type":"${type}","sequence_number":${this.#sequence++},${fields}}\n\n`;
  }

  #take(): string {
    const out = this.#out;
    this.#out = '';
    return out;
  }
}

/** Members of an object as JSON, without its braces. */
function members(value: object): string {
  return JSON.stringify(value).slice(1, -1);
}

/** Each item has one part; calls have none. */
const partOf: Readonly<Partial<Record<TextKind, string>>> = {
  message: ',"content_index":0',
  reasoning: ',"summary_index":0',
};

/** Where the text of an item goes, as members. */
function placeOf({ kind, id, outputIndex }: OpenItem): string {
  const part = typeof kind === 'string' ? partOf[kind] : undefined;
  return `"item_id":"${id}","output_index":${outputIndex}${part ?? ''}`;
}

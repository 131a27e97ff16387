import type { ResponseObject } from '../../../shared/openai/responses-answer.ts';
import type { AnswerEncoder, AnswerEnd } from '../../calls/run-call.ts';
import type { ModelEvent } from '../../model/events.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import { noUsage, type Usage } from '../../model/usage.ts';
import { Keeping } from './keeping.ts';
import { OutputItems } from './output-items.ts';
import { endedResponse, type ResponsesHead } from './response-object.ts';
import { toIncompleteDetails } from './usage.ts';

/** Collects model events into one Response. */
export class ResponsesAnswerEncoder implements AnswerEncoder {
  readonly #head: ResponsesHead;
  readonly #items: OutputItems;
  readonly #keeping: Keeping;
  #reason: FinishReason = 'unknown';
  #usage: Usage = noUsage;

  constructor(head: ResponsesHead) {
    this.#head = head;
    this.#items = new OutputItems(head);
    this.#keeping = new Keeping(head);
  }

  add(events: readonly ModelEvent[]): void {
    for (const event of events) {
      if (event.type === 'finish') this.#reason = event.reason;
      else if (event.type === 'usage') this.#usage = event.usage;
      else this.#items.add(event);
    }
  }

  keep(end: AnswerEnd): Promise<void> {
    return this.#keeping.keep(this.#ended(end), this.#items);
  }

  answer(end: AnswerEnd): ResponseObject {
    return this.#keeping.told(this.#ended(end));
  }

  #ended(end: AnswerEnd): ResponseObject {
    this.#items.close(toIncompleteDetails(this.#reason) ? 'incomplete' : 'completed');
    return endedResponse(this.#head, this.#reason, this.#items.list(), this.#usage, end);
  }
}

import type { ResponseObject } from '../../../shared/openai/responses-answer.ts';
import type { OutputItems } from './output-items.ts';
import type { ResponsesHead } from './response-object.ts';

/** Has a Response stored before its end is told, and sees that it says `store` only if it was. */
export class Keeping {
  readonly #head: ResponsesHead;
  #isKept = false;

  constructor(head: ResponsesHead) {
    this.#head = head;
  }

  /** Never rejects. */
  async keep(response: ResponseObject, items: OutputItems): Promise<void> {
    const { keep } = this.#head;
    if (keep) this.#isKept = await keep({ ...response, output: [...items.listSealed()] });
  }

  told(response: ResponseObject): ResponseObject {
    return this.#head.keep && !this.#isKept ? { ...response, store: false } : response;
  }
}

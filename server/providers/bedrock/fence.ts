/** The start of a Markdown fence, once it is whole: its line has ended, or JSON begins on it. */
const opening = /^```[a-z]*(?:[ \t]*\r?\n|[ \t]*(?=["{[\d-]))/i;
/** What may still become one. */
const unfinished = /^`{1,2}$|^```[a-z]{0,20}[ \t]{0,20}\r?$/i;
/** Characters kept back at most, to see whether a fence closes there. */
const mostHeld = 64;

/**
 * Takes the Markdown fence off a text that comes in pieces, where the whole text stands in one: models write JSON so,
 * whatever they are told. Blanks before the text go too. Other text comes out as it went in.
 */
export class FenceStripper {
  #state: 'start' | 'fenced' | 'bare' = 'start';
  #held = '';

  /** What is certain of the text so far. */
  push(piece: string): string {
    if (this.#state === 'bare') return piece;
    this.#held += piece;
    if (this.#state === 'start') {
      this.#held = this.#held.trimStart();
      if (this.#held === '' || unfinished.test(this.#held)) return '';
      const fence = opening.exec(this.#held)?.[0];
      this.#state = fence === undefined ? 'bare' : 'fenced';
      this.#held = this.#held.slice(fence?.length ?? 0);
      if (this.#state === 'bare') return this.#release(this.#held.length);
    }
    const tail = closingTail(this.#held);
    return this.#release(this.#held.length - tail <= mostHeld ? tail : this.#held.length);
  }

  /** What is left, without the closing fence. */
  end(): string {
    const rest = this.#release(this.#held.length);
    return this.#state === 'fenced' && rest.trim() === '```' ? '' : rest;
  }

  #release(length: number): string {
    const text = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    return text;
  }
}

/** Where blanks, up to three backticks and blanks begin that end a text. */
function closingTail(text: string): number {
  let at = skipBlanks(text, text.length);
  for (let ticks = 0; ticks < 3 && text[at - 1] === '`'; ticks++) at--;
  return skipBlanks(text, at);
}

/** The place of the first of the blanks before `end`. */
function skipBlanks(text: string, end: number): number {
  let at = end;
  while (at > 0 && ' \t\r\n'.includes(text.charAt(at - 1))) at--;
  return at;
}

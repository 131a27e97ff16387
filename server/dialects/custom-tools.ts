import { isObject, type JsonObject } from './json-object.ts';

// A custom tool takes one free text. Models here know only functions, so it is told as a function of one text.

/** JSON Schema of the function that stands for a custom tool. */
export const customInputSchema: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string' } },
  required: ['input'],
  additionalProperties: false,
};

export function toCustomInput(input: string): JsonObject {
  return { input };
}

/** The start of the arguments up to the text itself, as every model writes them. */
const opening = /^\s*\{\s*"input"\s*:\s*"/;
/** Characters; an opening is not longer, so arguments that have not opened by then have another shape. */
const longestOpening = 64;
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

/**
 * Takes the text out of a function's arguments while they arrive, wherever they are cut: in an escape, between the
 * halves of a surrogate pair, anywhere. Arguments of another shape are given whole, at the end.
 */
export class CustomInput {
  /** What was read and is not yet told: the arguments before the text, then a cut escape or half a character. */
  #pending = '';
  #state: 'before' | 'inside' | 'after' | 'otherwise' = 'before';

  /** The text that came with this piece. */
  push(json: string): string {
    if (this.#state === 'after') return '';
    this.#pending += json;
    if (this.#state === 'before') this.#open();
    return this.#state === 'inside' ? this.#unescape() : '';
  }

  /** What is left when no more comes. */
  end(): string {
    const rest = this.#pending;
    this.#pending = '';
    if (this.#state === 'inside' || this.#state === 'after') return '';
    // Arguments that broke off before the text say nothing; what is no object is the text itself.
    return textOf(rest) ?? (this.#state === 'before' && /^\s*(\{|$)/.test(rest) ? '' : rest);
  }

  #open(): void {
    const start = opening.exec(this.#pending);
    if (start) {
      this.#pending = this.#pending.slice(start[0].length);
      this.#state = 'inside';
    } else if (this.#pending.length > longestOpening) this.#state = 'otherwise';
  }

  #unescape(): string {
    const json = this.#pending;
    let text = '';
    let at = 0;
    while (at < json.length && this.#state === 'inside') {
      const next = nextSpecial(json, at);
      text += json.slice(at, next);
      at = next;
      if (json[at] === '"') this.#state = 'after';
      else if (json[at] === '\\') {
        const length = json[at + 1] === 'u' ? 6 : 2;
        if (at + length > json.length) break;
        text += unescapeOne(json.slice(at + 1, at + length));
        at += length;
      }
    }
    this.#pending = this.#state === 'after' ? '' : json.slice(at);
    return this.#holdHalf(text);
  }

  /** Half a character is no text to every client; it waits for its other half, as long as nothing else waits. */
  #holdHalf(text: string): string {
    if (this.#state === 'after' || !isHighSurrogate(text.slice(-1))) return text;
    this.#pending = text.slice(-1) + this.#pending;
    return text.slice(0, -1);
  }
}

function nextSpecial(json: string, from: number): number {
  for (let at = from; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === 0x22 || code === 0x5c) return at;
  }
  return json.length;
}

/** What stands after the backslash: one character, or `u` and four digits. */
function unescapeOne(escaped: string): string {
  if (escaped.length === 5) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
  return escapes[escaped] ?? escaped;
}

function isHighSurrogate(text: string): boolean {
  const code = text.charCodeAt(0);
  return text.length === 1 && code >= 0xd800 && code <= 0xdbff;
}

/** Arguments that do not open with the text: whatever they say is the input. undefined: they are no JSON. */
function textOf(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    if (!isObject(value)) return json;
    const { input } = value;
    if (typeof input === 'string') return input;
    if (input !== undefined) return JSON.stringify(input);
    return Object.keys(value).length === 0 ? '' : json;
  } catch {
    return undefined;
  }
}

import type { Readable } from 'node:stream';

/** Lines of a stream, one at a time: what is not asked for is not waited for. */
export class LineReader {
  readonly #pieces: AsyncIterator<unknown>;
  readonly #decoder = new TextDecoder();
  #text = '';
  #isAtEnd = false;

  constructor(stream: Readable) {
    this.#pieces = stream[Symbol.asyncIterator]();
  }

  /** The next line without its end; undefined where there is none. */
  async next(): Promise<string | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n');
      if (end >= 0) {
        const line = this.#text.slice(0, end).replace(/\r$/, '');
        this.#text = this.#text.slice(end + 1);
        return line;
      }
      if (this.#isAtEnd) {
        const rest = this.#text;
        this.#text = '';
        return rest === '' ? undefined : rest;
      }
      await this.#read();
    }
  }

  async #read(): Promise<void> {
    const piece = await this.#pieces.next();
    this.#isAtEnd = piece.done === true;
    if (this.#isAtEnd) this.#text += this.#decoder.decode();
    else if (typeof piece.value === 'string') this.#text += piece.value;
    else if (piece.value instanceof Uint8Array) this.#text += this.#decoder.decode(piece.value, { stream: true });
  }

  /** Lets go of the stream: an open pipe that nobody reads from must not hold the command. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}

/**
 * Reads the `data` of server-sent events (WHATWG HTML, "Server-sent events") from text that comes in any pieces. Event
 * names and ids mean nothing in a chat stream, and comments are the gateway's sign of life.
 */
export class EventData {
  #rest = '';
  #lines: string[] = [];

  /** The data of every event that the piece completed. */
  push(piece: string): readonly string[] {
    const events: string[] = [];
    const lines = (this.#rest + piece).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data:')) this.#lines.push(line.slice(line.startsWith('data: ') ? 6 : 5));
      else if (line === '' && this.#lines.length > 0) {
        events.push(this.#lines.join('\n'));
        this.#lines = [];
      }
    }
    return events;
  }
}

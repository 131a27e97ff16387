import type { ToolResultPart, UserPart } from '../../model/request.ts';
import { wrong } from '../reading.ts';

/** Which calls of the history are still to be answered, where the caller's own ids do not say it. */
export class CallHistory {
  readonly #splits = new Map<string, readonly string[]>();
  /** Ids of the calls in the old form by their name, and how many of them are answered. */
  readonly #functionCalls = new Map<string, { readonly ids: string[]; answered: number }>();
  #functionCallCount = 0;

  /** Ids for so many calls that the caller wrote as one. */
  split(id: string, count: number): readonly string[] {
    if (count === 1) return [id];
    const others = Array.from({ length: count - 1 }, (_, index) => `${id}_${index + 2}`);
    this.#splits.set(id, others);
    return [id, ...others];
  }

  /**
   * Results as they were sent, each followed by empty ones for the calls that were split off its call: every call has to
   * be answered, and the caller, who knows only one, answered only that.
   */
  complete<T extends UserPart>(parts: readonly T[]): readonly (T | ToolResultPart)[] {
    if (this.#splits.size === 0) return parts;
    return parts.flatMap((part): (T | ToolResultPart)[] => {
      const others = part.type === 'tool-result' ? this.#splits.get(part.toolCallId) : undefined;
      if (part.type !== 'tool-result' || !others) return [part];
      this.#splits.delete(part.toolCallId);
      return [
        part,
        ...others.map((id) => ({ type: 'tool-result', toolCallId: id, content: [], isError: false }) as const),
      ];
    });
  }

  /** An id for a call in the old form, which has none; the same in every request with the same history. */
  startFunctionCall(name: string): string {
    const id = `function_call_${this.#functionCallCount++}`;
    const calls = this.#functionCalls.get(name);
    if (calls) calls.ids.push(id);
    else this.#functionCalls.set(name, { ids: [id], answered: 0 });
    return id;
  }

  /** The oldest call of that name that has no answer yet. @throws GatewayError 400 when there is none */
  answerFunctionCall(name: string, path: string): string {
    const calls = this.#functionCalls.get(name);
    const id = calls?.ids[calls.answered];
    if (!calls || id === undefined)
      throw wrong(`${path}.name`, 'answers no function_call before it; send that message too');
    calls.answered++;
    return id;
  }
}

import { GatewayError } from '../../errors.ts';
import type { ModelEvent } from '../../model/events.ts';
import { FenceStripper } from './fence.ts';
import type { JsonObject } from './json.ts';

/** How an answer that has to be JSON is read where the model does not write it by grammar. */
export interface JsonAnswerOptions {
  /** The tool that was forced, whose arguments are the answer. */
  readonly tool: string | undefined;
  /** Without references. An answer that does not follow it is handed on with a warning. */
  readonly schema: JsonObject;
}

/** How it is read, with what judges it: the judge is large, and loaded for such answers only. */
export interface JsonReading extends JsonAnswerOptions {
  /** Whether a value follows a schema. */
  readonly follows: (schema: JsonObject, value: unknown) => boolean;
}

type Finish = Extract<ModelEvent, { type: 'finish' }>;
type TextEvent = Extract<ModelEvent, { type: 'text-start' | 'text-delta' | 'text-end' }>;

/**
 * Turns the events of such an answer into those of a text of JSON: the forced tool's arguments become text, a Markdown
 * fence is taken off. One object for one answer.
 */
export class JsonAnswer {
  readonly #options: JsonReading;
  readonly #toolBlocks = new Set<number>();
  /** Texts beside a forced tool, until it is known whether it was called. */
  readonly #heldBack: TextEvent[] = [];
  #fence = new FenceStripper();
  #text = '';
  #callsOthers = false;
  #fault: GatewayError | undefined;

  constructor(options: JsonReading) {
    this.#options = options;
  }

  /** The events that stand for these; some are kept back until later ones have come. */
  read(events: readonly ModelEvent[]): ModelEvent[] {
    return events.flatMap((event) => this.#read(event));
  }

  /** @throws GatewayError 502 for an answer that ended of itself and is no JSON */
  check(): void {
    if (this.#fault) throw this.#fault;
  }

  #read(event: ModelEvent): ModelEvent[] {
    switch (event.type) {
      case 'text-start':
      case 'text-delta':
      case 'text-end':
        if (this.#options.tool === undefined) return this.#onText(event);
        this.#heldBack.push(event);
        return [];
      case 'tool-call-start':
        if (event.name === this.#options.tool) {
          this.#toolBlocks.add(event.index);
          return [{ type: 'text-start', index: event.index }];
        }
        this.#callsOthers = true;
        return [event];
      case 'tool-call-delta':
        return this.#toolBlocks.has(event.index) ? this.#say(event.index, event.json) : [event];
      case 'tool-call-end':
        return [this.#toolBlocks.has(event.index) ? { type: 'text-end', index: event.index } : event];
      case 'finish':
        return this.#onFinish(event);
      default:
        return [event];
    }
  }

  #onText(event: TextEvent): ModelEvent[] {
    if (event.type === 'text-delta') return this.#say(event.index, this.#fence.push(event.text));
    if (event.type === 'text-end') return [...this.#say(event.index, this.#fence.end()), event];
    this.#fence = new FenceStripper();
    return [event];
  }

  #say(index: number, text: string): ModelEvent[] {
    if (text === '') return [];
    this.#text += text;
    return [{ type: 'text-delta', index, text }];
  }

  #onFinish(finish: Finish): ModelEvent[] {
    const isToolUsed = this.#toolBlocks.size > 0;
    // A forced tool that was not called after all: the text is the answer. Beside a call it is talk.
    const events = isToolUsed ? this.#leaveOut() : this.#heldBack.flatMap((event) => this.#onText(event));
    const ended = finish.reason === 'stop' || finish.reason === 'tool-calls';
    if (ended && !this.#callsOthers) events.push(...this.#judge());
    const isAnswer = isToolUsed && !this.#callsOthers && finish.reason === 'tool-calls';
    return [...events, isAnswer ? { ...finish, reason: 'stop' } : finish];
  }

  #leaveOut(): ModelEvent[] {
    const said = this.#heldBack.some((event) => event.type === 'text-delta' && event.text.trim() !== '');
    return said ? [{ type: 'warning', code: 'text_left_out', field: 'response_format' }] : [];
  }

  #judge(): ModelEvent[] {
    let value: unknown;
    try {
      value = JSON.parse(this.#text);
    } catch {
      this.#fault = noJson();
      return [];
    }
    return this.#options.follows(this.#options.schema, value)
      ? []
      : [{ type: 'warning', code: 'schema_mismatch', field: 'response_format' }];
  }
}

function noJson(): GatewayError {
  return new GatewayError({
    status: 502,
    type: 'server_error',
    code: 'upstream_malformed_output',
    message: 'response_format: the model’s answer is no JSON. Send the request again, or choose a stronger model.',
    param: 'response_format',
  });
}

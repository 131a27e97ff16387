import { AwsError } from './aws-error.ts';
import type { AwsService } from './endpoints.ts';
import { bareErrorName } from './error-answer.ts';
import { type Frame, FrameDecoder } from './frame-decoder.ts';
import { decodeFrameHeaders, type HeaderValue } from './frame-headers.ts';

/** One frame of an `application/vnd.amazon.eventstream` answer, payload parsed as JSON. */
export interface EventMessage {
  /** `event`: `name` is the `:event-type`. `exception`: `name` is the `:exception-type` as sent (lower camel case). */
  readonly kind: 'event' | 'exception';
  readonly name: string;
  readonly payload: unknown;
}

/** Whose stream it is, for the errors. */
export interface StreamOrigin {
  readonly service: AwsService;
  readonly requestId: string | undefined;
  readonly attempts: number;
}

type MessageHead = Pick<EventMessage, 'kind' | 'name'>;

/** Turns the bytes of a stream into messages, synchronously: what one read brought goes out as one array. */
export class EventStreamDecoder {
  readonly #frames = new FrameDecoder();
  readonly #origin: StreamOrigin;
  #failure: AwsError | undefined;
  /** Frames of one kind have the same headers byte for byte, so those of the last one are mostly known already. */
  #lastHeaders: Buffer | undefined;
  #lastHead: MessageHead | undefined;

  constructor(origin: StreamOrigin) {
    this.#origin = origin;
  }

  /** Why no more messages will come: a corrupt frame, or an error the service sent instead of an event. */
  get failure(): AwsError | undefined {
    return this.#failure;
  }

  /** The messages these bytes complete, up to one that cannot be read; `failure` then says why. */
  push(bytes: Buffer): EventMessage[] {
    const messages: EventMessage[] = [];
    if (this.#failure !== undefined) return messages;
    const frames = this.#frames.push(bytes);
    try {
      for (const frame of frames) messages.push(this.#toMessage(frame));
    } catch (error) {
      this.#failure = error instanceof AwsError ? error : this.#broken('a message of the stream cannot be read', error);
      return messages;
    }
    const { failure } = this.#frames;
    if (failure !== undefined) this.#failure = this.#broken(failure.message, failure);
    return messages;
  }

  /** @throws AwsError when the stream ended within a frame, or `failure` if there is one. */
  end(): void {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      this.#frames.end();
    } catch (error) {
      throw this.#broken('the stream ended within a frame', error);
    }
  }

  #toMessage({ headers, payload }: Frame): EventMessage {
    const { kind, name } = this.#headOf(headers);
    return { kind, name, payload: payload.length === 0 ? {} : JSON.parse(payload.toString()) };
  }

  #headOf(headers: Buffer): MessageHead {
    if (this.#lastHead !== undefined && this.#lastHeaders?.equals(headers)) return this.#lastHead;
    const head = this.#readHead(decodeFrameHeaders(headers));
    // A copy: a view would hold on to everything the network read had brought.
    this.#lastHeaders = Buffer.from(headers);
    this.#lastHead = head;
    return head;
  }

  #readHead(headers: ReadonlyMap<string, HeaderValue>): MessageHead {
    const kind = headers.get(':message-type');
    if (kind === 'error') throw this.#sentError(headers);
    const name = headers.get(kind === 'exception' ? ':exception-type' : ':event-type');
    if ((kind === 'event' || kind === 'exception') && typeof name === 'string') return { kind, name };
    throw new TypeError(`a message of the type ${String(kind)} is not known`);
  }

  #sentError(headers: ReadonlyMap<string, HeaderValue>): AwsError {
    const name = bareErrorName(String(headers.get(':error-code') ?? 'UnknownError'));
    const message = String(headers.get(':error-message') ?? `${this.#origin.service} ended the stream with an error`);
    return new AwsError({ ...this.#origin, name, message, status: 200 });
  }

  #broken(what: string, cause: unknown): AwsError {
    return new AwsError({
      ...this.#origin,
      name: 'NetworkError',
      message: `${this.#origin.service}: ${what}`,
      status: 200,
      cause,
    });
  }
}

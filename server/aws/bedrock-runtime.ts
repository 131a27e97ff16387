import type { BodyReader } from './body-reader.ts';
import { requestIdOf } from './error-answer.ts';
import { type EventMessage, EventStreamDecoder, type StreamOrigin } from './event-stream.ts';
import { parseAnswer } from './json-protocol.ts';
import { withRetries } from './retry.ts';
import { type AwsClientOptions, createServiceClient, toAwsError } from './service-client.ts';
import { encodePathSegment } from './sigv4.ts';

export type { EventMessage };

/** Which model of Bedrock's runtime is called, and the limits of the call. */
interface BedrockCallOptions {
  readonly signal: AbortSignal;
}

/** Converse and ConverseStream over the hot path. Both throw AwsError for a refusal before the first byte. */
export interface BedrockRuntime {
  converse(
    modelId: string,
    body: Readonly<Record<string, unknown>>,
    options: BedrockCallOptions,
  ): Promise<{ readonly body: unknown; readonly requestId: string | undefined; readonly attempts: number }>;
  /**
   * Resolves with the response's head. `messages` yields one array for each network read and throws AwsError when the
   * connection breaks, a frame is corrupt or cut, or nothing comes for the idle time. A clean end of the connection ends
   * it: whether the stream was complete is for the reader to say.
   */
  converseStream(
    modelId: string,
    body: Readonly<Record<string, unknown>>,
    options: BedrockCallOptions,
  ): Promise<{
    readonly messages: AsyncIterable<readonly EventMessage[]>;
    readonly requestId: string | undefined;
    readonly attempts: number;
  }>;
}

export interface BedrockRuntimeOptions extends AwsClientOptions {
  /** How long Bedrock may be silent before the head of an answer: a whole Converse answer comes after its last token. */
  readonly silenceTimeoutMs?: number;
  /** The longest pause between two reads of a stream. */
  readonly streamIdleTimeoutMs?: number;
}

const service = 'bedrock-runtime';
const retries = { leastDelayMs: 100, mostDelayMs: 2_000, anyServerError: false };
const headers = { 'content-type': 'application/json' };
/** Generated images come in base64 within the answer. */
const mostAnswerBytes = 64 * 1024 * 1024;

/** Signs with the credentials, or sends the API key of AWS_BEARER_TOKEN_BEDROCK where the environment has one. */
export function createBedrockRuntime(options: BedrockRuntimeOptions): BedrockRuntime {
  const { silenceTimeoutMs = 300_000, streamIdleTimeoutMs = 120_000 } = options;
  const client = createServiceClient(service, options, options.environment['AWS_BEARER_TOKEN_BEDROCK'] || undefined);

  /** Only the head is tried for again: once it has come the model works, and AWS bills it. */
  const post = (modelId: string, operation: string, input: unknown, signal: AbortSignal, idleTimeoutMs: number) => {
    const path = `/model/${encodePathSegment(modelId)}/${operation}`;
    const body = JSON.stringify(input);
    return withRetries(retries, signal, async (attempt) => {
      const call = { path, headers, body, attempt, signal, headTimeoutMs: silenceTimeoutMs, idleTimeoutMs };
      const answer = await client.post(call);
      const origin = { service, requestId: requestIdOf(answer.headers), attempts: attempt } as const;
      return { reader: answer.body, origin };
    });
  };

  return {
    async converse(modelId, input, { signal }) {
      const { reader, origin } = await post(modelId, 'converse', input, signal, silenceTimeoutMs);
      const { requestId, attempts } = origin;
      try {
        return { body: parseAnswer(await reader.readAll(mostAnswerBytes), () => origin), requestId, attempts };
      } catch (error) {
        throw toAwsError(error, service, attempts, requestId);
      }
    },
    async converseStream(modelId, input, { signal }) {
      const { reader, origin } = await post(modelId, 'converse-stream', input, signal, streamIdleTimeoutMs);
      const { requestId, attempts } = origin;
      return { messages: readMessages(reader, origin), requestId, attempts };
    },
  };
}

/** Leaving the loop early closes the connection, which alone stops Bedrock from generating on. */
function readMessages(reader: BodyReader, origin: StreamOrigin): AsyncIterable<readonly EventMessage[]> {
  const decoder = new EventStreamDecoder(origin);
  const done = { done: true, value: undefined } as const;

  const next = async (): Promise<IteratorResult<readonly EventMessage[]>> => {
    try {
      while (decoder.failure === undefined) {
        const bytes = await reader.read();
        if (bytes === undefined) break;
        const messages = decoder.push(bytes);
        if (messages.length > 0) return { done: false, value: messages };
      }
      decoder.end();
      return done;
    } catch (error) {
      reader.destroy();
      throw toAwsError(error, origin.service, origin.attempts, origin.requestId);
    }
  };
  const leave = async () => {
    reader.destroy();
    return done;
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: leave }) };
}

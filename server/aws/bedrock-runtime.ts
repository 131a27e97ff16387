import { AwsError } from './aws-error.ts';
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

/** The head of a stream that has begun. */
interface OpenStream {
  readonly messages: AsyncIterable<readonly EventMessage[]>;
  readonly requestId: string | undefined;
  readonly attempts: number;
}

/** Bedrock's runtime over the hot path. All throw AwsError for a refusal before the first byte. */
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
  ): Promise<OpenStream>;
  /**
   * InvokeModelWithResponseStream: `body` is in the words of the model's makers, and so is what each `chunk` of `messages`
   * holds (base64 in `bytes`). What Converse has in its body stands in `headers`. Otherwise as `converseStream`.
   */
  invokeModelStream(
    modelId: string,
    body: Readonly<Record<string, unknown>>,
    options: BedrockCallOptions & { readonly headers: Readonly<Record<string, string>> },
  ): Promise<
    OpenStream & {
      /** The tier that answers, where AWS names it. */
      readonly serviceTier?: { readonly type: string };
      /** The latency likewise. */
      readonly performanceConfig?: { readonly latency: string };
    }
  >;
  /**
   * The tokens of a prompt, without asking the model. Bedrock counts for bare ids only, and for few models; for others it
   * answers a ValidationException.
   */
  countTokens(
    modelId: string,
    input: CountTokensInput,
    options: BedrockCallOptions,
  ): Promise<{ readonly inputTokens: number }>;
}

/** A prompt in Converse's words (messages, system, toolConfig, additionalModelRequestFields) or in its model's own. */
export type CountTokensInput =
  | { readonly converse: Readonly<Record<string, unknown>> }
  | { readonly invokeModel: Readonly<Record<string, unknown>> };

export interface BedrockRuntimeOptions extends AwsClientOptions {
  /** How long Bedrock may be silent before the head of an answer: a whole Converse answer comes after its last token. */
  readonly silenceTimeoutMs?: number;
  /** The longest pause between two reads of a stream. */
  readonly streamIdleTimeoutMs?: number;
}

const service = 'bedrock-runtime';
const retries = { leastDelayMs: 100, mostDelayMs: 2_000, anyServerError: false };
const jsonHeaders = { 'content-type': 'application/json' };
/** Generated images come in base64 within the answer. */
const mostAnswerBytes = 64 * 1024 * 1024;

/** Signs with the credentials, or sends the API key of AWS_BEARER_TOKEN_BEDROCK where the environment has one. */
export function createBedrockRuntime(options: BedrockRuntimeOptions): BedrockRuntime {
  const { silenceTimeoutMs = 300_000, streamIdleTimeoutMs = 120_000 } = options;
  const client = createServiceClient(service, options, options.environment['AWS_BEARER_TOKEN_BEDROCK'] || undefined);

  /** Only the head is tried for again: once it has come the model works, and AWS bills it. */
  const post = (call: RuntimeCall, idleTimeoutMs: number) => {
    const { modelId, operation, input, signal } = call;
    const path = `/model/${encodePathSegment(modelId)}/${operation}`;
    const headers = call.headers ? { ...jsonHeaders, ...call.headers } : jsonHeaders;
    const body = JSON.stringify(input);
    return withRetries(retries, signal, async (attempt) => {
      const limits = { attempt, signal, headTimeoutMs: silenceTimeoutMs, idleTimeoutMs };
      const answer = await client.post({ path, headers, body, ...limits });
      const origin = { service, requestId: requestIdOf(answer.headers), attempts: attempt } as const;
      return { reader: answer.body, headers: answer.headers, origin };
    });
  };

  const ask = async (call: RuntimeCall) => {
    const { reader, origin } = await post(call, silenceTimeoutMs);
    const { requestId, attempts } = origin;
    try {
      return { body: parseAnswer(await reader.readAll(mostAnswerBytes), () => origin), requestId, attempts };
    } catch (error) {
      throw toAwsError(error, service, attempts, requestId);
    }
  };

  const openStream = async (call: RuntimeCall) => {
    const { reader, headers, origin } = await post(call, streamIdleTimeoutMs);
    const { requestId, attempts } = origin;
    return { messages: readMessages(reader, origin), requestId, attempts, headers };
  };

  return {
    converse: (modelId, input, { signal }) => ask({ modelId, operation: 'converse', input, signal }),
    async converseStream(modelId, input, { signal }) {
      const { headers: _, ...stream } = await openStream({ modelId, operation: 'converse-stream', input, signal });
      return stream;
    },
    async invokeModelStream(modelId, input, { headers: sent, signal }) {
      const operation = 'invoke-with-response-stream';
      const { headers, ...stream } = await openStream({ modelId, operation, input, signal, headers: sent });
      const [tier, latency] = [
        headers['x-amzn-bedrock-service-tier'],
        headers['x-amzn-bedrock-performanceconfig-latency'],
      ];
      return {
        ...stream,
        ...(typeof tier === 'string' && { serviceTier: { type: tier } }),
        ...(typeof latency === 'string' && { performanceConfig: { latency } }),
      };
    },
    async countTokens(modelId, counted, { signal }) {
      const input = 'converse' in counted ? counted : { invokeModel: { body: toBase64(counted.invokeModel) } };
      const { body, requestId } = await ask({ modelId, operation: 'count-tokens', input: { input }, signal });
      const inputTokens = tokensOf(body);
      if (inputTokens !== undefined) return { inputTokens };
      const message = 'CountTokens answered without a count';
      throw new AwsError({ name: 'UnreadableAnswerError', message, service, status: 200, requestId });
    },
  };
}

interface RuntimeCall {
  readonly modelId: string;
  /** The last part of the path. */
  readonly operation: string;
  readonly input: unknown;
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

function toBase64(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64');
}

function tokensOf(body: unknown): number | undefined {
  if (typeof body !== 'object' || body === null || !('inputTokens' in body)) return undefined;
  return typeof body.inputTokens === 'number' ? body.inputTokens : undefined;
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

import type { BedrockRuntime, EventMessage } from '../../aws/bedrock-runtime.ts';
import type { ModelEvent } from '../../model/events.ts';
import type { ProviderAnswer, ProviderCall } from '../provider.ts';
import { readConverseAnswer } from './answer.ts';
import { toProviderError } from './errors.ts';
import { shouldStream } from './operation.ts';
import type { ConverseRequest } from './request.ts';
import { ConverseStreamReader } from './stream.ts';

/**
 * Sends one request by Converse or ConverseStream.
 * @throws AwsError, or the GatewayError made of one that stood in a stream's first frame, before anything was answered
 */
export function send(runtime: BedrockRuntime, call: ProviderCall, converse: ConverseRequest): Promise<ProviderAnswer> {
  return shouldStream(call) ? openStream(runtime, call, converse) : ask(runtime, call, converse);
}

/** An answer that cannot be used is not asked for again: AWS bills it, and one answer is what money was held for. */
async function ask(runtime: BedrockRuntime, call: ProviderCall, converse: ConverseRequest): Promise<ProviderAnswer> {
  const { body, requestId, attempts } = await runtime.converse(call.target.modelId, converse.body, call);
  const events = toAsync(readConverseAnswer(body, converse));
  return { upstreamRequestId: requestId, attempts, dropped: converse.dropped, events };
}

async function* toAsync(batches: Iterable<readonly ModelEvent[]>): AsyncGenerator<readonly ModelEvent[]> {
  yield* batches;
}

async function openStream(
  runtime: BedrockRuntime,
  call: ProviderCall,
  converse: ConverseRequest,
): Promise<ProviderAnswer> {
  const { messages, requestId, attempts } = await runtime.converseStream(call.target.modelId, converse.body, call);
  const events = readStream(messages, converse);
  // Bedrock tells some refusals in the first frame of a stream that began with 200: our caller gets them as an HTTP error.
  const first = await events.next();
  return { upstreamRequestId: requestId, attempts, dropped: converse.dropped, events: resume(first, events) };
}

async function* resume(
  first: IteratorResult<readonly ModelEvent[], void>,
  rest: AsyncGenerator<readonly ModelEvent[], void>,
): AsyncGenerator<readonly ModelEvent[]> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}

/** What one network read brought is one batch; what came before a fault in it is handed on before the fault is thrown. */
async function* readStream(
  batches: AsyncIterable<readonly EventMessage[]>,
  converse: ConverseRequest,
): AsyncGenerator<readonly ModelEvent[], void> {
  const reader = new ConverseStreamReader(converse);
  try {
    for await (const messages of batches) {
      const events: ModelEvent[] = [];
      let fault: unknown;
      try {
        for (const message of messages) events.push(...reader.read(message));
      } catch (error) {
        fault = error;
      }
      if (events.length > 0 || fault === undefined) yield events;
      if (fault !== undefined) throw fault;
    }
    reader.end();
  } catch (error) {
    throw toProviderError(error, true);
  }
}

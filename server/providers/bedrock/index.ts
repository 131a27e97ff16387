import type { BedrockRuntime, EventMessage } from '../../aws/bedrock-runtime.ts';
import type { ModelEvent } from '../../model/events.ts';
import { type Provider, type ProviderAnswer, type ProviderCall, refuseDropped } from '../provider.ts';
import { readConverseAnswer } from './answer.ts';
import { toProviderError } from './errors.ts';
import { type ConverseRequest, encodeConverseRequest } from './request.ts';
import { ConverseStreamReader } from './stream.ts';

/**
 * A call that is not streamed and cannot grow longer than this is sent to Converse: the events of a stream that nobody
 * watches cost CPU and bring nothing (DESIGN §2). Longer ones are streamed upstream, for the idle time's sake.
 */
const longestWholeAnswerTokens = 4_096;

/** Amazon Bedrock's Converse API. */
export function createBedrockProvider(runtime: BedrockRuntime): Provider {
  return {
    id: 'bedrock',
    async call(call) {
      const converse = encodeConverseRequest(call);
      if (call.strict) refuseDropped(converse.dropped);
      try {
        return shouldStream(call) ? await openStream(runtime, call, converse) : await ask(runtime, call, converse);
      } catch (error) {
        throw toProviderError(error, false);
      }
    },
  };
}

function shouldStream({ request, target, maxOutputTokens }: ProviderCall): boolean {
  const { streaming, streamingTools } = target.model.capabilities;
  if (!streaming || (request.tools.length > 0 && !streamingTools)) return false;
  return request.stream || maxOutputTokens > longestWholeAnswerTokens;
}

async function ask(runtime: BedrockRuntime, call: ProviderCall, converse: ConverseRequest): Promise<ProviderAnswer> {
  const { body, requestId, attempts } = await runtime.converse(call.target.modelId, converse.body, call);
  return {
    upstreamRequestId: requestId,
    attempts,
    dropped: converse.dropped,
    events: readWhole(body, converse),
  };
}

async function* readWhole(body: unknown, converse: ConverseRequest): AsyncGenerator<readonly ModelEvent[]> {
  yield* readConverseAnswer(body, converse);
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

import type { BedrockRuntime, EventMessage } from '../../aws/bedrock-runtime.ts';
import type { ModelEvent } from '../../model/events.ts';
import type { ProviderAnswer, ProviderCall } from '../provider.ts';
import { readConverseAnswer } from './answer.ts';
import { extrasOf } from './claude-plan.ts';
import { toProviderError } from './errors.ts';
import type { InvokeRequest } from './invoke-body.ts';
import { shouldStream } from './operation.ts';
import type { ConverseRequest } from './request.ts';
import { ConverseStreamReader, type ReaderOptions } from './stream.ts';
import { tierOf } from './usage.ts';

/**
 * Sends one request: by InvokeModelWithResponseStream where it has something that only Claude's own body holds, else by
 * Converse or ConverseStream.
 * @throws AwsError, or the GatewayError made of one that stood in a stream's first frame, before anything was answered
 */
export async function send(
  runtime: BedrockRuntime,
  call: ProviderCall,
  planned: ConverseRequest,
): Promise<ProviderAnswer> {
  const converse: ReadableRequest = { ...planned, json: planned.json && (await judged(planned.json)) };
  const { claude: _, ...body } = converse.body;
  const extras = extrasOf(converse.body);
  if (extras) {
    const { toInvokeRequest } = await import('./invoke-body.ts');
    return invoke(runtime, call, converse, toInvokeRequest(body, extras));
  }
  const request = { ...converse, body };
  return shouldStream(call) ? openStream(runtime, call, request) : ask(runtime, call, request);
}

/** A request, and all that its answer is read with. */
type ReadableRequest = ConverseRequest & ReaderOptions;

async function judged(json: NonNullable<ConverseRequest['json']>): Promise<ReaderOptions['json']> {
  const { follows } = await import('./schema-judge.ts');
  return { ...json, follows };
}

/** Always streamed upstream: the whole answer is the collected stream. */
async function invoke(
  runtime: BedrockRuntime,
  call: ProviderCall,
  converse: ReadableRequest,
  { body, headers }: InvokeRequest,
): Promise<ProviderAnswer> {
  const { signal, target } = call;
  const stream = await runtime.invokeModelStream(target.modelId, body, { headers, signal });
  const { InvokeStreamReader } = await import('./invoke-stream.ts');
  return answerWith(stream, converse, new InvokeStreamReader(converse, tierOf(stream)));
}

/** An answer that cannot be used is not asked for again: AWS bills it, and one answer is what money was held for. */
async function ask(runtime: BedrockRuntime, call: ProviderCall, converse: ReadableRequest): Promise<ProviderAnswer> {
  const { body, requestId, attempts } = await runtime.converse(call.target.modelId, converse.body, call);
  const events = toAsync(readConverseAnswer(body, converse));
  return { upstreamRequestId: requestId, attempts, dropped: converse.dropped, events };
}

/** Without the promises that a generator over a generator would make of each of its batches. */
function toAsync(batches: Iterator<readonly ModelEvent[], void>): AsyncIterable<readonly ModelEvent[]> {
  return { [Symbol.asyncIterator]: () => ({ next: async () => batches.next() }) };
}

async function openStream(
  runtime: BedrockRuntime,
  call: ProviderCall,
  converse: ReadableRequest,
): Promise<ProviderAnswer> {
  const stream = await runtime.converseStream(call.target.modelId, converse.body, call);
  return answerWith(stream, converse, new ConverseStreamReader(converse));
}

async function answerWith(
  { messages, requestId, attempts }: Awaited<ReturnType<BedrockRuntime['converseStream']>>,
  { dropped }: ConverseRequest,
  reader: StreamReader,
): Promise<ProviderAnswer> {
  const events = readStream(messages, reader);
  // Bedrock tells some refusals in the first frame of a stream that began with 200: our caller gets them as an HTTP error.
  const first = await events.next();
  return { upstreamRequestId: requestId, attempts, dropped, events: resume(first, events) };
}

/** Turns the messages of one stream into events. */
type StreamReader = Pick<ConverseStreamReader, 'read' | 'end'>;

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
  reader: StreamReader,
): AsyncGenerator<readonly ModelEvent[], void> {
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

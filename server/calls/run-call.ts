import { formatUsd } from '../../shared/money.ts';
import type { Identity } from '../auth/identity.ts';
import { DroppedFields } from '../dialects/dropped-fields.ts';
import { type ErrorDialect, toErrorBody } from '../error-body.ts';
import { GatewayError, TruncatedStreamError } from '../errors.ts';
import type { Delivery, HttpResponse } from '../http.ts';
import { pingAfterMs, spaceAfterMs } from '../limits.ts';
import type { ModelEvent } from '../model/events.ts';
import type { ModelRequest } from '../model/request.ts';
import { noUsage } from '../model/usage.ts';
import type { PromptBound } from '../money/prompt-bound.ts';
import { upstreamFaultOf } from '../observe/fault.ts';
import { traced } from '../observe/trace.ts';
import type { ProviderAnswer } from '../providers/provider.ts';
import { type AuthenticatedCall, json } from '../route.ts';
import { admit, rateHeaders } from './admit.ts';
import { Deadline } from './deadline.ts';
import { asIs, errorInWordsOf, type NameField } from './field-names.ts';
import { Meter } from './meter.ts';
import { OpenBlocks } from './open-blocks.ts';
import { type CallOutcome, OpenCall } from './open-call.ts';
import { withSilences } from './pings.ts';
import { prepareCall } from './prepare-call.ts';
import { tagOf } from './tag.ts';
import { withoutSilence } from './whole-answer.ts';

/** What is only known at the end of an answer. */
export interface AnswerEnd {
  /** Nine decimals; null when the model has no price. */
  readonly costUsd: string | null;
}

/** What an encoder may do beside writing the answer. */
interface Encoder {
  /** What an answer has that its dialect has no room for, by name; asked for once all events were read. */
  readonly dropped?: readonly string[];
  /**
   * For answers that are stored: awaited once all events are there and before the end is told, so that what the caller is
   * told to be stored is. Never rejects.
   */
  keep?(end: AnswerEnd): Promise<void>;
}

/** Turns events into the pieces of a stream in one wire dialect. */
export interface StreamEncoder extends Encoder {
  encode(events: readonly ModelEvent[]): string;
  /** What is said while the model is silent; a comment, where the dialect has no word for it. */
  ping?(): string;
  end(end: AnswerEnd): string;
  /** An error after the first byte; the stream then ends without its closing mark. */
  error(body: object): string;
}

/** Collects events into one JSON answer in one wire dialect. */
export interface AnswerEncoder extends Encoder {
  add(events: readonly ModelEvent[]): void;
  answer(end: AnswerEnd): object;
}

/** One inference call as its dialect hands it over. */
export interface ModelCall {
  readonly endpoint: string;
  readonly dialect: ErrorDialect;
  readonly request: ModelRequest;
  /** Length in bytes of the body, and of what is stored of the conversation: the bound of what the prompt can be. */
  readonly promptBytes: number;
  /** Fields the dialect could not keep, by its own names. */
  readonly dropped: readonly string[];
  /** What a field is called in this dialect; absent where its names are those of OpenAI's chat, which providers use. */
  readonly nameField?: NameField;
  createStreamEncoder(): StreamEncoder;
  createAnswerEncoder(): AnswerEncoder;
}

/**
 * resolve → allow → reserve → fetch images → provider → encode → ledger → settle, the same for every dialect. An error
 * before the first byte is thrown; one after it is told inside the stream.
 */
export async function runModelCall(call: AuthenticatedCall, modelCall: ModelCall): Promise<HttpResponse> {
  const { context } = call;
  const tag = tagOf(call.request);
  const { endpoint, request, nameField = asIs } = modelCall;
  const { target, plan, bound, estimated, isCapOurs, dropped, strict } = prepareCall(call, modelCall);
  const { identity, reservation, maxOutputTokens } = await traced(call, 'admit', () =>
    admit(call, { endpoint, target, tag, estimated, isCapOurs }),
  );
  const open = new OpenCall(context, {
    requestId: call.requestId,
    startedAt: call.startedAt,
    identity,
    endpoint,
    target,
    stream: request.stream,
    tag,
    reservation,
    trace: call.request.trace,
  });
  const meter = new Meter(promptTokensOf(bound, target.model.contextWindow), estimated.serviceTier);
  const deadline = new Deadline(call);
  const { signal } = deadline;
  const run = new Run(open, meter, modelCall, dropped, deadline, call.onPaid);
  const ask = async (): Promise<ProviderAnswer> => {
    return context.providers[target.provider].call({
      target,
      // Only now: nothing is fetched for someone who has no money left.
      request: await context.remoteImages.load(request),
      maxOutputTokens,
      guardrail: plan.guardrail,
      strict,
      metadata: attribution(call.requestId, identity, tag),
      signal,
    });
  };
  const headers: Record<string, string> = { 'x-pennyworth-model': target.modelId, ...rateHeaders(reservation.rates) };
  if (maxOutputTokens !== request.maxOutputTokens) {
    headers['x-pennyworth-max-tokens'] = String(maxOutputTokens);
  }
  try {
    if (request.stream) return run.stream(await ask(), signal, headers, call);
    const answering = ask().then((answer) => run.collect(answer, signal, { ...headers }));
    return await withoutSilence(answering, spaceAfterMs, run.opened(answering, headers, call));
  } catch (thrown) {
    const error = errorInWordsOf(nameField, thrown);
    const told = plan.guardrail === request.guardrail ? error : blameOperator(error);
    await run.fail(told);
    throw told;
  }
}

/** Where the operator's guardrail is in force, its caller cannot mend it. */
function blameOperator(error: unknown): unknown {
  if (!(error instanceof GatewayError) || error.param !== 'guardrailConfig') return error;
  return new GatewayError({
    status: 500,
    type: 'server_error',
    code: 'gateway_misconfigured',
    message: 'The guardrail the operator has set does not exist. Tell the operator.',
    shouldRetry: false,
    cause: error,
  });
}

/** Travels to AWS as requestMetadata, so that its own logs can be matched with the ledger. */
function attribution(requestId: string, identity: Identity, tag: string | null): Record<string, string> {
  const pairs: Record<string, string> = { pw_request: requestId, pw_user: identity.person.username };
  if (identity.kind === 'key') pairs['pw_key'] = identity.keyId;
  if (identity.team !== null) pairs['pw_team'] = identity.team;
  if (tag !== null) pairs['pw_tag'] = tag;
  return pairs;
}

/** What an answer that breaks off is charged for its prompt: text at a third of a token per byte, media at their most. */
function promptTokensOf({ promptBytes, mediaTokens }: PromptBound, contextWindow = Number.POSITIVE_INFINITY): number {
  return Math.min(Math.ceil(promptBytes / 3) + mediaTokens, contextWindow);
}

/** One call between the provider's acceptance and its settlement. */
class Run {
  readonly #open: OpenCall;
  readonly #meter: Meter;
  readonly #modelCall: ModelCall;
  /** What dialect and gateway could not keep, by the dialect's names. */
  readonly #dropped: readonly string[];
  readonly #deadline: Deadline;
  readonly #onPaid: (() => void) | undefined;
  #answer: ProviderAnswer | undefined;
  #encoder: Encoder | undefined;
  #error: unknown;
  /** The time was up in the middle of the answer: what came of it is told, and charged by our own count. */
  #isCut = false;

  constructor(
    open: OpenCall,
    meter: Meter,
    modelCall: ModelCall,
    dropped: readonly string[],
    deadline: Deadline,
    onPaid: AuthenticatedCall['onPaid'],
  ) {
    this.#open = open;
    this.#meter = meter;
    this.#modelCall = modelCall;
    this.#dropped = dropped;
    this.#deadline = deadline;
    this.#onPaid = onPaid;
  }

  #begin(answer: ProviderAnswer): void {
    this.#answer = answer;
    this.#meter.begin(answer.dropped);
  }

  /** A whole answer in one JSON body; the ledger is written after the body was sent. */
  async collect(
    answer: ProviderAnswer,
    signal: AbortSignal,
    headers: Record<string, string>,
  ): Promise<HttpResponse & { readonly body: string }> {
    this.#begin(answer);
    const encoder = this.#modelCall.createAnswerEncoder();
    this.#encoder = encoder;
    for await (const events of this.#untilDeadline(answer, signal)) {
      this.#meter.read(events);
      encoder.add(events);
    }
    const end = this.#end();
    await encoder.keep?.(end);
    if (end.costUsd !== null) headers['x-pennyworth-cost-usd'] = end.costUsd;
    if (this.#isCut) headers['x-pennyworth-warning'] = 'deadline';
    const told = { ...headers, ...this.#droppedHeader() };
    this.#open.begun();
    this.#onPaid?.();
    return { ...json(200, encoder.answer(end), told), finish: (delivery) => this.#close(delivery) };
  }

  /** The head of a response that is opened before its answer is there; how the answer ends is known at its finish. */
  opened(
    answering: Promise<unknown>,
    headers: Readonly<Record<string, string>>,
    call: AuthenticatedCall,
  ): Omit<HttpResponse, 'body'> {
    return {
      status: 200,
      headers: { ...headers, 'content-type': 'application/json' },
      finish: async (delivery) => {
        await answering.catch((error: unknown) => this.#broke(error, call));
        await this.#close(delivery);
      },
    };
  }

  stream(
    answer: ProviderAnswer,
    signal: AbortSignal,
    headers: Record<string, string>,
    call: AuthenticatedCall,
  ): HttpResponse {
    this.#begin(answer);
    this.#onPaid?.();
    return {
      status: 200,
      headers: {
        ...headers,
        ...this.#droppedHeader(),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
      },
      body: this.#pump(this.#untilDeadline(answer, signal), call),
      finish: (delivery) => this.#close(delivery),
    };
  }

  /** One piece for each network read, nothing is awaited within it; and a comment in each long silence. */
  async *#pump(answer: ProviderAnswer['events'], call: AuthenticatedCall): AsyncGenerator<string> {
    const encoder = this.#modelCall.createStreamEncoder();
    this.#encoder = encoder;
    try {
      for await (const events of withSilences(answer, pingAfterMs)) {
        if (events === undefined) {
          yield encoder.ping?.() ?? ': ping\n\n';
          continue;
        }
        this.#meter.read(events);
        if (this.#isCut) yield ': the time of this call is up; the answer is cut here\n\n';
        const piece = encoder.encode(events);
        if (piece === '') continue;
        this.#open.begun();
        yield piece;
      }
      const end = this.#end();
      await encoder.keep?.(end);
      yield encoder.end(end);
    } catch (error) {
      this.#broke(error, call);
      const told = error instanceof GatewayError ? error : new TruncatedStreamError('the provider', error);
      yield encoder.error(toErrorBody(told, this.#modelCall.dialect, call.requestId));
    }
  }

  /** After the first byte: a fault of ours is logged with its stack. */
  #broke(error: unknown, { context, requestId }: AuthenticatedCall): void {
    this.#error = error;
    if (error instanceof GatewayError) return;
    const stack = error instanceof Error ? error.stack : String(error);
    context.logger.error('stream_failed', { request_id: requestId, stack });
  }

  /**
   * The answer, or what came of it by the deadline: a caller that waited so long gets that part, ended as one that reached
   * its length.
   */
  async *#untilDeadline(answer: ProviderAnswer, signal: AbortSignal): AsyncGenerator<readonly ModelEvent[]> {
    const blocks = new OpenBlocks();
    try {
      for await (const events of answer.events) {
        blocks.read(events);
        yield events;
      }
    } catch (error) {
      if (!signal.aborted || !blocks.hasBegun) throw error;
      this.#isCut = true;
      const usage = this.#meter.usage ?? this.#meter.estimate();
      yield [...blocks.close(), { type: 'usage', usage }, { type: 'finish', reason: 'length', raw: 'deadline' }];
    }
  }

  /** A call that failed before its first byte to the caller. */
  fail(error: unknown): Promise<void> {
    this.#error = error;
    return this.#close({ clientClosed: false });
  }

  #end(): AnswerEnd {
    const { usage } = this.#meter;
    const cost = usage ? this.#open.costOf(usage) : null;
    return { costUsd: cost === null ? null : formatUsd(cost) };
  }

  #close(delivery: Delivery): Promise<void> {
    this.#deadline.clear();
    const answer = this.#answer;
    const counted = this.#usage();
    if (counted.usage !== noUsage) this.#onPaid?.();
    return this.#open.close(
      {
        ...counted,
        status: this.#status(delivery),
        errorCode: this.#error instanceof GatewayError ? this.#error.code : this.#error ? 'internal_error' : null,
        attempts: answer?.attempts ?? 1,
        dropped: this.#allDropped(),
        upstreamRequestId: answer?.upstreamRequestId ?? null,
      },
      upstreamFaultOf(this.#error),
    );
  }

  /** Each name once: of a stream's header only what was known before its answer. */
  #allDropped(): readonly string[] {
    const names = new DroppedFields();
    const byProvider = this.#answer?.dropped ?? [];
    const byEncoder = this.#encoder?.dropped ?? [];
    const { nameField = asIs } = this.#modelCall;
    for (const name of this.#dropped) names.add(name);
    for (const name of [...byProvider, ...this.#meter.lost, ...byEncoder]) names.add(nameField(name));
    return names.shortList();
  }

  #droppedHeader(): Record<string, string> {
    const names = this.#allDropped();
    return names.length === 0 ? {} : { 'x-pennyworth-dropped': names.join(',') };
  }

  /** The provider's figures; our own count when the answer broke off without them; nothing for a refused call. */
  #usage(): Pick<CallOutcome, 'usage' | 'usageEstimated'> {
    const { usage } = this.#meter;
    if (usage) return { usage, usageEstimated: this.#isCut };
    const timedOut = this.#error instanceof GatewayError && this.#error.code === 'upstream_timeout';
    // A whole answer that was cut on its way had been written, and is billed.
    if (this.#answer || timedOut || this.#error instanceof TruncatedStreamError)
      return { usage: this.#meter.estimate(), usageEstimated: true };
    return { usage: noUsage, usageEstimated: false };
  }

  #status(delivery: Delivery): CallOutcome['status'] {
    if (this.#error instanceof TruncatedStreamError) return 'upstream_truncated';
    if (this.#error) return 'error';
    if (this.#isCut) return 'deadline';
    return delivery.clientClosed ? 'client_closed' : 'ok';
  }
}

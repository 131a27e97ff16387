import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { givenUpAt } from '../calls/admit.ts';
import { GatewayError } from '../errors.ts';
import { type HttpResponse, header } from '../http.ts';
import { orUnavailable } from '../keys/table-unavailable.ts';
import { type Logger, reasonOf } from '../observe/logger.ts';
import type { InferenceCall } from '../route.ts';
import type { SealedStore, StoredPlace } from '../stored/sealed-store.ts';
import { type Begun, type Ended, IdempotencyRecord, inProgress, type RecordOptions } from './record.ts';

/**
 * Answers a call of a model once for each Idempotency-Key: whoever repeats it waits for the first and gets its answer.
 * What was not paid for is not remembered, so that trying again is of use; a stream is never told twice.
 * @throws GatewayError 400, 409 `idempotency_in_progress` or `idempotency_not_replayable`, 422, 503, and what `handle` throws
 */
export type AnswerOnce = (
  call: InferenceCall,
  idempotencyKey: string,
  handle: (call: InferenceCall) => Promise<HttpResponse>,
) => Promise<HttpResponse>;

interface AnswerOnceOptions extends RecordOptions {
  readonly stored: SealedStore;
  readonly logger: Logger;
}

const remembersSeconds = 86_400;
const mostWaitMs = 120_000;
/** What is left of a waiting call's own time for its answer. */
const spareMs = 2_000;
const firstPauseMs = 50;
const longestPauseMs = 1_000;

/** Headers that change what is answered. */
const decisive = ['anthropic-beta', 'x-pennyworth-strict', 'x-pennyworth-cache'] as const;

/** An answer as it is kept: sealed, under the request id it was first given with. */
const Reply = z.object({ v: z.literal(1), headers: z.record(z.string(), z.string()), body: z.string() });

export function createAnswerOnce(options: AnswerOnceOptions): AnswerOnce {
  return async (call, idempotencyKey, handle) => {
    const { request, identity, requestId, body } = call;
    const record = new IdempotencyRecord(
      options,
      {
        username: identity.person.username,
        idempotencyKey,
        asked: [request.path, ...decisive.map((name) => header(request, name) ?? null), body],
      },
      { runsMs: givenUpAt(call) - call.startedAt, remembersSeconds, keepsId: false },
    );
    const isStream = body['stream'] === true;
    const begun = await orUnavailable(() => untilOurs(record, call, isStream));
    if (begun.state !== 'mine') return replay(options, call, begun, isStream);
    const work = new Work(options, record, placeOf(call, requestId));
    let response: HttpResponse;
    try {
      response = await handle({ ...call, onPaid: () => work.paid() });
    } catch (error) {
      await work.end();
      throw error;
    }
    const { body: answer, ...head } = response;
    if (typeof answer === 'string') {
      await work.keep(head, answer);
      return response;
    }
    const finish: HttpResponse['finish'] = async (delivery) => {
      await response.finish?.(delivery);
      await work.end();
    };
    return { ...response, body: isStream ? answer : keeping(answer, (whole) => work.keep(head, whole)), finish };
  };
}

/** Until nobody else works under the key. Who streams does not wait: there would be nothing to tell. */
async function untilOurs(record: IdempotencyRecord, call: InferenceCall, isStream: boolean): Promise<Begun> {
  const { requestId, context, request } = call;
  const end = Math.min(context.clock.now() + mostWaitMs, (request.deadline ?? Number.POSITIVE_INFINITY) - spareMs);
  let begun = await record.begin(requestId);
  for (let pause = firstPauseMs; begun.state === 'running' && !isStream; pause = Math.min(pause * 2, longestPauseMs)) {
    if (context.clock.now() + pause > end) throw inProgress(0);
    await sleep(pause);
    begun = await record.look(requestId);
  }
  return begun;
}

/** @throws GatewayError 409 where there is nothing to tell again, 401 for a credential that holds no more */
async function replay(
  { stored }: AnswerOnceOptions,
  call: InferenceCall,
  { state, id }: Begun,
  isStream: boolean,
): Promise<HttpResponse> {
  const { context, identity, request } = call;
  const { username, generation } = identity.person;
  // No reserve looks at it here: whoever is only remembered is asked for once more.
  if ((await context.balances.generationOf(username)) !== generation) {
    context.people.forget(username);
    await context.authenticate(request.headers, request);
  }
  if (isStream) throw notReplayable(id, state === 'running' ? 'is being streamed' : 'was streamed');
  const kept = state === 'done' ? await stored.get(placeOf(call, id)) : undefined;
  if (kept === undefined) throw notReplayable(id, 'was paid for, but its answer is lost');
  const { headers, body } = Reply.parse(JSON.parse(kept));
  return { status: 200, headers: { ...headers, 'idempotent-replayed': 'true', 'original-request': id }, body };
}

function placeOf({ identity }: InferenceCall, id: string): StoredPlace {
  return { owner: identity.person.username, kind: 'reply', id };
}

/** One call under its key: ended once, and never in the way of its answer. */
class Work {
  readonly #options: AnswerOnceOptions;
  readonly #record: IdempotencyRecord;
  readonly #place: StoredPlace;
  #isPaid = false;
  #isEnded = false;

  constructor(options: AnswerOnceOptions, record: IdempotencyRecord, place: StoredPlace) {
    this.#options = options;
    this.#record = record;
    this.#place = place;
  }

  paid(): void {
    this.#isPaid = true;
  }

  /** Before the caller has the answer, so that whoever misses it can have it. */
  async keep({ headers }: Pick<HttpResponse, 'headers'>, body: string): Promise<void> {
    if (!this.#isPaid) return this.end();
    // How much is left of a rate is not true any more when it is told again.
    const kept = Object.entries(headers).filter(([name]) => !name.startsWith('x-ratelimit-'));
    const reply: z.infer<typeof Reply> = { v: 1, headers: Object.fromEntries(kept), body };
    const isKept = await this.#options.stored.put(this.#place, JSON.stringify(reply), remembersSeconds).then(
      () => true,
      () => false, // which the store has logged
    );
    await this.end(isKept ? 'done' : 'spent');
  }

  /** What was paid for is not paid for again; what was not may be tried again at once. */
  async end(ended: Ended = 'spent'): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    try {
      await (this.#isPaid ? this.#record.finish(ended) : this.#record.giveUp());
    } catch (error) {
      // The record runs out by itself.
      this.#options.logger.error('idempotency_pending', { request_id: this.#place.id, cause: reasonOf(error) });
    }
  }
}

/** The pieces of one JSON body, kept as a whole before its last piece goes out. */
async function* keeping(pieces: AsyncIterable<string>, keep: (whole: string) => Promise<void>): AsyncGenerator<string> {
  let whole = '';
  for await (const piece of pieces) {
    whole += piece;
    // Spaces keep the connection open; the answer comes in one piece, after them.
    if (piece.trim() !== '') await keep(whole.trimStart());
    yield piece;
  }
}

function notReplayable(id: string, what: string): GatewayError {
  return new GatewayError({
    status: 409,
    type: 'conflict_error',
    code: 'idempotency_not_replayable',
    message: `Idempotency-Key: its request ${id} ${what}; it is not made again. Send a new key to pay for another answer.`,
    param: 'Idempotency-Key',
    shouldRetry: false,
    headers: { 'original-request': id },
  });
}

import type { Model } from '../../shared/api/models.ts';
import { ErrorBody } from '../../shared/api/shapes.ts';
import { EventData } from '../../shared/sse.ts';
import { Completion } from '../chat/answer.ts';
import { CheckFailure, type Found } from './check-list.ts';
import { foreignAnswer } from './foreign-answer.ts';
import { type Probe, parseJson, type Reply } from './probe.ts';
import { readTimed, requireStreamed, type StreamTiming } from './stream-timing.ts';

const shortQuestion = 'Answer with the one word: pong';
const longQuestion = 'Count from one to one hundred in words, one number on each line, without anything else.';
/** The local stack answers at once; this is how one asks its simulator to speak slowly (doc/simulator.md). */
const slowly = ' [[sim:{"chunks":60,"chunkDelayMs":15}]]';
const shortTokens = 16;
const longTokens = 300;

interface Streamed {
  readonly headers: Headers;
  readonly timing: StreamTiming;
}

/** The calls that cost money, each as a client of that protocol makes it. */
export class ModelCalls {
  /** Of the calls that were answered: they must be in the ledger. */
  readonly requestIds: string[] = [];
  readonly #probe: Probe;
  readonly #key: string;
  readonly #model: Model;

  /** `probe` should have the time that a model needs. */
  constructor(probe: Probe, key: string, model: Model) {
    this.#probe = probe;
    this.#key = key;
    this.#model = model;
  }

  /** A chat completion that is not streamed; the value is its cost as the header tells it. */
  async chat(): Promise<Found<string | null>> {
    const body = { model: this.#model.id, messages: this.#messages(shortQuestion), max_tokens: this.#cap(shortTokens) };
    const path = '/v1/chat/completions';
    const reply = await this.#probe.send({ method: 'POST', path, headers: this.#bearer(), body });
    if (reply.status !== 200) throw this.#refused(reply);
    if (!Completion.safeParse(parseJson(reply.text)).success) throw foreignAnswer(reply);
    this.#remember(reply.headers);
    return { message: `${this.#model.id} answers`, value: reply.headers.get('x-pennyworth-cost-usd') };
  }

  /** A longer one, streamed: its pieces must come over time. */
  async stream(isLocal: boolean): Promise<Found<null>> {
    const messages = this.#messages(isLocal ? longQuestion + slowly : longQuestion);
    const body = { model: this.#model.id, messages, max_tokens: this.#cap(longTokens), stream: true };
    const answer = await this.#stream('/v1/chat/completions', this.#bearer(), body, isDone);
    requireStreamed(answer.timing, answer.headers);
    const { first_byte_ms, last_byte_ms, reads } = answer.timing;
    const message = `first byte after ${first_byte_ms} ms, last after ${last_byte_ms} ms, in ${reads} reads`;
    return { message, value: null, details: { ...answer.timing } };
  }

  /** Anthropic's Messages, streamed. */
  async messages(): Promise<Found<null>> {
    const body = {
      model: this.#model.id,
      messages: this.#messages(shortQuestion),
      max_tokens: this.#cap(shortTokens),
      stream: true,
    };
    const headers = { 'x-api-key': this.#key, 'anthropic-version': '2023-06-01' };
    return this.#streamShort('/v1/messages', headers, body, endsWith('message_stop'));
  }

  /** OpenAI's Responses, streamed; a short answer may end as incomplete. */
  async responses(): Promise<Found<null>> {
    const body = {
      model: this.#model.id,
      input: shortQuestion,
      max_output_tokens: this.#cap(shortTokens),
      store: false,
      stream: true,
    };
    const end = endsWith('response.completed', 'response.incomplete');
    return this.#streamShort('/v1/responses', this.#bearer(), body, end);
  }

  /** A short answer may come at once: only a length known beforehand says that it was held back. */
  async #streamShort(
    path: string,
    headers: Readonly<Record<string, string>>,
    body: object,
    isEnd: (data: string) => boolean,
  ): Promise<Found<null>> {
    const answer = await this.#stream(path, headers, body, isEnd);
    if (answer.headers.has('content-length')) requireStreamed(answer.timing, answer.headers);
    const message = `${this.#model.id} answers, first byte after ${answer.timing.first_byte_ms} ms`;
    return { message, value: null, details: { ...answer.timing } };
  }

  async #stream(
    path: string,
    headers: Readonly<Record<string, string>>,
    body: object,
    isEnd: (data: string) => boolean,
  ): Promise<Streamed> {
    const startedAt = performance.now();
    const call = { method: 'POST', path, headers, body } as const;
    const {
      status,
      headers: got,
      text,
      timing,
    } = await this.#probe.read(call, async (response) => ({
      status: response.status,
      headers: response.headers,
      ...(await readTimed(response.body ?? new Blob([]).stream(), startedAt)),
    }));
    if (status !== 200) throw this.#refused({ status, headers: got, text });
    if (!got.get('content-type')?.startsWith('text/event-stream')) {
      throw foreignAnswer({ status, headers: got, text });
    }
    this.#remember(got);
    const events = new EventData().push(text);
    const last = events.at(-1) ?? '';
    if (isEnd(last)) return { headers: got, timing };
    const error = events.map((data) => ErrorBody.safeParse(parseJson(data))).find((parsed) => parsed.success);
    const said = error?.data.error.message;
    throw new CheckFailure(
      said === undefined ? 'the stream breaks off before its last event' : `the stream ends with an error: ${said}`,
      `search the function’s log for ${got.get('x-request-id') ?? 'the last call'}`,
      { ...timing },
    );
  }

  #messages(content: string) {
    return [{ role: 'user', content }];
  }

  #bearer(): Readonly<Record<string, string>> {
    return { authorization: `Bearer ${this.#key}` };
  }

  #cap(tokens: number): number {
    return Math.max(tokens, this.#model.pennyworth.min_output_tokens ?? 1);
  }

  #remember(headers: Headers): void {
    const id = headers.get('x-request-id');
    if (id !== null) this.requestIds.push(id);
  }

  #refused(reply: Reply): CheckFailure {
    const parsed = ErrorBody.safeParse(parseJson(reply.text));
    if (!parsed.success && !/"type":\s*"error"/.test(reply.text)) return foreignAnswer(reply);
    const said = parsed.data?.error.message ?? reply.text.slice(0, 300);
    const id = reply.headers.get('x-request-id');
    const next =
      reply.status >= 500
        ? `search the function’s log for ${id ?? 'this call'}`
        : `see in Bedrock’s console whether the account may use ${this.#model.id}, or take another one with --model`;
    return new CheckFailure(`${reply.status}: ${said}`, next, { request_id: id });
  }
}

const isDone = (data: string) => data === '[DONE]';

function endsWith(...types: readonly string[]): (data: string) => boolean {
  return (data) => types.some((type) => data.includes(`"type":"${type}"`));
}

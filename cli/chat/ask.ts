import { EventData } from '../../shared/sse.ts';
import { type ApiClient, parseAnswer } from '../api/client.ts';
import { CliError, UpstreamError } from '../errors.ts';
import { type Answer, AnswerReader, brokenOff, Completion, toAnswer } from './answer.ts';

export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface Question {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly maxTokens: number | undefined;
  readonly stream: boolean;
}

export interface AskOptions {
  /** Ctrl-C. */
  readonly stop: AbortSignal;
  /** The longest silence of the gateway in ms. */
  readonly idleMs: number;
  /** Called with each piece of text as it comes, with all of it at once where nothing is streamed. */
  readonly onText: (text: string) => void;
}

export interface Outcome {
  readonly answer: Answer;
  /** The person stopped it: the answer is what had come until then. */
  readonly isStopped: boolean;
}

/** Aborts when nothing came for some time. */
class IdleLimit {
  readonly #controller = new AbortController();
  readonly #idleMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(idleMs: number) {
    this.#idleMs = idleMs;
    this.restart();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(this.#error()), this.#idleMs);
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #error(): UpstreamError {
    return new UpstreamError(`the gateway was silent for ${this.#idleMs / 1000} s`, {
      hint: 'try again, with --timeout for more time',
      code: 'timeout',
    });
  }
}

/**
 * One question to a model. Stopping closes the connection; the gateway reads the answer to its end and bills it.
 * @throws CliError for refusals, for a stream that breaks off or carries an error, and for silence
 */
export async function ask(api: ApiClient, question: Question, options: AskOptions): Promise<Outcome> {
  const idle = new IdleLimit(options.idleMs);
  const reader = new AnswerReader();
  const signal = AbortSignal.any([options.stop, idle.signal]);
  try {
    const response = await api.open('/v1/chat/completions', bodyOf(question), signal);
    const answer = question.stream
      ? await readStream(response, reader, idle, options.onText)
      : await readWhole(response, idle, options.onText);
    return { answer, isStopped: false };
  } catch (error) {
    if (options.stop.aborted) return { answer: reader.answer, isStopped: true };
    if (idle.signal.aborted) throw idle.signal.reason;
    throw error instanceof CliError ? error : brokenOff(error);
  } finally {
    idle.end();
  }
}

function bodyOf({ model, messages, maxTokens, stream }: Question) {
  return {
    model,
    messages,
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  };
}

async function* textOf(response: Response, idle: IdleLimit): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const piece of response.body ?? []) {
    idle.restart();
    yield decoder.decode(piece, { stream: true });
  }
}

async function readStream(
  response: Response,
  reader: AnswerReader,
  idle: IdleLimit,
  onText: (text: string) => void,
): Promise<Answer> {
  const events = new EventData();
  for await (const piece of textOf(response, idle)) {
    for (const data of events.push(piece)) {
      const text = reader.read(data);
      if (text !== '') onText(text);
    }
  }
  return reader.end();
}

/** While the model thinks, the gateway sends a space now and then. */
async function readWhole(response: Response, idle: IdleLimit, onText: (text: string) => void): Promise<Answer> {
  let text = '';
  for await (const piece of textOf(response, idle)) text += piece;
  const answer = toAnswer(parseAnswer(text, Completion, new URL(response.url).origin));
  onText(answer.text);
  return answer;
}

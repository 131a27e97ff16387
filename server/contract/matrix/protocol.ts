import type { Mode } from '../ask.ts';
import type { weather } from '../tools.ts';

// A conversation in no protocol's words, so that one test asks the same through all of them.

export type Tool = typeof weather;

/** One turn of a conversation. */
export type Said =
  | UserSaid
  /** What some protocol's model said, in the words of that protocol where it is asked again. */
  | { readonly by: 'model'; readonly told: Told }
  | { readonly by: 'tools'; readonly results: readonly { readonly call: ToolCall; readonly text: string }[] };

export interface UserSaid {
  readonly by: 'user';
  readonly text: string;
  readonly file?: 'image' | 'document';
  /** What stands up to here may be cached. */
  readonly cached?: boolean;
}

export interface Question {
  readonly said: readonly Said[];
  readonly system?: string;
  /** The system prompt may be cached. */
  readonly systemCached?: boolean;
  readonly tools?: readonly Tool[];
  /** The model is asked to think, and its thoughts to be such that they can be sent back. */
  readonly thinks?: boolean;
  /** A JSON Schema for the answer. */
  readonly schema?: object;
  /** Most tokens of the answer. */
  readonly cap?: number;
  /** More fields, in the protocol's own words. */
  readonly own?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** As it was written: JSON, or the free text of a custom tool. */
  readonly input: string;
  readonly isCustom: boolean;
}

/** What a model thought: its text, and what has to go back with it. */
export interface Thought {
  readonly text: string;
  readonly signature: string | undefined;
  /** The provider gives it out only sealed; then there is no text. */
  readonly data: string | undefined;
}

/** Counted alike in all protocols: `prompt` is all of it, cached or not. */
interface Counted {
  readonly prompt: number;
  readonly cached: number;
  readonly written: number;
  readonly answer: number;
}

interface Failure {
  /** Of the SDK's error; `response.failed` where the protocol tells it in a Response. */
  readonly thrown: string;
  readonly code: string | undefined;
  /** Without what the SDK puts before it. */
  readonly message: string;
}

/** What came of a question. */
export interface Told {
  readonly protocol: Protocol['name'];
  /** Of HTTP; 200 also for a stream that broke off after it had begun. */
  readonly status: number;
  readonly text: string;
  readonly thoughts: readonly Thought[];
  readonly calls: readonly ToolCall[];
  /** Why it stopped, in the protocol's own word. */
  readonly stop: string | undefined;
  readonly usage: Counted | undefined;
  /** Names in x-pennyworth-dropped. */
  readonly dropped: readonly string[];
  readonly headers: Headers;
  readonly failure: Failure | undefined;
  /** Blocks or items as they came, to be sent back. */
  readonly own: readonly unknown[];
}

export interface Protocol {
  readonly name: 'chat' | 'responses' | 'messages';
  /** Its words for why an answer stopped. */
  readonly stops: Readonly<Record<'end' | 'tools' | 'length' | 'filter', string>>;
  /** What it calls an error that comes after the stream has begun: the SDK's class. */
  readonly brokenStream: string;
  /**
   * Asks through the genuine SDK.
   * @throws Error when something of the answer or stream is not as the protocol's schemas and grammar have it
   */
  ask(mode: Mode, model: string, question: Question): Promise<Told>;
  /** A stream as it begins; to go away from it is to break out of `events`. */
  begin(
    model: string,
    question: Question,
  ): Promise<{ readonly events: AsyncIterable<unknown>; readonly headers: Headers }>;
}

export const nothingTold: Omit<Told, 'protocol' | 'status' | 'headers' | 'dropped'> = {
  text: '',
  thoughts: [],
  calls: [],
  stop: undefined,
  usage: undefined,
  failure: undefined,
  own: [],
};

/** What the headers say. */
export function headOf(headers: Headers): Pick<Told, 'headers' | 'dropped'> {
  return { headers, dropped: headers.get('x-pennyworth-dropped')?.split(',') ?? [] };
}

/** A user's words with a script for the simulator behind them (doc/simulator.md). */
export function scripted(commands: object, words = 'Please.'): UserSaid {
  return { by: 'user', text: `${words} [[sim:${JSON.stringify(commands)}]]` };
}

/** What the model said, and what each of its calls came to: how a turn with tools goes on. */
export function answered(told: Told, text = '12 degrees'): Said[] {
  return [
    { by: 'model', told },
    { by: 'tools', results: told.calls.map((call) => ({ call, text })) },
  ];
}

/** 12,000 bytes, so 3,000 tokens: more than any of the models needs before it caches. Its first words make it unknown. */
export function longText(name: string): string {
  return `${name} `.padEnd(12_000, 'You are a patient assistant that knows the weather of every town. ');
}

import OpenAI from 'openai';
import { inject } from 'vitest';
import type * as z from 'zod/mini';
import { faultsOf } from './openai-schemas.ts';
import { Answer, assemble, Chunk, type Message, type ReasoningDetail, type Usage } from './wire.ts';

const { url, api_key: apiKey } = inject('dev');
export const client = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });

export const modes = ['sync', 'stream'] as const;
export type Mode = (typeof modes)[number];

/** What came of a request, the same for a whole answer and for a stream. */
export interface Outcome {
  /** Of HTTP; 200 also for a stream that broke off after it had begun. */
  readonly status: number;
  readonly text: string;
  readonly reasoning: string;
  readonly details: readonly ReasoningDetail[];
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly input: string }[];
  readonly finishReason: string | undefined;
  readonly usage: z.infer<typeof Usage> | undefined;
  readonly serviceTier: string | undefined;
  /** To be sent back in the next turn. */
  readonly message: Message | undefined;
  /** Names in x-pennyworth-dropped. */
  readonly dropped: readonly string[];
  readonly headers: Headers;
  readonly error: InstanceType<typeof OpenAI.APIError> | undefined;
  /** Chunks of the stream; 0 for a whole answer. */
  readonly chunks: number;
  /** What is wrong by OpenAI's schemas or by the rules of its streams. */
  readonly faults: readonly string[];
}

const none: Omit<Outcome, 'status' | 'headers' | 'dropped'> = {
  text: '',
  reasoning: '',
  details: [],
  toolCalls: [],
  finishReason: undefined,
  usage: undefined,
  serviceTier: undefined,
  message: undefined,
  error: undefined,
  chunks: 0,
  faults: [],
};

/** Fields of a request, `model` aside. Not typed by the SDK: clients send more than OpenAI's types name. */
export type Fields = Readonly<Record<string, unknown>>;

/** A user message whose last words are a script for the simulator (doc/simulator.md). */
export function script(commands: object, words = 'Please.') {
  return { role: 'user', content: `${words} ${marker(commands)}` };
}

/** A script for the simulator, to stand in any text. */
export function marker(commands: object): string {
  return `[[sim:${JSON.stringify(commands)}]]`;
}

/**
 * Asks through the genuine SDK, in one body or as a stream that it puts together here, as a plain client would.
 * @param options more headers; `client`: of another stack or key
 * @throws Error when an answer, chunk or error is not what OpenAI's schemas allow
 */
export async function ask(
  mode: Mode,
  model: string,
  fields: Fields,
  options: { readonly headers?: Readonly<Record<string, string>>; readonly client?: OpenAI } = {},
): Promise<Outcome> {
  const outcome = await send(mode, model, fields, options);
  if (outcome.faults.length > 0) throw new Error(`${model}, ${mode}:\n${outcome.faults.join('\n')}`);
  return outcome;
}

async function send(mode: Mode, model: string, fields: Fields, options: Parameters<typeof ask>[3] = {}) {
  const { completions } = (options.client ?? client).chat;
  const headers = options.headers ?? {};
  const body = { model, messages: [], ...fields };
  try {
    if (mode === 'sync') {
      const { data, response } = await completions.create({ ...body, stream: false }, { headers }).withResponse();
      return readAnswer(data, response.headers);
    }
    const asked = { ...body, stream: true as const, stream_options: { include_usage: true } };
    const { data, response } = await completions.create(asked, { headers }).withResponse();
    return await readStream(data, response.headers);
  } catch (error) {
    if (!(error instanceof OpenAI.APIError) || error instanceof OpenAI.APIConnectionError) throw error;
    return refusal(error);
  }
}

function refusal(error: InstanceType<typeof OpenAI.APIError>): Outcome {
  const faults = faultsOf('error', { error: error.error });
  if (!error.headers) throw error;
  return { ...none, ...headOf(error.headers), status: error.status ?? 0, error, faults };
}

function headOf(headers: Headers) {
  return { headers, dropped: headers.get('x-pennyworth-dropped')?.split(',') ?? [] };
}

function readAnswer(data: unknown, headers: Headers): Outcome {
  const faults = faultsOf('completion', data);
  const { choices, usage, service_tier: tier } = Answer.parse(data);
  const [choice] = choices;
  if (!choice || choices.length > 1) throw new Error(`${choices.length} choices in an answer`);
  return outcomeOf(choice.message, {
    status: 200,
    headers,
    faults,
    usage,
    serviceTier: tier ?? undefined,
    finishReason: choice.finish_reason,
  });
}

function outcomeOf(message: Message, rest: Partial<Outcome> & { readonly headers: Headers }): Outcome {
  return {
    ...none,
    ...headOf(rest.headers),
    status: 200,
    text: message.content ?? '',
    reasoning: message.reasoning_content ?? '',
    details: message.reasoning_details ?? [],
    toolCalls: (message.tool_calls ?? []).map(({ id, function: called, custom }) => {
      return { id, name: called?.name ?? custom?.name ?? '', input: called?.arguments ?? custom?.input ?? '' };
    }),
    message,
    ...rest,
  };
}

async function readStream(stream: AsyncIterable<unknown>, headers: Headers): Promise<Outcome> {
  const faults: string[] = [];
  const seen: z.infer<typeof Chunk>[] = [];
  let error: InstanceType<typeof OpenAI.APIError> | undefined;
  try {
    for await (const chunk of stream) {
      faults.push(...faultsOf('chunk', chunk));
      seen.push(Chunk.parse(chunk));
    }
  } catch (thrown) {
    if (!(thrown instanceof OpenAI.APIError)) throw thrown;
    error = thrown;
    faults.push(...faultsOf('error', { error: thrown.error }));
  }
  const reasons = seen.flatMap(({ choices }) => choices.flatMap((choice) => choice.finish_reason ?? []));
  const usages = seen.flatMap(({ usage }) => usage ?? []);
  if (!error) faults.push(...grammarFaults(seen, reasons, usages.length));
  return outcomeOf(assemble(seen.flatMap(({ choices }) => choices.map(({ delta }) => delta))), {
    headers,
    faults,
    error,
    chunks: seen.length,
    usage: usages[0],
    serviceTier: seen.findLast((chunk) => chunk.service_tier)?.service_tier ?? undefined,
    finishReason: reasons[0],
  });
}

/** What OpenAI's streams promise beside their schema. */
function grammarFaults(chunks: readonly z.infer<typeof Chunk>[], reasons: readonly string[], usages: number) {
  const faults: string[] = [];
  if (chunks[0]?.choices[0]?.delta['role'] !== 'assistant') faults.push('the first chunk names no role');
  if (reasons.length !== 1) faults.push(`${reasons.length} finish reasons in a stream`);
  if (usages !== 1) faults.push(`${usages} usage chunks in a stream`);
  if (!chunks.at(-1)?.usage || chunks.at(-1)?.choices.length !== 0) faults.push('the last chunk is not the usage');
  if (new Set(chunks.map((chunk) => chunk['id'])).size !== 1) faults.push('the id changes within a stream');
  return faults;
}

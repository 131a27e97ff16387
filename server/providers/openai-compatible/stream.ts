import * as z from 'zod/mini';
import { GatewayError, TruncatedStreamError } from '../../errors.ts';
import type { ModelEvent } from '../../model/events.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import type { Usage } from '../../model/usage.ts';

const tokens = z.catch(z.number().check(z.int(), z.gte(0)), 0);

/** What is read of a chunk; servers differ in the rest. */
const Chunk = z.object({
  error: z.optional(z.unknown()),
  choices: z._default(
    z.array(
      z.object({
        delta: z.optional(
          z.object({
            content: z.nullish(z.string()),
            reasoning_content: z.nullish(z.string()),
            /** What Ollama and newer vLLMs call it. */
            reasoning: z.nullish(z.string()),
            tool_calls: z.nullish(
              z.array(
                z.object({
                  index: z._default(z.number(), 0),
                  id: z.nullish(z.string()),
                  function: z.optional(z.object({ name: z.nullish(z.string()), arguments: z.nullish(z.string()) })),
                }),
              ),
            ),
          }),
        ),
        finish_reason: z.nullish(z.string()),
      }),
    ),
    [],
  ),
  usage: z.nullish(
    z.object({
      prompt_tokens: tokens,
      completion_tokens: tokens,
      prompt_tokens_details: z.nullish(z.object({ cached_tokens: tokens })),
      completion_tokens_details: z.nullish(z.object({ reasoning_tokens: z.nullish(tokens) })),
    }),
  ),
});
type Chunk = z.infer<typeof Chunk>;
type Delta = NonNullable<Chunk['choices'][number]['delta']>;

type Block = { readonly kind: 'text' | 'reasoning'; readonly index: number };

/** Reads chat chunks. OpenAI's stream does not say where a text ends: a block ends when another kind begins. */
export class ChatChunkReader {
  #open: Block | undefined;
  /** Their index of a tool call → ours. */
  readonly #toolCalls = new Map<number, number>();
  #blocks = 0;
  #finish: string | undefined;
  #counted = false;

  /** @param data of one server-sent event. @throws GatewayError 502 for an error in the stream */
  read(data: string): ModelEvent[] {
    if (data === '[DONE]') return [];
    const chunk = parseChunk(data);
    if (chunk.error !== undefined) throw streamError();
    const events: ModelEvent[] = [];
    const [choice] = chunk.choices;
    if (choice?.delta) this.#onDelta(choice.delta, events);
    if (choice?.finish_reason && this.#finish === undefined) {
      this.#finish = choice.finish_reason;
      this.#closeAll(events);
      events.push({ type: 'finish', reason: toFinishReason(choice.finish_reason), raw: choice.finish_reason });
    }
    if (chunk.usage && !this.#counted) {
      this.#counted = true;
      events.push({ type: 'usage', usage: toUsage(chunk.usage) });
    }
    return events;
  }

  /** @throws TruncatedStreamError unless both a finish reason and the usage came */
  end(): void {
    if (this.#finish === undefined || !this.#counted) throw new TruncatedStreamError('the model’s server');
  }

  #onDelta({ content, reasoning_content, reasoning, tool_calls }: Delta, events: ModelEvent[]): void {
    const thought = reasoning_content || reasoning;
    if (thought) this.#onText('reasoning', thought, events);
    if (content) this.#onText('text', content, events);
    for (const call of tool_calls ?? []) {
      const known = this.#toolCalls.get(call.index);
      const index = known ?? this.#blocks++;
      if (known === undefined) {
        this.#close(events);
        this.#toolCalls.set(call.index, index);
        const id = call.id ?? `call_${index}`;
        events.push({ type: 'tool-call-start', index, id, name: call.function?.name ?? '' });
      }
      const json = call.function?.arguments;
      if (json) events.push({ type: 'tool-call-delta', index, json });
    }
  }

  #onText(kind: Block['kind'], text: string, events: ModelEvent[]): void {
    if (this.#open?.kind !== kind) {
      this.#close(events);
      this.#open = { kind, index: this.#blocks++ };
      events.push({ type: `${kind}-start`, index: this.#open.index });
    }
    events.push({ type: `${kind}-delta`, index: this.#open.index, text });
  }

  #close(events: ModelEvent[]): void {
    if (this.#open) events.push({ type: `${this.#open.kind}-end`, index: this.#open.index });
    this.#open = undefined;
  }

  #closeAll(events: ModelEvent[]): void {
    this.#close(events);
    for (const index of this.#toolCalls.values()) events.push({ type: 'tool-call-end', index });
  }
}

function parseChunk(data: string): Chunk {
  try {
    return Chunk.parse(JSON.parse(data));
  } catch (cause) {
    throw streamError(cause);
  }
}

function streamError(cause?: unknown): GatewayError {
  return new GatewayError({
    status: 502,
    type: 'server_error',
    code: 'upstream_stream_error',
    message: 'The model’s server failed in the middle of its answer. Send the request again.',
    cause,
  });
}

function toFinishReason(raw: string): FinishReason {
  const words: Readonly<Record<string, FinishReason>> = {
    stop: 'stop',
    tool_calls: 'tool-calls',
    function_call: 'tool-calls',
    length: 'length',
    content_filter: 'content-filter',
  };
  return Object.hasOwn(words, raw) ? (words[raw] ?? 'unknown') : 'unknown';
}

/** OpenAI counts cached tokens in the prompt; the waist keeps them apart. */
function toUsage(raw: NonNullable<Chunk['usage']>): Usage {
  const cached = Math.min(raw.prompt_tokens_details?.cached_tokens ?? 0, raw.prompt_tokens);
  return {
    inputTokens: raw.prompt_tokens - cached,
    cacheReadTokens: cached,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: raw.completion_tokens,
    reasoningTokens: raw.completion_tokens_details?.reasoning_tokens ?? undefined,
    tier: undefined,
    raw,
  };
}

import * as z from 'zod/mini';
import { toStreamError } from '../api/failure.ts';
import { UpstreamError } from '../errors.ts';

/** OpenAI API reference, "The chat completion chunk object", as far as a person's chat needs it; plus our cost. */
const Usage = z.looseObject({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  cost_usd: z.optional(z.nullable(z.string())),
});

const finishReason = z.optional(z.nullable(z.string()));
const content = z.optional(z.nullable(z.string()));
const head = { id: z.optional(z.string()), model: z.optional(z.string()), usage: z.optional(z.nullable(Usage)) };

const Chunk = z.object({
  ...head,
  choices: z.optional(
    z.array(z.object({ delta: z.optional(z.object({ content, refusal: content })), finish_reason: finishReason })),
  ),
  error: z.optional(z.object({ message: z.string(), code: z.optional(z.nullable(z.string())) })),
});

/** The whole answer of a call that is not streamed. */
export const Completion = z.object({
  ...head,
  choices: z.array(z.object({ message: z.object({ content, refusal: content }), finish_reason: finishReason })),
});
type Completion = z.infer<typeof Completion>;

/** What is known of an answer, whole or not. */
export interface Answer {
  readonly id: string | null;
  readonly model: string | null;
  readonly text: string;
  readonly finishReason: string | null;
  readonly usage: z.infer<typeof Usage> | null;
}

/** Reads the stream's `data` lines one by one; the text of each is returned as it comes. */
export class AnswerReader {
  #answer: Answer = { id: null, model: null, text: '', finishReason: null, usage: null };
  #isDone = false;

  get answer(): Answer {
    return this.#answer;
  }

  /** @throws UpstreamError for an error in the stream and for what is no chunk */
  read(data: string): string {
    if (data === '[DONE]') {
      this.#isDone = true;
      return '';
    }
    const chunk = parseChunk(data);
    if (chunk.error) throw toStreamError(chunk.error.message, chunk.error.code);
    const [choice] = chunk.choices ?? [];
    const text = choice?.delta?.content ?? choice?.delta?.refusal ?? '';
    const { id, model, usage, finishReason: reason } = this.#answer;
    this.#answer = {
      id: chunk.id ?? id,
      model: chunk.model ?? model,
      text: this.#answer.text + text,
      finishReason: choice?.finish_reason ?? reason,
      usage: chunk.usage ?? usage,
    };
    return text;
  }

  /** @throws UpstreamError unless the stream said that it is complete */
  end(): Answer {
    if (!this.#isDone) throw brokenOff();
    return this.#answer;
  }
}

/** A short answer must never look like a whole one. */
export function brokenOff(cause?: unknown): UpstreamError {
  return new UpstreamError('the answer broke off', {
    hint: 'what is shown is not all of it; try again',
    code: 'truncated',
    cause,
  });
}

function parseChunk(data: string): z.infer<typeof Chunk> {
  try {
    return Chunk.parse(JSON.parse(data));
  } catch (cause) {
    throw new UpstreamError('the answer was not understood', {
      hint: 'check that the address is a Pennyworth gateway, and update pennyworth',
      code: 'bad_answer',
      cause,
    });
  }
}

export function toAnswer({ id, model, choices, usage }: Completion): Answer {
  const [choice] = choices;
  return {
    id: id ?? null,
    model: model ?? null,
    text: choice?.message.content ?? choice?.message.refusal ?? '',
    finishReason: choice?.finish_reason ?? null,
    usage: usage ?? null,
  };
}

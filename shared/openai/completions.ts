import * as z from 'zod/mini';
import { ChatUsage, PlainChatRequest } from './chat.ts';
import { flag, text } from './request-fields.ts';

// OpenAI's completions, the API before chat, as it goes over the wire. Requests are parsed loosely: a field that is not
// named here stays in the object, and the dialect reports it.

const { model, temperature, top_p, stop, max_tokens, stream, stream_options } = PlainChatRequest.shape;

export const CompletionRequest = z.looseObject({
  model,
  /** What stands in a list is read by the dialect, so that a list of tokens is told from one of texts. */
  prompt: z.union([z.string(), z.array(z.unknown())], 'is a text; send one (messages go to /v1/chat/completions)'),
  temperature,
  top_p,
  stop,
  max_tokens,
  stream,
  stream_options,
  echo: flag,
  user: z.nullish(text),
});

/** OpenAI has no word for a call of a tool here, and a request cannot offer one. */
export const CompletionFinishReason = z.enum(['stop', 'length', 'content_filter']);
export type CompletionFinishReason = z.infer<typeof CompletionFinishReason>;

/** The whole answer. A chunk of a stream has the same shape, with `finish_reason` and `usage` null until the last ones. */
export const Completion = z.object({
  id: z.string(),
  object: z.literal('text_completion'),
  created: z.number(),
  model: z.string(),
  choices: z.array(
    z.object({ text: z.string(), index: z.number(), logprobs: z.null(), finish_reason: CompletionFinishReason }),
  ),
  usage: ChatUsage,
});
export type Completion = z.infer<typeof Completion>;

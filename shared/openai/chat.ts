import * as z from 'zod/mini';
import {
  anyObject,
  extensionFields,
  flag,
  plainFields,
  settingFields,
  text,
  texts,
  toolChoice,
  toolList,
  wholeTokens,
  word,
} from './request-fields.ts';

// OpenAI's chat.completions as it goes over the wire. Requests are parsed loosely: a field that is not named here stays
// in the object, and the dialect reports it. Answers are what we send, with the extensions of extensions.ts.

const name = z.string().check(z.minLength(1));

/** The parts are read one by one, so that a fault in one is told with its place. */
const Content = z.union([z.string(), z.array(z.unknown())], 'is a text or a list of content parts');

/** Some clients keep the arguments parsed. */
const CallArguments = z.nullish(z.union([z.string(), z.record(z.string(), z.unknown())], 'is a text of JSON'));

const ToolCall = z.looseObject({
  id: name,
  type: z.optional(z.string()),
  function: z.optional(z.looseObject({ name, arguments: CallArguments })),
  custom: z.optional(z.looseObject({ name, input: text })),
});

export const ChatMessage = z.looseObject({
  role: z.enum(
    ['system', 'developer', 'user', 'assistant', 'tool', 'function'],
    'is system, developer, user, assistant or tool',
  ),
  content: z.nullish(Content),
  tool_calls: z.nullish(z.array(ToolCall)),
  tool_call_id: z.nullish(z.string()),
});
export type ChatMessage = z.infer<typeof ChatMessage>;

/** What nearly every request has and no more: a body of these fields alone is read twice as fast. */
export const PlainChatRequest = z.object({
  ...plainFields,
  messages: z.optional(
    z
      .array(ChatMessage, 'is a list of messages; send at least one')
      .check(z.minLength(1, 'is empty; send at least one message')),
  ),
  stop: texts(4),
  max_tokens: wholeTokens,
  max_completion_tokens: wholeTokens,
  stream_options: z.nullish(z.looseObject({ include_usage: flag })),
});

export const ChatRequest = z.looseObject({
  ...PlainChatRequest.shape,
  ...settingFields,
  functions: toolList,
  function_call: toolChoice,
  response_format: z.nullish(z.looseObject({ type: z.string() }, 'is an object')),
  reasoning_effort: word,
  verbosity: z.nullish(z.enum(['low', 'medium', 'high'], 'is low, medium or high')),
  ...extensionFields,
  // The shapes of other APIs that clients send here (doc/developers.md).
  max_output_tokens: wholeTokens,
  system: z.nullish(Content),
  instructions: z.nullish(text),
  input: z.nullish(z.union([z.string(), z.array(anyObject)], 'is a text or a list of items')),
});
export type ChatRequest = z.infer<typeof ChatRequest>;

/** One block of what the model thought. In a stream its text and its signature come in pieces of one `index`. */
const ReasoningDetail = z.union([
  z.object({
    type: z.literal('reasoning.text'),
    index: z.number(),
    text: z.optional(z.string()),
    signature: z.optional(z.string()),
  }),
  z.object({ type: z.literal('reasoning.encrypted'), index: z.number(), data: z.string() }),
]);
export type ReasoningDetail = z.infer<typeof ReasoningDetail>;

const AnsweredTier = z.optional(z.enum(['default', 'flex', 'priority']));

export const ChatUsage = z.object({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  total_tokens: z.number(),
  prompt_tokens_details: z.object({ cached_tokens: z.number(), cache_write_tokens: z.number() }),
  completion_tokens_details: z.optional(z.object({ reasoning_tokens: z.number() })),
  cost_usd: z.nullable(z.string()),
});
export type ChatUsage = z.infer<typeof ChatUsage>;

export const ChatFinishReason = z.enum(['stop', 'length', 'tool_calls', 'content_filter', 'function_call']);
export type ChatFinishReason = z.infer<typeof ChatFinishReason>;

const FunctionCall = z.object({ name: z.string(), arguments: z.string() });
const AnswerToolCall = z.union([
  z.object({ id: z.string(), type: z.literal('function'), function: FunctionCall }),
  z.object({ id: z.string(), type: z.literal('custom'), custom: z.object({ name: z.string(), input: z.string() }) }),
]);
export type AnswerToolCall = z.infer<typeof AnswerToolCall>;

/** The whole answer of a call that is not streamed. */
export const ChatCompletion = z.object({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: z.number(),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.number(),
      message: z.object({
        role: z.literal('assistant'),
        content: z.nullable(z.string()),
        refusal: z.null(),
        reasoning_content: z.optional(z.string()),
        reasoning_details: z.optional(z.array(ReasoningDetail)),
        tool_calls: z.optional(z.array(AnswerToolCall)),
        function_call: z.optional(FunctionCall),
      }),
      logprobs: z.null(),
      finish_reason: ChatFinishReason,
    }),
  ),
  service_tier: AnsweredTier,
  usage: ChatUsage,
});
export type ChatCompletion = z.infer<typeof ChatCompletion>;

/** One piece of a streamed answer. */
export const ChatCompletionChunk = z.object({
  id: z.string(),
  object: z.literal('chat.completion.chunk'),
  created: z.number(),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.number(),
      delta: z.object({
        role: z.optional(z.literal('assistant')),
        content: z.optional(z.nullable(z.string())),
        refusal: z.optional(z.null()),
        reasoning_content: z.optional(z.string()),
        reasoning_details: z.optional(z.array(ReasoningDetail)),
        tool_calls: z.optional(
          z.array(
            z.object({
              index: z.number(),
              id: z.optional(z.string()),
              type: z.optional(z.enum(['function', 'custom'])),
              function: z.optional(z.object({ name: z.optional(z.string()), arguments: z.string() })),
              custom: z.optional(z.object({ name: z.optional(z.string()), input: z.string() })),
            }),
          ),
        ),
        function_call: z.optional(z.object({ name: z.optional(z.string()), arguments: z.string() })),
      }),
      logprobs: z.null(),
      finish_reason: z.nullable(ChatFinishReason),
    }),
  ),
  service_tier: AnsweredTier,
  usage: z.optional(z.nullable(ChatUsage)),
});
export type ChatCompletionChunk = z.infer<typeof ChatCompletionChunk>;

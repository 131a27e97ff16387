import * as z from 'zod/mini';

// OpenAI's chat.completions as it goes over the wire. Requests are parsed loosely: a field that is not named here stays
// in the object, and the dialect reports it. Answers are what we send, with the extensions of extensions.ts.

/** The parts are read one by one, so that a fault in one is told with its place. */
const Content = z.union([z.string(), z.array(z.unknown())], 'is a text or a list of content parts');

const ToolCall = z.looseObject({
  id: z.string().check(z.minLength(1)),
  type: z.optional(z.string()),
  function: z.looseObject({ name: z.string().check(z.minLength(1)), arguments: z.string() }),
});

export const ChatMessage = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool'], 'is system, developer, user, assistant or tool'),
  content: z.nullish(Content),
  name: z.nullish(z.string()),
  tool_calls: z.nullish(z.array(ToolCall)),
  tool_call_id: z.nullish(z.string()),
});
export type ChatMessage = z.infer<typeof ChatMessage>;

const FunctionTool = z.looseObject({
  type: z.literal('function', 'is "function"; other kinds of tools are not available yet'),
  function: z.looseObject({
    name: z.string().check(z.minLength(1)),
    description: z.nullish(z.string()),
    parameters: z.nullish(z.record(z.string(), z.unknown())),
    strict: z.nullish(z.boolean()),
  }),
});

/** `{}` is what Cursor sends for "auto". */
const ToolChoice = z.union(
  [
    z.enum(['auto', 'none', 'required']),
    z.object({ type: z.literal('function'), function: z.object({ name: z.string().check(z.minLength(1)) }) }),
    z.record(z.string(), z.never()),
  ],
  'is "auto", "none", "required" or {"type":"function","function":{"name":…}}',
);

const numberUpTo = (most: number) => {
  const fault = `is a number from 0 to ${most}`;
  return z.nullish(z.number(fault).check(z.gte(0, fault), z.lte(most, fault)));
};

const tokensFault = 'is a whole number of tokens, at least 1';
const wholeTokens = z.nullish(z.number(tokensFault).check(z.int(tokensFault), z.gte(1, tokensFault)));

export const ChatRequest = z.looseObject({
  model: z.string('is the name of a model; GET /v1/models lists them').check(z.minLength(1), z.maxLength(2048)),
  messages: z
    .array(ChatMessage, 'is a list of messages; send at least one')
    .check(z.minLength(1, 'is empty; send at least one message')),
  temperature: numberUpTo(2),
  top_p: numberUpTo(1),
  stop: z.nullish(z.union([z.string(), z.array(z.string()).check(z.maxLength(4))], 'is a text or a list of up to 4')),
  max_tokens: wholeTokens,
  max_completion_tokens: wholeTokens,
  stream: z.nullish(z.boolean('is true or false')),
  stream_options: z.nullish(z.looseObject({ include_usage: z.nullish(z.boolean()) })),
  tools: z.nullish(z.array(FunctionTool).check(z.maxLength(128))),
  tool_choice: z.nullish(ToolChoice),
});
export type ChatRequest = z.infer<typeof ChatRequest>;

export const ChatUsage = z.object({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  total_tokens: z.number(),
  prompt_tokens_details: z.object({ cached_tokens: z.number(), cache_write_tokens: z.number() }),
  completion_tokens_details: z.optional(z.object({ reasoning_tokens: z.number() })),
  cost_usd: z.nullable(z.string()),
});
export type ChatUsage = z.infer<typeof ChatUsage>;

export const ChatFinishReason = z.enum(['stop', 'length', 'tool_calls', 'content_filter']);
export type ChatFinishReason = z.infer<typeof ChatFinishReason>;

const AnswerToolCall = z.object({
  id: z.string(),
  type: z.literal('function'),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

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
        tool_calls: z.optional(z.array(AnswerToolCall)),
      }),
      logprobs: z.null(),
      finish_reason: ChatFinishReason,
    }),
  ),
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
        tool_calls: z.optional(
          z.array(
            z.object({
              index: z.number(),
              id: z.optional(z.string()),
              type: z.optional(z.literal('function')),
              function: z.object({ name: z.optional(z.string()), arguments: z.string() }),
            }),
          ),
        ),
      }),
      logprobs: z.null(),
      finish_reason: z.nullable(ChatFinishReason),
    }),
  ),
  usage: z.optional(z.nullable(ChatUsage)),
});
export type ChatCompletionChunk = z.infer<typeof ChatCompletionChunk>;

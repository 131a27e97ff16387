import * as z from 'zod/mini';

// OpenAI's chat.completions as it goes over the wire. Requests are parsed loosely: a field that is not named here stays
// in the object, and the dialect reports it. Answers are what we send, with the extensions of extensions.ts.

const name = z.string().check(z.minLength(1));
const text = z.string('is a text');

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

const numberUpTo = (most: number) => {
  const fault = `is a number from 0 to ${most}`;
  return z.nullish(z.number(fault).check(z.gte(0, fault), z.lte(most, fault)));
};

const tokensFault = 'is a whole number of tokens, at least 1';
const wholeTokens = z.nullish(z.number(tokensFault).check(z.int(tokensFault), z.gte(1, tokensFault)));
const topKFault = 'is a whole number, at least 0';
const texts = (most: number) => {
  const fault = `is a text or a list of up to ${most}`;
  return z.nullish(z.union([z.string(), z.array(z.string()).check(z.maxLength(most, fault))], fault));
};
const flag = z.nullish(z.boolean('is true or false'));
/** Read by the dialect itself, member by member: too many shapes are sent here. */
const anyObject = z.looseObject({});
/** OpenAI takes 128; clients with many MCP servers have more, and Bedrock names no limit. */
const toolsFault = 'is a list of at most 512';
const tools = z.nullish(z.array(anyObject, toolsFault).check(z.maxLength(512, toolsFault)));

const GuardrailConfig = z.nullish(
  z.looseObject({
    guardrailIdentifier: name,
    guardrailVersion: name,
    trace: z.optional(z.enum(['enabled', 'disabled', 'enabled_full'])),
    streamProcessingMode: z.optional(z.enum(['sync', 'async'])),
  }),
);
const PerformanceConfig = z.nullish(z.looseObject({ latency: z.optional(z.enum(['standard', 'optimized'])) }));
const AdditionalFields = z.nullish(z.record(z.string(), z.unknown()));

/** What nearly every request has and no more: a body of these fields alone is read twice as fast. */
export const PlainChatRequest = z.object({
  model: z.string('is the name of a model; GET /v1/models lists them').check(z.minLength(1), z.maxLength(2048)),
  messages: z.optional(
    z
      .array(ChatMessage, 'is a list of messages; send at least one')
      .check(z.minLength(1, 'is empty; send at least one message')),
  ),
  temperature: numberUpTo(2),
  top_p: numberUpTo(1),
  stop: texts(4),
  max_tokens: wholeTokens,
  max_completion_tokens: wholeTokens,
  stream: flag,
  stream_options: z.nullish(z.looseObject({ include_usage: flag })),
  tools,
  tool_choice: z.nullish(z.union([z.string(), anyObject], 'is a word or an object')),
});

export const ChatRequest = z.looseObject({
  ...PlainChatRequest.shape,
  parallel_tool_calls: flag,
  functions: tools,
  function_call: z.nullish(z.union([z.string(), anyObject], 'is a word or an object')),
  response_format: z.nullish(z.looseObject({ type: z.string() }, 'is an object')),
  reasoning_effort: z.nullish(z.string('is a word')),
  verbosity: z.nullish(z.enum(['low', 'medium', 'high'], 'is low, medium or high')),
  service_tier: z.nullish(z.string('is a word')),
  metadata: z.nullish(z.record(z.string(), text, 'is an object of texts')),
  user: z.nullish(text),
  safety_identifier: z.nullish(text),
  prompt_cache_key: z.nullish(text),
  prompt_cache_options: z.nullish(
    z.looseObject({
      mode: z.nullish(z.enum(['implicit', 'explicit'], 'is implicit or explicit')),
      ttl: z.nullish(z.enum(['5m', '30m', '1h', '24h'], 'is 30m')),
    }),
  ),
  // From here on our own extensions (doc/developers.md).
  top_k: z.nullish(z.number(topKFault).check(z.int(topKFault), z.gte(0, topKFault))),
  max_output_tokens: wholeTokens,
  stop_sequences: texts(2500),
  system: z.nullish(Content),
  instructions: z.nullish(text),
  input: z.nullish(z.union([z.string(), z.array(anyObject)], 'is a text or a list of items')),
  guardrailConfig: GuardrailConfig,
  guardrail_config: GuardrailConfig,
  performanceConfig: PerformanceConfig,
  performance_config: PerformanceConfig,
  additionalModelRequestFields: AdditionalFields,
  additional_model_request_fields: AdditionalFields,
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

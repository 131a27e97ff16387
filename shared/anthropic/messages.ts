import * as z from 'zod/mini';

// Anthropic's Messages as they go over the wire (types of @anthropic-ai/sdk 1.11.0). Requests are parsed loosely: a field
// that is not named here stays in the object, and the dialect reports it. Answers are what we send; `cost_usd` in `usage`
// is our extension.

/** The parts are read one by one, so that a fault in one is told with its place. */
const Content = z.union([z.string(), z.array(z.unknown())], 'is a text or a list of content blocks');

export const MessageParam = z.looseObject(
  { role: z.enum(['user', 'assistant', 'system'], 'is user, assistant or system'), content: z.nullish(Content) },
  'is a message: {"role":…,"content":…}',
);
export type MessageParam = z.infer<typeof MessageParam>;

const ToolParam = z.looseObject({
  /** Toolsets have none. */
  name: z.nullish(z.string('is a text; name the tool').check(z.minLength(1, 'is empty; name the tool'))),
  type: z.nullish(z.string()),
  description: z.nullish(z.string()),
  input_schema: z.nullish(z.record(z.string(), z.unknown())),
  strict: z.nullish(z.boolean()),
});

const ToolChoice = z.looseObject(
  {
    type: z.enum(['auto', 'any', 'tool', 'none'], 'is auto, any, tool or none'),
    name: z.nullish(z.string('is the name of a tool')),
    disable_parallel_tool_use: z.nullish(z.boolean('is true or false')),
  },
  'is {"type":"auto"}, "any", "tool" with a name, or "none"',
);

const Format = z.looseObject({ type: z.string(), schema: z.nullish(z.record(z.string(), z.unknown())) });
const tokensFault = 'is a whole number of tokens, at least 1';
const wholeFault = 'is a whole number, at least 0';
const shareFault = 'is a number from 0 to 1';
const share = z.nullish(z.number(shareFault).check(z.gte(0, shareFault), z.lte(1, shareFault)));

export const MessagesRequest = z.looseObject({
  model: z.string('is the name of a model; GET /v1/models lists them').check(z.minLength(1), z.maxLength(2048)),
  messages: z
    .array(MessageParam, 'is a list of messages; send at least one')
    .check(z.minLength(1, 'is empty; send at least one message')),
  max_tokens: z.number(`${tokensFault}; it must be sent`).check(z.int(tokensFault), z.gte(1, tokensFault)),
  system: z.nullish(Content),
  stop_sequences: z.nullish(z.array(z.string())),
  stream: z.nullish(z.boolean('is true or false')),
  temperature: share,
  top_p: share,
  top_k: z.nullish(z.number(wholeFault).check(z.int(wholeFault), z.gte(0, wholeFault))),
  tools: z.nullish(
    z.array(ToolParam, 'is a list of tools').check(z.maxLength(512, 'has more than 512 tools; send fewer')),
  ),
  tool_choice: z.nullish(ToolChoice),
  thinking: z.nullish(
    z.looseObject(
      {
        type: z.string('is "enabled", "adaptive", "between_tools" or "disabled"'),
        budget_tokens: z.nullish(z.number(tokensFault).check(z.int(tokensFault), z.gte(1, tokensFault))),
      },
      'is {"type":"enabled","budget_tokens":…}, {"type":"adaptive"} or {"type":"disabled"}',
    ),
  ),
  output_config: z.nullish(
    z.looseObject({
      effort: z.nullish(z.enum(['low', 'medium', 'high', 'xhigh', 'max'], 'is low, medium, high, xhigh or max')),
      format: z.nullish(Format),
    }),
  ),
  output_format: z.nullish(Format),
  metadata: z.nullish(z.looseObject({ user_id: z.nullish(z.string('is a text')) }, 'is {"user_id":…}')),
  service_tier: z.nullish(z.enum(['auto', 'standard_only'], 'is auto or standard_only')),
});
export type MessagesRequest = z.infer<typeof MessagesRequest>;

/** POST /v1/messages/count_tokens: the same request without its cap. */
export const CountTokensRequest = z.partial(MessagesRequest, { max_tokens: true });
export const CountTokensAnswer = z.object({ input_tokens: z.int() });

export const MessagesUsage = z.object({
  /** Prompt tokens that neither came from a cache nor were written to one. */
  input_tokens: z.number(),
  cache_creation_input_tokens: z.number(),
  cache_read_input_tokens: z.number(),
  cache_creation: z.object({ ephemeral_5m_input_tokens: z.number(), ephemeral_1h_input_tokens: z.number() }),
  output_tokens: z.number(),
  /** Where the provider counts what was thought. */
  output_tokens_details: z.nullable(z.object({ thinking_tokens: z.number() })),
  /** No tools run here. */
  server_tool_use: z.null(),
  service_tier: z.nullable(z.string()),
  inference_geo: z.null(),
  speed: z.null(),
  cost_usd: z.nullable(z.string()),
});
export type MessagesUsage = z.infer<typeof MessagesUsage>;

export const StopReason = z.enum([
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'refusal',
  'model_context_window_exceeded',
]);
export type StopReason = z.infer<typeof StopReason>;

/** Of a refusal; no provider here says which rule it was. */
const StopDetails = z.object({ type: z.literal('refusal'), category: z.null(), explanation: z.null() });

const AnswerBlock = z.union([
  z.object({ type: z.literal('text'), text: z.string(), citations: z.nullable(z.array(z.looseObject({}))) }),
  z.object({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() }),
  z.object({ type: z.literal('redacted_thinking'), data: z.string() }),
  z.object({
    type: z.literal('tool_use'),
    id: z.string(),
    name: z.string(),
    input: z.unknown(),
    caller: z.object({ type: z.literal('direct') }),
  }),
]);
export type AnswerBlock = z.infer<typeof AnswerBlock>;

/** The whole answer of a call that is not streamed. */
export const MessagesAnswer = z.object({
  id: z.string(),
  type: z.literal('message'),
  role: z.literal('assistant'),
  model: z.string(),
  content: z.array(AnswerBlock),
  stop_reason: z.nullable(StopReason),
  stop_sequence: z.nullable(z.string()),
  stop_details: z.nullable(StopDetails),
  container: z.null(),
  diagnostics: z.null(),
  usage: MessagesUsage,
});
export type MessagesAnswer = z.infer<typeof MessagesAnswer>;

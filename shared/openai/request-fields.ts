import * as z from 'zod/mini';

// What the requests of OpenAI's routes have in common, each field with its fault: chat.completions and Responses.

export const text = z.string('is a text');
export const flag = z.nullish(z.boolean('is true or false'));
export const word = z.nullish(z.string('is a word'));
/** Read by the dialect itself, member by member: too many shapes are sent here. */
export const anyObject = z.looseObject({});

const numberUpTo = (most: number) => {
  const fault = `is a number from 0 to ${most}`;
  return z.nullish(z.number(fault).check(z.gte(0, fault), z.lte(most, fault)));
};

const tokensFault = 'is a whole number of tokens, at least 1';
export const wholeTokens = z.nullish(z.number(tokensFault).check(z.int(tokensFault), z.gte(1, tokensFault)));

export const texts = (most: number) => {
  const fault = `is a text or a list of up to ${most}`;
  return z.nullish(z.union([z.string(), z.array(z.string()).check(z.maxLength(most, fault))], fault));
};

/** OpenAI takes 128; clients with many MCP servers have more, and Bedrock names no limit. */
const toolsFault = 'is a list of at most 512';
export const toolList = z.nullish(z.array(anyObject, toolsFault).check(z.maxLength(512, toolsFault)));
export const toolChoice = z.nullish(z.union([z.string(), anyObject], 'is a word or an object'));

/** What nearly every request has. */
export const plainFields = {
  model: z.string('is the name of a model; GET /v1/models lists them').check(z.minLength(1), z.maxLength(2048)),
  temperature: numberUpTo(2),
  top_p: numberUpTo(1),
  stream: flag,
  tools: toolList,
  tool_choice: toolChoice,
};

/** OpenAI's own settings of a call. */
export const settingFields = {
  parallel_tool_calls: flag,
  service_tier: word,
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
};

const name = z.string().check(z.minLength(1));
const topKFault = 'is a whole number, at least 0';
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

/** Our own extensions (doc/developers.md): knobs of Anthropic's and of Bedrock's that OpenAI has no name for. */
export const extensionFields = {
  top_k: z.nullish(z.number(topKFault).check(z.int(topKFault), z.gte(0, topKFault))),
  stop_sequences: texts(2500),
  guardrailConfig: GuardrailConfig,
  guardrail_config: GuardrailConfig,
  performanceConfig: PerformanceConfig,
  performance_config: PerformanceConfig,
  additionalModelRequestFields: AdditionalFields,
  additional_model_request_fields: AdditionalFields,
};

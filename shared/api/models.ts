import * as z from 'zod/mini';
import { pageQuery } from './shapes.ts';

/** USD per million tokens as decimal strings; null where the catalogue does not know. */
const ModelPrices = z.object({
  input: z.string(),
  output: z.string(),
  cache_read: z.nullable(z.string()),
  cache_write_5m: z.nullable(z.string()),
  cache_write_1h: z.nullable(z.string()),
});
export type ModelPrices = z.infer<typeof ModelPrices>;

/** By service tier: flex, priority … */
const TierPrices = z.record(z.string(), ModelPrices);

/**
 * What becomes of one field of a chat completion. `sent`: it goes to the model; `changed`: with another value, and is
 * reported; `gateway`: the gateway does it; `reported`: left out, and reported; `refused`: 400.
 */
export const ModelField = z.object({
  field: z.string(),
  class: z.enum(['sent', 'changed', 'gateway', 'reported', 'refused']),
  /** Where it goes in the model's request, or why it is refused. */
  note: z.nullable(z.string()),
});
export type ModelField = z.infer<typeof ModelField>;

/** What a model can do, as `pennyworth.capabilities` names it. */
export const Capability = z.enum([
  'streaming',
  'system',
  'tools',
  'tool_choice',
  'streaming_tools',
  'stop_sequences',
  'sampling',
  'vision',
  'documents',
  'audio',
  'video',
  'reasoning',
  'structured_output',
  'prompt_caching',
  'assistant_prefill',
]);
export type Capability = z.infer<typeof Capability>;

/** OpenAI's model object plus one extension object. What is optional in it came later than 0.1. */
export const Model = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: z.number(),
  owned_by: z.string(),
  pennyworth: z.object({
    provider: z.string(),
    /** The id that is sent upstream from this deployment's region. */
    target: z.string(),
    profiles: z.array(z.string()),
    context_window: z.nullable(z.number()),
    max_output_tokens: z.nullable(z.number()),
    /** The smallest output cap it takes. */
    min_output_tokens: z.optional(z.number()),
    prices_usd_per_million_tokens: z.nullable(ModelPrices),
    /** Only tiers with prices of their own. */
    tier_prices_usd_per_million_tokens: z.optional(TierPrices),
    /** For the whole request as soon as its prompt has more tokens than the bound. */
    long_context_prices_usd_per_million_tokens: z.optional(
      z.array(z.object({ above_input_tokens: z.number(), ...ModelPrices.shape, tiers: TierPrices })),
    ),
    /** null: the model takes no cache points. */
    prompt_cache: z.optional(
      z.nullable(
        z.object({
          /** A shorter prefix is not cached. */
          min_tokens: z.number(),
          tools: z.boolean(),
          ttls: z.array(z.enum(['5m', '1h'])),
        }),
      ),
    ),
    /** null: the model does not reason, or says nothing of it. */
    reasoning: z.optional(
      z.nullable(
        z.object({
          /** How it is told to: budget, adaptive, nova, openai, effort-word; fixed: not at all. */
          control: z.string(),
          always_on: z.boolean(),
          efforts: z.array(z.string()),
        }),
      ),
    ),
    capabilities: z.array(z.string()),
    /** Only when asked for with `?fields=true`. */
    fields: z.optional(z.array(ModelField)),
  }),
});
export type Model = z.infer<typeof Model>;

export const ModelList = z.object({ object: z.literal('list'), data: z.array(Model) });
export type ModelList = z.infer<typeof ModelList>;

/** The same model as Anthropic's API tells it (data of @anthropic-ai/sdk 1.11.0). */
export const AnthropicModel = z.object({
  type: z.literal('model'),
  id: z.string(),
  display_name: z.string(),
  /** The start of the epoch where the day is not known. */
  created_at: z.iso.datetime(),
});
export type AnthropicModel = z.infer<typeof AnthropicModel>;

/** A page; `first_id` and `last_id` are null on an empty one. */
export const AnthropicModelList = z.object({
  data: z.array(AnthropicModel),
  has_more: z.boolean(),
  first_id: z.nullable(z.string()),
  last_id: z.nullable(z.string()),
});
export type AnthropicModelList = z.infer<typeof AnthropicModelList>;

/** `limit`, `before_id` and `after_id` page Anthropic's list; OpenAI's has no pages. Others are ignored. */
export const ModelListQuery = z.object({
  limit: pageQuery.limit,
  before_id: z.optional(z.string().check(z.maxLength(2048))),
  after_id: z.optional(z.string().check(z.maxLength(2048))),
});
export type ModelListQuery = z.infer<typeof ModelListQuery>;

/** `fields=true`: what becomes of each field of a chat completion with this model. */
export const ModelQuery = z.object({ fields: z.optional(z.enum(['true', 'false'])) });

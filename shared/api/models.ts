import * as z from 'zod/mini';

/** USD per million tokens as decimal strings; null where the catalogue does not know. */
const ModelPrices = z.object({
  input: z.string(),
  output: z.string(),
  cache_read: z.nullable(z.string()),
  cache_write_5m: z.nullable(z.string()),
  cache_write_1h: z.nullable(z.string()),
});

/** OpenAI's model object plus one extension object. */
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
    prices_usd_per_million_tokens: z.nullable(ModelPrices),
    capabilities: z.array(z.string()),
  }),
});
export type Model = z.infer<typeof Model>;

export const ModelList = z.object({ object: z.literal('list'), data: z.array(Model) });
export type ModelList = z.infer<typeof ModelList>;

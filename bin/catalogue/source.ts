import * as z from 'zod/mini';
import { efforts } from '../../server/model/request.ts';

// What of the reference data about Bedrock's models is read: the fields that decide something.

const amount = z.optional(z.nullable(z.number()));
const componentPrices = {
  input: amount,
  output: amount,
  cache_read: amount,
  cache_write_5m: amount,
  cache_write_1h: amount,
};
const tieredPrices = {
  ...componentPrices,
  service_tiers: z.optional(z.nullable(z.record(z.string(), z.object(componentPrices)))),
};
const SourcePrices = z.object({
  ...tieredPrices,
  long_context_tiers: z.optional(z.nullable(z.array(z.object({ above_input_tokens: z.number(), ...tieredPrices })))),
});
export type SourcePrices = z.infer<typeof SourcePrices>;

const SourceModel = z.object({
  id: z.string(),
  api: z.string(),
  provider: z.string(),
  mode: z.string(),
  status: z.string(),
  bare_id_listed: z.boolean(),
  prices_usd_per_1m: SourcePrices,
  context_window: z.nullable(z.number()),
  max_output_tokens: z.nullable(z.number()),
  supports: z.record(z.string(), z.boolean()),
  inference_profiles: z.array(z.string()),
  overrides: z.record(z.string(), z.object({ prices_usd_per_1m: z.optional(SourcePrices) })),
  prompt_cache_min_tokens: z.optional(z.nullable(z.number())),
  effort_ceiling: z.optional(z.nullable(z.enum(efforts))),
});
export type SourceModel = z.infer<typeof SourceModel>;

export const SourceFile = z.object({ retrieved: z.string(), models: z.array(SourceModel) });

/**
 * Chat models of bedrock-runtime that Converse serves. Left out beside the retired: AI21 Jurassic-2 and Cohere Command
 * of 2023 (AWS's table of Converse features: no conversation), and TwelveLabs Pegasus, which takes a video and no chat.
 */
export function isServed(model: SourceModel): boolean {
  if (model.api !== 'runtime' || model.mode !== 'chat' || model.status !== 'current') return false;
  const withoutChat = ['ai21.j2-', 'cohere.command-text-', 'cohere.command-light-', 'twelvelabs.'];
  return !withoutChat.some((start) => model.id.startsWith(start));
}

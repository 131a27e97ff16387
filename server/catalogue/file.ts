import * as z from 'zod/mini';
import type { CatalogueModel } from './catalogue.ts';

const tokenPrices = {
  input: z.int(),
  output: z.int(),
  cacheRead: z.exactOptional(z.int()),
  cacheWrite5m: z.exactOptional(z.int()),
  cacheWrite1h: z.exactOptional(z.int()),
};

const Price = z.nullable(
  z.object({
    ...tokenPrices,
    longContext: z.exactOptional(z.array(z.object({ aboveInputTokens: z.int(), ...tokenPrices }))),
  }),
);

const Model = z.object({
  id: z.string(),
  alias: z.string(),
  maker: z.string(),
  mode: z.literal('chat'),
  contextWindow: z.int(),
  maxOutputTokens: z.int(),
  capabilities: z.object({
    streaming: z.boolean(),
    system: z.boolean(),
    tools: z.boolean(),
    toolChoice: z.boolean(),
    streamingTools: z.boolean(),
    stopSequences: z.boolean(),
    sampling: z.enum(['none', 'one', 'both']),
    vision: z.boolean(),
    documents: z.boolean(),
    reasoning: z.boolean(),
    promptCaching: z.boolean(),
    assistantPrefill: z.boolean(),
  }),
  onDemand: z.boolean(),
  profiles: z.array(z.string()),
  price: Price,
  priceOverrides: z.record(z.string(), Price),
});

const CatalogueFile = z.object({ pricesAsOf: z.iso.date(), source: z.string(), models: z.array(Model) });

/** The content of models.json, which bin/make-catalogue.ts writes. */
interface CatalogueFile {
  /** The day the prices were read, `YYYY-MM-DD`. */
  readonly pricesAsOf: string;
  readonly models: readonly CatalogueModel[];
}

/** @throws z.core.$ZodError naming the path of what is wrong. */
export function parseCatalogueFile(content: unknown): CatalogueFile {
  return CatalogueFile.parse(content);
}

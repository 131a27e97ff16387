import * as z from 'zod/mini';
import { efforts } from '../model/request.ts';
import type { CatalogueModel } from './catalogue.ts';

const tokenPrices = {
  input: z.int(),
  output: z.int(),
  cacheRead: z.exactOptional(z.int()),
  cacheWrite5m: z.exactOptional(z.int()),
  cacheWrite1h: z.exactOptional(z.int()),
};

const tieredPrices = { ...tokenPrices, tiers: z.exactOptional(z.record(z.string(), z.object(tokenPrices))) };

const Price = z.nullable(
  z.object({
    ...tieredPrices,
    longContext: z.exactOptional(z.array(z.object({ aboveInputTokens: z.int(), ...tieredPrices }))),
  }),
);

const Model = z.object({
  id: z.string(),
  alias: z.string(),
  maker: z.string(),
  mode: z.literal('chat'),
  contextWindow: z.int(),
  maxOutputTokens: z.int(),
  minOutputTokens: z.int(),
  capabilities: z.object({
    streaming: z.boolean(),
    system: z.boolean(),
    systemAmongMessages: z.boolean(),
    tools: z.boolean(),
    toolChoice: z.enum(['none', 'any', 'tool']),
    forcedTools: z.boolean(),
    streamingTools: z.boolean(),
    singleToolCall: z.boolean(),
    strictTools: z.boolean(),
    toolResultImages: z.boolean(),
    toolResultStatus: z.boolean(),
    mixesToolsAndText: z.boolean(),
    stopSequences: z.boolean(),
    blankStopSequences: z.boolean(),
    sampling: z.enum(['none', 'one', 'both']),
    topK: z.enum(['none', 'claude', 'nova']),
    vision: z.boolean(),
    documents: z.boolean(),
    audio: z.boolean(),
    video: z.boolean(),
    reasoning: z.enum(['none', 'fixed', 'budget', 'adaptive', 'nova', 'openai', 'effort-word']),
    reasoningAlwaysOn: z.boolean(),
    efforts: z.array(z.enum(efforts)),
    reasoningReplay: z.enum(['signed', 'none']),
    nativeStructuredOutput: z.boolean(),
    verbosity: z.boolean(),
    promptCaching: z.nullable(z.object({ tools: z.boolean(), hourly: z.boolean(), minTokens: z.int() })),
    assistantPrefill: z.boolean(),
    streamCountsCached: z.boolean(),
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

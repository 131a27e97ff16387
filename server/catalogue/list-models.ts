import { Capability, type Model, type ModelPrices } from '../../shared/api/models.ts';
import type { CallTarget, Capabilities, TieredPrices, TokenPrices } from './catalogue.ts';

/** pico-USD per token → USD per million tokens, exact, with two to six decimals: `3300000` → `"3.30"`. */
function usdPerMillion(picoUsdPerToken: number): string {
  const digits = String(picoUsdPerToken).padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/0{1,4}$/, '');
}

/** As /v1/models tells prices. */
export function pricesOf(prices: TokenPrices): ModelPrices {
  const optional = (price: number | undefined) => (price === undefined ? null : usdPerMillion(price));
  return {
    input: usdPerMillion(prices.input),
    output: usdPerMillion(prices.output),
    cache_read: optional(prices.cacheRead),
    cache_write_5m: optional(prices.cacheWrite5m),
    cache_write_1h: optional(prices.cacheWrite1h),
  };
}

function tierPricesOf({ tiers = {} }: TieredPrices): Record<string, ModelPrices> {
  return Object.fromEntries(Object.entries(tiers).map(([tier, prices]) => [tier, pricesOf(prices)]));
}

function promptCacheOf({ promptCaching }: Capabilities): Model['pennyworth']['prompt_cache'] {
  if (promptCaching === null) return null;
  const { minTokens, tools, hourly } = promptCaching;
  return { min_tokens: minTokens, tools, ttls: hourly ? ['5m', '1h'] : ['5m'] };
}

function reasoningOf({ reasoning, reasoningAlwaysOn, efforts }: Capabilities): Model['pennyworth']['reasoning'] {
  return reasoning === 'none' ? null : { control: reasoning, always_on: reasoningAlwaysOn, efforts: [...efforts] };
}

const capabilityTests: Readonly<Record<Capability, (capabilities: Capabilities) => boolean>> = {
  streaming: ({ streaming }) => streaming,
  system: ({ system }) => system,
  tools: ({ tools }) => tools,
  tool_choice: ({ toolChoice }) => toolChoice !== 'none',
  streaming_tools: ({ streamingTools }) => streamingTools,
  stop_sequences: ({ stopSequences }) => stopSequences,
  sampling: ({ sampling }) => sampling !== 'none',
  vision: ({ vision }) => vision,
  documents: ({ documents }) => documents,
  audio: ({ audio }) => audio,
  video: ({ video }) => video,
  reasoning: ({ reasoning }) => reasoning !== 'none',
  structured_output: ({ nativeStructuredOutput }) => nativeStructuredOutput,
  prompt_caching: ({ promptCaching }) => promptCaching !== null,
  assistant_prefill: ({ assistantPrefill }) => assistantPrefill,
};

/** Whether a model can do something, by its public name. */
export function can(capabilities: Capabilities, name: Capability): boolean {
  return capabilityTests[name](capabilities);
}

/** All that a model can do, by their public names. */
export function capabilitiesOf(capabilities: Capabilities): Capability[] {
  return Capability.options.filter((name) => can(capabilities, name));
}

/** Seconds since the epoch of the date in the id (`-20250929`, `-2407`); 0 where the maker tells none. */
export function createdOf(id: string): number {
  const [, year, month, day = '01'] =
    /-(20\d\d)(\d\d)(\d\d)(?=-|$)/.exec(id) ?? /-(2[3-9])(0[1-9]|1[0-2])(?=-|$)/.exec(id) ?? [];
  if (year === undefined || month === undefined) return 0;
  return Date.parse(`${year.padStart(4, '20')}-${month}-${day}T00:00:00Z`) / 1000;
}

/** The row of /v1/models for one target: OpenAI's object under the alias, and ours in one extension object. */
export function listedModel({ model, modelId, provider, price }: CallTarget): Model {
  return {
    id: model.alias,
    object: 'model',
    created: createdOf(model.id),
    owned_by: model.maker,
    pennyworth: {
      provider,
      target: modelId,
      profiles: model.profiles.map((prefix) => `${prefix}.${model.id}`),
      context_window: model.contextWindow ?? null,
      max_output_tokens: model.maxOutputTokens ?? null,
      min_output_tokens: model.minOutputTokens,
      prices_usd_per_million_tokens: price && pricesOf(price),
      tier_prices_usd_per_million_tokens: price ? tierPricesOf(price) : {},
      long_context_prices_usd_per_million_tokens: (price?.longContext ?? []).map((row) => ({
        above_input_tokens: row.aboveInputTokens,
        ...pricesOf(row),
        tiers: tierPricesOf(row),
      })),
      prompt_cache: promptCacheOf(model.capabilities),
      reasoning: reasoningOf(model.capabilities),
      capabilities: capabilitiesOf(model.capabilities),
    },
  };
}

import type { Model } from '../../shared/api/models.ts';
import type { CallTarget, Capabilities, TokenPrices } from './catalogue.ts';

/** pico-USD per token → USD per million tokens, exact, with two to six decimals: `3300000` → `"3.30"`. */
function usdPerMillion(picoUsdPerToken: number): string {
  const digits = String(picoUsdPerToken).padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/0{1,4}$/, '');
}

function pricesOf(prices: TokenPrices): NonNullable<Model['pennyworth']['prices_usd_per_million_tokens']> {
  const optional = (price: number | undefined) => (price === undefined ? null : usdPerMillion(price));
  return {
    input: usdPerMillion(prices.input),
    output: usdPerMillion(prices.output),
    cache_read: optional(prices.cacheRead),
    cache_write_5m: optional(prices.cacheWrite5m),
    cache_write_1h: optional(prices.cacheWrite1h),
  };
}

function namesOf(capabilities: Capabilities): string[] {
  const names: readonly (readonly [string, boolean])[] = [
    ['streaming', capabilities.streaming],
    ['system', capabilities.system],
    ['tools', capabilities.tools],
    ['tool_choice', capabilities.toolChoice],
    ['streaming_tools', capabilities.streamingTools],
    ['stop_sequences', capabilities.stopSequences],
    ['sampling', capabilities.sampling !== 'none'],
    ['vision', capabilities.vision],
    ['documents', capabilities.documents],
    ['reasoning', capabilities.reasoning],
    ['prompt_caching', capabilities.promptCaching],
    ['assistant_prefill', capabilities.assistantPrefill],
  ];
  return names.filter(([, has]) => has).map(([name]) => name);
}

/** Seconds since the epoch of the date in the id (`-20250929`, `-2407`); 0 where the maker tells none. */
function createdOf(id: string): number {
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
      prices_usd_per_million_tokens: price && pricesOf(price),
      capabilities: namesOf(model.capabilities),
    },
  };
}

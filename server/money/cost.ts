import type { Price, TokenPrices } from '../catalogue/catalogue.ts';
import type { Usage } from '../model/usage.ts';

const picoPerNano = 1_000n;

/** The prices of a request with so long a prompt: those of the highest long-context tier whose bound it exceeds. */
export function pricesAt(price: Price, promptTokens: number): TokenPrices {
  let prices: TokenPrices = price;
  let bound = -1;
  for (const tier of price.longContext ?? []) {
    if (promptTokens > tier.aboveInputTokens && tier.aboveInputTokens > bound) {
      prices = tier;
      bound = tier.aboveInputTokens;
    }
  }
  return prices;
}

/**
 * What a call cost in integer nano-USD: its components summed in pico-USD, rounded half up once. null when the price of
 * anything that was used is unknown. A long-context tier applies to the whole request (as its provider bills it).
 */
export function costOf(usage: Usage, price: Price | null): number | null {
  if (price === null) return null;
  const { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens, outputTokens } = usage;
  const promptTokens = inputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
  const prices = pricesAt(price, promptTokens);
  const components = [
    [inputTokens, prices.input],
    [cacheReadTokens, prices.cacheRead],
    [cacheWrite5mTokens, prices.cacheWrite5m],
    [cacheWrite1hTokens, prices.cacheWrite1h],
    [outputTokens, prices.output],
  ] as const;
  let picoUsd = 0n;
  for (const [tokens, picoUsdPerToken] of components) {
    if (tokens === 0) continue;
    if (picoUsdPerToken === undefined) return null;
    picoUsd += BigInt(tokens) * BigInt(picoUsdPerToken);
  }
  return Number((picoUsd + picoPerNano / 2n) / picoPerNano);
}

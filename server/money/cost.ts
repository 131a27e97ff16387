import type { Price, TieredPrices, TokenPrices } from '../catalogue/catalogue.ts';
import type { Usage } from '../model/usage.ts';

const picoPerNano = 1_000n;

/** What providers call the tier that a price list means when it names none. */
const standardTiers: readonly (string | undefined)[] = [undefined, 'default', 'standard'];

/**
 * The prices of a request with so long a prompt in one service tier: those of the highest long-context row whose bound
 * the prompt exceeds, and within that row those of the tier. The source tells a tier's long-context prices as figures of
 * their own (GPT-6's `ultrafast`), so a tier that the long-context row does not name has none there: neither the tier's
 * price for short prompts nor the standard price for long ones would be what is billed. null: the price is unknown.
 */
function pricesAt(price: Price, promptTokens: number, tier?: string): TokenPrices | null {
  let row: TieredPrices = price;
  let bound = -1;
  for (const above of price.longContext ?? []) {
    if (promptTokens > above.aboveInputTokens && above.aboveInputTokens > bound) {
      row = above;
      bound = above.aboveInputTokens;
    }
  }
  return tierPrices(row, tier);
}

/** The prices of one row in one service tier; null where the row does not know that tier. */
export function tierPrices(row: TieredPrices, tier: string | undefined): TokenPrices | null {
  if (tier === undefined || standardTiers.includes(tier)) return row;
  const { tiers = {} } = row;
  return Object.hasOwn(tiers, tier) ? (tiers[tier] ?? null) : null;
}

/**
 * What a call cost in integer nano-USD: its components summed in pico-USD, rounded half up once. The tier is the one that
 * answered, whatever was asked for. null when the price of anything that was used is unknown. A long-context row applies
 * to the whole request (as its provider bills it).
 */
export function costOf(usage: Usage, price: Price | null): number | null {
  if (price === null) return null;
  const { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens, outputTokens } = usage;
  const promptTokens = inputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
  const prices = pricesAt(price, promptTokens, usage.tier);
  const components = [
    [inputTokens, prices?.input],
    [cacheReadTokens, prices?.cacheRead],
    [cacheWrite5mTokens, prices?.cacheWrite5m],
    [cacheWrite1hTokens, prices?.cacheWrite1h],
    [outputTokens, prices?.output],
  ] as const;
  let picoUsd = 0n;
  for (const [tokens, picoUsdPerToken] of components) {
    if (tokens === 0) continue;
    if (picoUsdPerToken === undefined) return null;
    picoUsd += BigInt(tokens) * BigInt(picoUsdPerToken);
  }
  return Number((picoUsd + picoPerNano / 2n) / picoPerNano);
}

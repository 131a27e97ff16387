import type { Price, TieredPrices, TokenPrices } from '../../server/catalogue/catalogue.ts';
import type { SourceModel, SourcePrices } from './source.ts';

/** USD per million tokens → integer pico-USD per token, rounded half up. One USD per million is 10⁶ pico-USD each. */
function picoUsd(usdPerMillion: number): number {
  const [whole = '0', fraction = ''] = usdPerMillion.toFixed(9).split('.');
  return Number((BigInt(whole + fraction) + 500n) / 1000n);
}

/** The components a source row knows; a price without input or output is no price. */
function tokenPrices(row: SourceRow, maker: string): TokenPrices | null {
  const { input, output, cache_read, cache_write_5m, cache_write_1h } = row;
  if (typeof input !== 'number' || typeof output !== 'number') return null;
  // AWS's user guide: written tokens cost more than uncached ones on some models only. For Nova neither the main source
  // nor genai-prices 0.2.3 has a write price, so its writes are priced as what they are: prompt tokens.
  const write = cache_write_5m ?? (maker === 'amazon' && typeof cache_read === 'number' ? input : undefined);
  return {
    input: picoUsd(input),
    output: picoUsd(output),
    ...(typeof cache_read === 'number' && { cacheRead: picoUsd(cache_read) }),
    ...(typeof write === 'number' && { cacheWrite5m: picoUsd(write) }),
    ...(typeof cache_write_1h === 'number' && { cacheWrite1h: picoUsd(cache_write_1h) }),
  };
}

type SourceRow = Omit<SourcePrices, 'long_context_tiers'>;

/** The standard prices of a row and those of the service tiers it names. */
function tieredPrices(row: SourceRow, maker: string): TieredPrices | null {
  const prices = tokenPrices(row, maker);
  if (!prices) return null;
  const tiers = Object.entries(row.service_tiers ?? {}).flatMap(([tier, its]) => {
    const priced = tokenPrices(its, maker);
    return priced ? [[tier, priced] as const] : [];
  });
  return { ...prices, ...(tiers.length > 0 && { tiers: Object.fromEntries(tiers) }) };
}

export function priceOf(row: SourcePrices, maker: string): Price | null {
  const prices = tieredPrices(row, maker);
  if (!prices) return null;
  const longContext = (row.long_context_tiers ?? []).flatMap((tier) => {
    const above = tieredPrices(tier, maker);
    return above ? [{ aboveInputTokens: tier.above_input_tokens, ...above }] : [];
  });
  return { ...prices, ...(longContext.length > 0 && { longContext }) };
}

/** What differs by profile prefix or region. In the source an override holds only the components that differ. */
export function priceOverridesOf(model: SourceModel): Record<string, Price | null> {
  const base = JSON.stringify(priceOf(model.prices_usd_per_1m, model.provider));
  const entries = Object.entries(model.overrides)
    .filter(([where]) => where.startsWith('region:') || model.inference_profiles.includes(where.replace(/\.$/, '')))
    .map(([where, override]) => {
      const row = { ...model.prices_usd_per_1m, ...override.prices_usd_per_1m };
      return [where, priceOf(row, model.provider)] as const;
    })
    .filter(([, price]) => JSON.stringify(price) !== base);
  return Object.fromEntries(entries);
}

import type { ConfiguredPrice, ConfiguredTokenPrices } from '../config.ts';
import type { Bundled } from './bundled.ts';
import type { CallTarget, Price, TokenPrices } from './catalogue.ts';

export type ConfiguredPrices = Readonly<Record<string, ConfiguredPrice>>;

/** Something strange in a price, told at the start and nothing more: the operator's word holds. */
export interface PriceWarning {
  /** E.g. `prices.claude-sonnet-4-5.input`. */
  readonly field: string;
  /**
   * `far_off`: over 100 times or under 1/100 of the bundled price; `missing`: bundled, but not in the override;
   * `implausible`: nothing is bundled, and no model costs so much or so little, unless it costs nothing.
   */
  readonly reason: 'far_off' | 'missing' | 'implausible';
  /** pico-USD per token; null where the field is not one price. */
  readonly bundled: number | null;
  /** pico-USD per token; null where it is missing. */
  readonly configured: number | null;
}

export interface PriceOverrides {
  readonly warnings: readonly PriceWarning[];
  /** Each `prices.<name>: what is wrong; what to do`. */
  readonly faults: readonly string[];
  /** The target at the operator's price, if there is one: of its alias, else of the id that is sent, else of its model. */
  apply(target: CallTarget): CallTarget;
}

/** Beyond it a price is more likely per token or per thousand than a discount. */
const saneFactor = 100;

/**
 * pico-USD per token: from $0.001 to $2,000 per million tokens. What is below is rather a figure per token or per thousand
 * than per million.
 */
const plausible = { least: 1_000, most: 2_000_000_000 };

/**
 * Reads the operator's prices. A key is an alias of the operator, an id that is sent (profile id, ARN), or an alias or bare
 * id of the catalogue; the last holds for all targets of the model.
 */
export function createPriceOverrides(
  prices: ConfiguredPrices,
  bundled: Bundled,
  ownTargets: ReadonlyMap<string, CallTarget>,
): PriceOverrides {
  const byAlias = new Map<string, Price>();
  const byTarget = new Map<string, Price>();
  /** By provider and id: an alias of the operator's has a copy of the model. */
  const byModel = new Map<string, Price>();
  const faults: string[] = [];
  const warnings: PriceWarning[] = [];
  const keyOf = (id: string, provider: CallTarget['provider']) => `${provider}/${id}`;
  const ownIds = new Map([...ownTargets.values()].map((target) => [target.modelId, target]));

  for (const [name, configured] of Object.entries(prices)) {
    const price = priceOf(configured);
    const alias = ownTargets.get(name);
    const sent = bundled.isProfile(name) || name.startsWith('arn:') ? bundled.find(name) : undefined;
    const model = bundled.modelOf(name);
    const target = sent ?? (model ? undefined : ownIds.get(name));
    let known: Price | null;
    if (alias) {
      byAlias.set(name, price);
      known = alias.price;
    } else if (target) {
      byTarget.set(name, price);
      known = target.price;
    } else if (model) {
      const key = keyOf(model.id, bundled.find(name)?.provider ?? 'bedrock');
      if (byModel.has(key))
        faults.push(`prices.${name}: ${model.alias} has a price by another name too; leave one out`);
      byModel.set(key, price);
      known = model.price;
    } else {
      faults.push(`prices.${name}: names no model; write an alias, a bare id, a profile id, or the target of an alias`);
      continue;
    }
    warnings.push(...(known ? warningsOf(`prices.${name}`, price, known) : implausibleParts(`prices.${name}`, price)));
  }

  return {
    warnings,
    faults,
    apply(target) {
      const { model, modelId, provider } = target;
      const price =
        byAlias.get(model.alias) ??
        byTarget.get(modelId) ??
        byTarget.get(idIn(modelId)) ??
        byModel.get(keyOf(model.id, provider));
      return price ? { ...target, price } : target;
    },
  };
}

/** The profile id within the ARN of a profile, which is the same target. */
function idIn(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/** USD per million tokens → integer pico-USD per token, rounded half up: a million of one is a million of the other. */
function picoUsd(amount: ConfiguredTokenPrices['input']): number {
  const [whole = '0', fraction = ''] = (typeof amount === 'number' ? amount.toFixed(9) : amount).split('.');
  return Number((BigInt(whole + fraction.padEnd(9, '0')) + 500n) / 1_000n);
}

function tokenPrices(amounts: ConfiguredTokenPrices): TokenPrices {
  const { input, output, cache_read, cache_write_5m, cache_write_1h } = amounts;
  return {
    input: picoUsd(input),
    output: picoUsd(output),
    ...(cache_read !== undefined && { cacheRead: picoUsd(cache_read) }),
    ...(cache_write_5m !== undefined && { cacheWrite5m: picoUsd(cache_write_5m) }),
    ...(cache_write_1h !== undefined && { cacheWrite1h: picoUsd(cache_write_1h) }),
  };
}

function priceOf({ tiers, long_context, ...standard }: ConfiguredPrice): Price {
  const ofTiers = Object.entries(tiers ?? {}).map(([tier, its]) => [tier, tokenPrices(its)] as const);
  const rows = long_context?.map((row) => ({ aboveInputTokens: row.above_input_tokens, ...tokenPrices(row) }));
  return {
    ...tokenPrices(standard),
    ...(ofTiers.length > 0 && { tiers: Object.fromEntries(ofTiers) }),
    ...(rows && { longContext: rows }),
  };
}

const components = [
  ['input', 'input'],
  ['output', 'output'],
  ['cacheRead', 'cache_read'],
  ['cacheWrite5m', 'cache_write_5m'],
  ['cacheWrite1h', 'cache_write_1h'],
] as const;

function implausibleParts(path: string, price: Price): PriceWarning[] {
  return components.flatMap(([component, word]): PriceWarning[] => {
    const now = price[component] ?? 0;
    if (now === 0 || (plausible.least <= now && now <= plausible.most)) return [];
    return [{ field: `${path}.${word}`, reason: 'implausible', bundled: null, configured: now }];
  });
}

function warningsOf(path: string, price: Price, bundled: Price): PriceWarning[] {
  const groups = (['tiers', 'longContext'] as const).filter((group) => bundled[group] && !price[group]);
  return [
    ...components.flatMap(([component, word]): PriceWarning[] => {
      const before = bundled[component];
      const now = price[component];
      if (before === undefined) return [];
      const field = `${path}.${word}`;
      if (now === undefined) return [{ field, reason: 'missing', bundled: before, configured: null }];
      const sane = now <= before * saneFactor && now * saneFactor >= before;
      return sane ? [] : [{ field, reason: 'far_off', bundled: before, configured: now }];
    }),
    ...groups.map((group): PriceWarning => {
      const field = `${path}.${group === 'tiers' ? group : 'long_context'}`;
      return { field, reason: 'missing', bundled: null, configured: null };
    }),
  ];
}

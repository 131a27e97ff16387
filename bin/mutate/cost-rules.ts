import { mutationsOf } from './apply.ts';

/** Rules by which a call is priced. */
export const costRules = mutationsOf(
  'server/money/cost.ts',
  ['server/money/cost.test.ts'],
  [
    ['a cost is rounded half up', '(picoUsd + picoPerNano / 2n) / picoPerNano', 'picoUsd / picoPerNano'],
    [
      'an unknown price is no price of 0',
      'if (picoUsdPerToken === undefined) return null;',
      'if (picoUsdPerToken === undefined) continue;',
    ],
    ['what was not used needs no price', 'if (tokens === 0) continue;', ''],
    [
      'a long-context row applies above its bound only',
      'promptTokens > above.aboveInputTokens &&',
      'promptTokens >= above.aboveInputTokens &&',
    ],
    ['of several long-context rows the highest applies', '&& above.aboveInputTokens > bound', ''],
    [
      'cached tokens are part of the prompt’s length',
      'inputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;',
      'inputTokens;',
    ],
    [
      'cache reads have a price of their own',
      '[cacheReadTokens, prices?.cacheRead]',
      '[cacheReadTokens, prices?.input]',
    ],
    [
      'an hour in the cache has a price of its own',
      '[cacheWrite1hTokens, prices?.cacheWrite1h]',
      '[cacheWrite1hTokens, prices?.cacheWrite5m]',
    ],
    [
      'the default tier has the standard price',
      'if (tier === undefined || standardTiers.includes(tier)) return row;',
      'if (tier === undefined) return row;',
    ],
    ['a tier without a price has none', '(tiers[tier] ?? null) : null;', '(tiers[tier] ?? null) : row;'],
  ],
);

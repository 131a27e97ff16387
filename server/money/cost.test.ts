import * as fc from 'fast-check';
import { describe, test } from 'vitest';
import type { Price } from '../catalogue/catalogue.ts';
import { noUsage, type Usage } from '../model/usage.ts';
import { costOf } from './cost.ts';

/** Claude Sonnet 4.5 by its `us.` profile. */
const sonnet: Price = {
  input: 3_300_000,
  output: 16_500_000,
  cacheRead: 330_000,
  cacheWrite5m: 4_125_000,
  cacheWrite1h: 6_600_000,
  longContext: [
    {
      aboveInputTokens: 200_000,
      input: 6_600_000,
      output: 24_750_000,
      cacheRead: 660_000,
      cacheWrite5m: 8_250_000,
      cacheWrite1h: 13_200_000,
    },
  ],
};

const usage = (part: Partial<Usage>): Usage => ({ ...noUsage, ...part });

describe('the cost of a call', () => {
  test('is the sum of its components', ({ expect }) => {
    const used = { inputTokens: 100, cacheReadTokens: 900, cacheWrite5mTokens: 200, outputTokens: 50 };
    expect(costOf(usage(used), sonnet)).toBe(330_000 + 297_000 + 825_000 + 825_000);
  });

  test('bills a one-hour cache write by its own price', ({ expect }) => {
    expect(costOf(usage({ cacheWrite1hTokens: 1_000 }), sonnet)).toBe(6_600_000);
  });

  test.for([
    [1, 0],
    [499, 0],
    [500, 1],
    [501, 1],
    [1_499, 1],
    [1_500, 2],
  ] as const)('%s pico-USD are rounded half up to %s nano-USD', ([input, nanoUsd], { expect }) => {
    expect(costOf(usage({ inputTokens: 1 }), { input, output: 0 })).toBe(nanoUsd);
  });

  test('is rounded once, not component by component', ({ expect }) => {
    const price = { input: 400, output: 400, cacheRead: 400 };
    expect(costOf(usage({ inputTokens: 1, outputTokens: 1, cacheReadTokens: 1 }), price)).toBe(1);
  });

  test('follows the long-context tier only when the whole prompt exceeds its bound, and then for everything', ({
    expect,
  }) => {
    const split = { cacheReadTokens: 100_000, cacheWrite5mTokens: 50_000, cacheWrite1hTokens: 1_000, outputTokens: 10 };
    const cost = (inputTokens: number) => costOf(usage({ ...split, inputTokens }), sonnet);
    expect(cost(49_000)).toBe(49_000 * 3_300 + 33_000_000 + 206_250_000 + 6_600_000 + 165_000);
    expect(cost(49_001)).toBe(49_001 * 6_600 + 66_000_000 + 412_500_000 + 13_200_000 + 247_500);
  });

  test('takes the highest of several tiers, in whatever order they stand', ({ expect }) => {
    const tiers = [
      { aboveInputTokens: 200, input: 3_000, output: 0 },
      { aboveInputTokens: 100, input: 2_000, output: 0 },
    ];
    const price = { input: 1_000, output: 0, longContext: tiers };
    expect([100, 101, 200, 201].map((inputTokens) => costOf(usage({ inputTokens }), price))).toEqual([
      100, 202, 400, 603,
    ]);
  });

  describe('in a service tier', () => {
    const price: Price = {
      input: 2_000,
      output: 8_000,
      tiers: { flex: { input: 1_000, output: 4_000 }, ultrafast: { input: 12_000, output: 48_000 } },
      longContext: [
        {
          aboveInputTokens: 100,
          input: 4_000,
          output: 12_000,
          tiers: { ultrafast: { input: 24_000, output: 72_000 } },
        },
      ],
    };

    test.for([
      [undefined, 10, 20 + 8],
      ['default', 10, 20 + 8],
      ['standard', 10, 20 + 8],
      ['flex', 10, 10 + 4],
      ['ultrafast', 10, 120 + 48],
      ['default', 101, 404 + 12],
      ['ultrafast', 101, 2_424 + 72],
      ['flex', 101, null],
      ['priority', 10, null],
      ['reserved', 10, null],
      ['toString', 10, null],
    ] as const)('%s, %s tokens in and one out cost %s nano-USD', ([tier, inputTokens, cost], { expect }) => {
      expect(costOf(usage({ tier, inputTokens, outputTokens: 1 }), price)).toBe(cost);
    });

    test('costs nothing where nothing was used, whatever the tier', ({ expect }) => {
      expect(costOf(usage({ tier: 'reserved' }), price)).toBe(0);
    });
  });

  test('is unknown when a component that was used has no price, and only then', ({ expect }) => {
    const price = { input: 1_000, output: 1_000 };
    expect(costOf(usage({ inputTokens: 5, outputTokens: 5 }), price)).toBe(10);
    expect(costOf(usage({ inputTokens: 5, cacheReadTokens: 1 }), price)).toBeNull();
    expect(costOf(usage({ inputTokens: 5, cacheWrite1hTokens: 1 }), price)).toBeNull();
    expect(costOf(usage({ inputTokens: 5 }), null)).toBeNull();
    expect(costOf(noUsage, price)).toBe(0);
  });

  test('stays exact where doubles are not', ({ expect }) => {
    const used = usage({ inputTokens: 9_999_999, outputTokens: 9_999_999 });
    expect(costOf(used, { input: 600_000_001, output: 600_000_001 })).toBe(11_999_998_820_000);
  });
});

interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

const plus = (a: Fraction, b: Fraction): Fraction => ({
  over: a.over * b.under + b.over * a.under,
  under: a.under * b.under,
});

/** The same rules with exact fractions of a dollar: tokens over a million times USD per million tokens. */
function slowCost(used: Usage, price: Price): number | null {
  const { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens, outputTokens } = used;
  const prompt = inputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
  const tier = (price.longContext ?? [])
    .toSorted((a, b) => b.aboveInputTokens - a.aboveInputTokens)
    .find(({ aboveInputTokens }) => prompt > aboveInputTokens);
  const row = tier ?? price;
  const standard = used.tier === undefined || used.tier === 'default';
  const prices = standard ? row : row.tiers?.[used.tier ?? ''];
  let dollars: Fraction = { over: 0n, under: 1n };
  let known = true;
  const add = (tokens: number, pico: number | undefined) => {
    known &&= tokens === 0 || pico !== undefined;
    const millions = { over: BigInt(tokens), under: 1_000_000n };
    const usdPerMillion = { over: BigInt(pico ?? 0), under: 1_000_000n };
    dollars = plus(dollars, { over: millions.over * usdPerMillion.over, under: millions.under * usdPerMillion.under });
  };
  add(inputTokens, prices?.input);
  add(outputTokens, prices?.output);
  add(cacheReadTokens, prices?.cacheRead);
  add(cacheWrite5mTokens, prices?.cacheWrite5m);
  add(cacheWrite1hTokens, prices?.cacheWrite1h);
  if (!known) return null;
  // Half up: the floor of nano-dollars plus one half.
  const nanos = plus({ over: dollars.over * 1_000_000_000n, under: dollars.under }, { over: 1n, under: 2n });
  return Number(nanos.over / nanos.under);
}

test('10,000 random calls at random prices are priced without an error of one nano-dollar', async ({ expect }) => {
  const tokens = fc.oneof(fc.constant(0), fc.nat(2_000), fc.nat(2_000_000));
  const pico = fc.nat(200_000_000);
  const maybe = fc.option(pico, { nil: undefined });
  const prices = fc
    .record({ input: pico, output: pico, cacheRead: maybe, cacheWrite5m: maybe, cacheWrite1h: maybe })
    .map(({ input, output, ...rest }) => ({ input, output, ...known(rest) }));
  const tiers = fc.dictionary(fc.constantFrom('flex', 'priority', 'ultrafast'), prices, { noNullPrototype: true });
  const longContext = fc.array(
    fc
      .tuple(prices, fc.nat(1_000_000), tiers)
      .map(([row, aboveInputTokens, its]) => ({ ...row, aboveInputTokens, tiers: its })),
    { maxLength: 3 },
  );
  const used = fc.record({
    inputTokens: tokens,
    cacheReadTokens: tokens,
    cacheWrite5mTokens: tokens,
    cacheWrite1hTokens: tokens,
    outputTokens: tokens,
    tier: fc.constantFrom(undefined, undefined, 'default', 'flex', 'priority'),
  });
  let priced = 0;
  await fc.assert(
    fc.property(used, prices, tiers, longContext, (part, base, its, rows) => {
      const price = { ...base, tiers: its, longContext: rows };
      const cost = costOf(usage(part), price);
      expect(cost).toBe(slowCost(usage(part), price));
      expect(cost ?? 0).toBeGreaterThanOrEqual(0);
      if (cost !== null && cost > 0) priced++;
    }),
    { numRuns: 10_000 },
  );
  expect(priced).toBeGreaterThan(3_000);
});

/** Leaves out what is undefined: an absent price is absent. */
function known(part: Readonly<Record<'cacheRead' | 'cacheWrite5m' | 'cacheWrite1h', number | undefined>>) {
  const { cacheRead, cacheWrite5m, cacheWrite1h } = part;
  return {
    ...(cacheRead !== undefined && { cacheRead }),
    ...(cacheWrite5m !== undefined && { cacheWrite5m }),
    ...(cacheWrite1h !== undefined && { cacheWrite1h }),
  };
}

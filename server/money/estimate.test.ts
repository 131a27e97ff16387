import * as fc from 'fast-check';
import { describe, test } from 'vitest';
import { noUsage } from '../model/usage.ts';
import { costOf } from './cost.ts';
import {
  affordableOutputTokens,
  clampOutputTokens,
  defaultOutputCap,
  type EstimatedCall,
  estimateOf,
} from './estimate.ts';

const price = {
  input: 3_000_000,
  output: 15_000_000,
  cacheRead: 300_000,
  cacheWrite5m: 3_750_000,
  longContext: [
    { aboveInputTokens: 200_000, input: 6_000_000, output: 22_500_000, cacheRead: 600_000, cacheWrite5m: 7_500_000 },
  ],
};
const call = { promptBytes: 3_000, hasTools: false, maxOutputTokens: 1_000, price, contextWindow: 1_000_000 };

const likely = (estimated: EstimatedCall) => estimateOf(estimated).likelyNanoUsd;

describe('the most a call may cost', () => {
  test('is a third of its bytes and an allowance at the price of a cache write, and the whole output cap', ({
    expect,
  }) => {
    expect(likely(call)).toBe(1_100 * 3_750 + 1_000 * 15_000);
    expect(likely({ ...call, hasTools: true })).toBe(2_000 * 3_750 + 1_000 * 15_000);
    expect(likely({ ...call, typedTools: 2 })).toBe((2_000 + 2 * 1_500) * 3_750 + 1_000 * 15_000);
  });

  test('is plain input where cache writes cost nothing more or do not exist', ({ expect }) => {
    const plain = { input: 60_000, output: 240_000 };
    expect(likely({ ...call, price: plain })).toBe(1_100 * 60 + 1_000 * 240);
  });

  test('counts at most a full context window', ({ expect }) => {
    expect(likely({ ...call, promptBytes: 6_000_000, contextWindow: 100_000 })).toBe(100_000 * 3_750 + 1_000 * 15_000);
    expect(likely({ ...call, promptBytes: 30_000, contextWindow: undefined })).toBe(10_100 * 3_750 + 15_000_000);
  });

  test('takes the long-context tier as soon as the bound may be exceeded', ({ expect }) => {
    expect(likely({ ...call, promptBytes: 600_000 })).toBe(200_100 * 7_500 + 1_000 * 22_500);
  });

  test('counts media by their tokens, within the context window', ({ expect }) => {
    expect(likely({ ...call, mediaTokens: 16_384 })).toBe((1_100 + 16_384) * 3_750 + 1_000 * 15_000);
    expect(likely({ ...call, mediaTokens: 900_000, contextWindow: 5_000 })).toBe(5_000 * 3_750 + 1_000 * 15_000);
  });

  test('counts the dearer cache write where an hour is asked for', ({ expect }) => {
    const hourly = { ...price, cacheWrite1h: 6_000_000 };
    expect(likely({ ...call, price: hourly })).toBe(1_100 * 3_750 + 1_000 * 15_000);
    expect(likely({ ...call, price: hourly, usesHourlyCache: true })).toBe(1_100 * 6_000 + 1_000 * 15_000);
  });

  test('is that of the dearer of the tier that was asked for and the standard one', ({ expect }) => {
    const tiers = { flex: { input: 1_000_000, output: 5_000_000 }, priority: { input: 5_000_000, output: 30_000_000 } };
    const held = (serviceTier?: string) => likely({ ...call, serviceTier, price: { ...price, tiers } });
    expect(held('priority')).toBe(1_100 * 5_000 + 1_000 * 30_000);
    expect(['flex', 'default', undefined].map(held)).toEqual(Array(3).fill(1_100 * 3_750 + 15_000_000));
    // What the tier that answers costs is not known: then neither is what the call costs.
    expect(held('reserved')).toBeNull();
  });

  test('is rounded up', ({ expect }) => {
    expect(likely({ ...call, promptBytes: 0, maxOutputTokens: 0, price: { input: 11, output: 0 } })).toBe(2);
  });

  test('is unknown without a price', ({ expect }) => {
    expect(likely({ ...call, price: null })).toBeNull();
  });

  test('is never under the cost, however the prompt is split over the cache and whatever tier answers', async ({
    expect,
  }) => {
    const pico = fc.nat(50_000_000);
    const prices = fc.record({ input: pico, output: pico, cacheRead: pico, cacheWrite5m: pico, cacheWrite1h: pico });
    const row = prices.chain((base) => prices.map((flex) => ({ ...base, tiers: { flex } })));
    const rows = fc.array(fc.tuple(row, fc.nat(700_000)), { maxLength: 2 });
    const share = fc.nat(1_000);
    const shares = fc.tuple(share, share, share, share, share);
    const sizes = fc.record({
      promptBytes: fc.nat(2_000_000),
      mediaTokens: fc.nat(50_000),
      maxOutputTokens: fc.nat(10_000),
      hasTools: fc.boolean(),
    });
    const tier = fc.constantFrom('default', 'flex');
    await fc.assert(
      fc.property(sizes, row, rows, shares, tier, tier, (size, base, above, [a, b, c, d, rest], asked, answered) => {
        const prompt = Math.ceil(size.promptBytes / 3) + size.mediaTokens + (size.hasTools ? 1_000 : 100);
        const part = (of: number) => Math.floor((prompt * of) / (a + b + c + d + rest + 1));
        const used = {
          ...noUsage,
          inputTokens: part(a),
          cacheReadTokens: part(b),
          cacheWrite5mTokens: part(c),
          cacheWrite1hTokens: part(d),
          outputTokens: size.maxOutputTokens,
          tier: answered === 'flex' ? asked : 'default',
        };
        const random = { ...base, longContext: above.map(([its, aboveInputTokens]) => ({ ...its, aboveInputTokens })) };
        const estimate = likely({
          ...size,
          usesHourlyCache: true,
          serviceTier: asked,
          price: random,
          contextWindow: undefined,
        });
        expect(estimate).toBeGreaterThanOrEqual(costOf(used, random) ?? Number.NaN);
      }),
      { numRuns: 10_000 },
    );
  });
});

test.for([
  [1, 16],
  [16, 16],
  [1_000, 1_000],
  [9_000, 8_192],
] as const)('a cap of %s tokens is sent as %s to a model that takes 16 to 8,192', ([requested, sent], { expect }) => {
  expect(clampOutputTokens(requested, { minOutputTokens: 16, maxOutputTokens: 8_192 })).toBe(sent);
});

test('a cap stays as it is where the model’s maximum is unknown', ({ expect }) => {
  expect(clampOutputTokens(1_000_000, { minOutputTokens: 1, maxOutputTokens: undefined })).toBe(1_000_000);
});

test.for([
  [64_000, 32_000],
  [8_192, 8_192],
  [undefined, 4_096],
] as const)('a model that writes at most %s tokens gets a default cap of %s', ([maxOutputTokens, cap], { expect }) => {
  expect(defaultOutputCap({ maxOutputTokens })).toBe(cap);
});

describe('what a budget near its end pays for', () => {
  const most = (maxOutputTokens: number) => estimateOf({ ...call, maxOutputTokens }).mostNanoUsd ?? 0;

  test('counts each byte of the prompt as a token', ({ expect }) => {
    expect(most(1_000)).toBe(3_100 * 3_750 + 1_000 * 15_000);
  });

  test.for([
    ['a cap of exactly what is left', 20_000, most(5_000), 5_000],
    ['one token less', 20_000, most(5_000) - 1, 4_999],
    ['never more than the cap it had', 5_000, most(9_000), 5_000],
    ['the fewest that are worth a call', 20_000, most(1_024), 1_024],
    ['fewer than that: nothing', 20_000, most(1_024) - 1, undefined],
  ] as const)('%s', ([, maxOutputTokens, left, expected], { expect }) => {
    expect(affordableOutputTokens({ ...call, maxOutputTokens }, left)).toBe(expected);
  });

  test('is unknown for a model without a price', ({ expect }) => {
    expect(affordableOutputTokens({ ...call, maxOutputTokens: 5_000, price: null }, 1e12)).toBeUndefined();
  });
});

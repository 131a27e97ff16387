import * as fc from 'fast-check';
import { describe, test } from 'vitest';
import { noUsage } from '../model/usage.ts';
import { costOf } from './cost.ts';
import { defaultOutputCap, estimateOf } from './estimate.ts';

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

describe('the most a call may cost', () => {
  test('is a third of its bytes and an allowance at the price of a cache write, and the whole output cap', ({
    expect,
  }) => {
    expect(estimateOf(call)).toBe(1_100 * 3_750 + 1_000 * 15_000);
    expect(estimateOf({ ...call, hasTools: true })).toBe(2_000 * 3_750 + 1_000 * 15_000);
  });

  test('is plain input where cache writes cost nothing more or do not exist', ({ expect }) => {
    const plain = { input: 60_000, output: 240_000 };
    expect(estimateOf({ ...call, price: plain })).toBe(1_100 * 60 + 1_000 * 240);
  });

  test('counts at most a full context window', ({ expect }) => {
    expect(estimateOf({ ...call, promptBytes: 6_000_000, contextWindow: 100_000 })).toBe(
      100_000 * 3_750 + 1_000 * 15_000,
    );
    expect(estimateOf({ ...call, promptBytes: 30_000, contextWindow: undefined })).toBe(10_100 * 3_750 + 15_000_000);
  });

  test('takes the long-context tier as soon as the bound may be exceeded', ({ expect }) => {
    expect(estimateOf({ ...call, promptBytes: 600_000 })).toBe(200_100 * 7_500 + 1_000 * 22_500);
  });

  test('is rounded up', ({ expect }) => {
    expect(estimateOf({ ...call, promptBytes: 0, maxOutputTokens: 0, price: { input: 11, output: 0 } })).toBe(2);
  });

  test('is unknown without a price', ({ expect }) => {
    expect(estimateOf({ ...call, price: null })).toBeNull();
  });

  test('is never under the cost, however the prompt is split over the cache', async ({ expect }) => {
    const share = fc.nat(1_000);
    await fc.assert(
      fc.property(fc.nat(2_000_000), fc.nat(10_000), share, share, share, (promptBytes, maxOutputTokens, a, b, c) => {
        const prompt = Math.ceil(promptBytes / 3) + 100;
        const part = (of: number) => Math.floor((prompt * of) / (a + b + c + 1));
        const used = {
          ...noUsage,
          inputTokens: part(a),
          cacheReadTokens: part(b),
          cacheWrite5mTokens: part(c),
          outputTokens: maxOutputTokens,
        };
        const estimate = estimateOf({ ...call, promptBytes, maxOutputTokens });
        expect(estimate).toBeGreaterThanOrEqual(costOf(used, price) ?? Number.NaN);
      }),
    );
  });
});

test.for([
  [64_000, 32_000],
  [8_192, 8_192],
  [undefined, 4_096],
] as const)('a model that writes at most %s tokens gets a default cap of %s', ([maxOutputTokens, cap], { expect }) => {
  expect(defaultOutputCap({ maxOutputTokens })).toBe(cap);
});

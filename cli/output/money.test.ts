import * as fc from 'fast-check';
import { test } from 'vitest';
import { formatMoney } from './money.ts';

test.for([
  [null, '–'],
  [0, '$0.00'],
  [1, '<$0.000001'],
  [499, '<$0.000001'],
  [500, '$0.000001'],
  [2_934_000, '$0.002934'],
  [9_999_999, '$0.010000'],
  [10_000_000, '$0.0100'],
  [429_950_000, '$0.4300'],
  [1_000_000_000, '$1.00'],
  [14_505_000_000, '$14.51'],
  [1_234_567_890_000_000, '$1,234,567.89'],
  [-2_500_000_000, '-$2.50'],
] as const)('%s nano-USD is shown as %s', ([amount, text], { expect }) => {
  expect(formatMoney(amount)).toBe(text);
});

test('from a cent on it is never off by more than half of its last digit', async ({ expect }) => {
  await fc.assert(
    fc.property(fc.integer({ min: 10_000_000, max: 2 ** 50 }), (amount) => {
      const shown = formatMoney(amount).replace(/[$,]/g, '');
      const [whole = '', fraction = ''] = shown.split('.');
      const nano = BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
      const difference = nano - BigInt(amount);
      const half = 10n ** BigInt(9 - fraction.length) / 2n;
      expect(difference <= half && -difference <= half).toBe(true);
    }),
  );
});

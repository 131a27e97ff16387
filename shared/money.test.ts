import * as fc from 'fast-check';
import { test } from 'vitest';
import { formatUsd, parseUsd } from './money.ts';

test.for([
  [0, '0.000000000'],
  [1, '0.000000001'],
  [1_234_567, '0.001234567'],
  [20_000_000_000, '20.000000000'],
  [-1, '-0.000000001'],
  [-1_500_000_000, '-1.500000000'],
  [Number.MAX_SAFE_INTEGER, '9007199.254740991'],
  [123_456_789_012_345_678_901n, '123456789012.345678901'],
] as const)('%s nano-USD is written %s', ([amount, text], { expect }) => {
  expect(formatUsd(amount)).toBe(text);
});

test.for([
  ['20.00', 20_000_000_000],
  ['20', 20_000_000_000],
  ['0.000000001', 1],
  ['1000000', 1_000_000_000_000_000],
] as const)('%j is %s nano-USD', ([text, amount], { expect }) => {
  expect(parseUsd(text)).toBe(amount);
});

test.for(['', '.5', '5.', '-1', '+1', '1e3', '1,000', '0.0000000001', '12345678', ' 1', '1 ', 'NaN', '0x10', '１'])(
  '%j is no amount',
  (text, { expect }) => {
    expect(parseUsd(text)).toBeUndefined();
  },
);

test('what is written is read back to the nano-dollar', async ({ expect }) => {
  await fc.assert(
    fc.property(fc.integer({ min: 0, max: 9_000_000_000_000_000 }), (amount) => {
      expect(parseUsd(formatUsd(amount))).toBe(amount);
    }),
  );
});

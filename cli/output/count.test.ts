import { test } from 'vitest';
import { formatCount } from './count.ts';

test.for([
  [0, '0'],
  [999, '999'],
  [3081, '3,081'],
  [9999, '9,999'],
  [10_000, '10.0k'],
  [148_000, '148k'],
  [999_400, '999k'],
  [999_999, '1.00M'],
  [1_920_000, '1.92M'],
  [12_340_000, '12.3M'],
  [5_000_000_000, '5.00G'],
  [7_000_000_000_000, '7000G'],
] as const)('%s is shown as %s', ([count, text], { expect }) => {
  expect(formatCount(count)).toBe(text);
});

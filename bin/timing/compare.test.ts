import { expect, test } from 'vitest';
import { compare, type Sample } from './compare.ts';

/** Times around `ms`, the second of each pair later by `later`; the same numbers at each run. */
function samples(count: number, ms: number, noise: number, later: number): Sample[] {
  let state = 1;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return ms + (state / 2_147_483_647 - 0.5) * 2 * noise;
  };
  return Array.from({ length: count }, () => ({ pair: [random(), random() + later], control: [random(), random()] }));
}

test.for([
  ['nothing between them', samples(200, 2, 0.3, 0), true],
  ['less than a twentieth', samples(200, 2, 0.001, 0.09), true],
  ['more than a twentieth, and seen beyond doubt', samples(200, 2, 0.3, 0.4), false],
  ['twice as long', samples(200, 2, 1, 2), false],
  ['shorter, beyond doubt', samples(200, 2, 0.3, -0.4), false],
  ['a little, in much noise', samples(200, 2, 2, 0.11), true],
] as const)('%s', ([, given, passes]) => {
  expect(compare(given).passes).toBe(passes);
});

test('tells median, difference and the control’s', () => {
  const pairs = [1, 2, 3, 4, 5].map((ms) => ({ pair: [ms, ms + 1], control: [ms, ms] }) as const);
  expect(compare(pairs)).toEqual({ medianMs: 3, differenceMs: 1, controlMs: 0, spreadMs: 0, passes: false });
});

import { test } from 'vitest';
import { bar, sparkline } from './chart.ts';

test.for([
  [0, ''],
  [0.0001, '▏'],
  [0.5, '█████'],
  [0.55, '█████▌'],
  [1, '██████████'],
  [7, '██████████'],
] as const)('a share of %s is drawn as "%s"', ([share, text], { expect }) => {
  expect(bar(share, 10, true)).toBe(text);
});

test('both drawings have a form for terminals without block elements', ({ expect }) => {
  expect([bar(0.5, 10, false), bar(0.001, 10, false), sparkline([0, 1, 4], false)]).toEqual(['#####', '#', '_.#']);
});

test('a sparkline is scaled to its largest value, and something is never nothing', ({ expect }) => {
  expect(sparkline([0, 1, 500, 1000], true)).toBe('▁▂▅█');
  expect(sparkline([0, 0], true)).toBe('▁▁');
  expect(sparkline([], true)).toBe('');
});

import * as fc from 'fast-check';
import { test } from 'vitest';
import { countDays, dayOf, daysOf, monthOf, parseMonth } from './period.ts';

test('a time belongs to its UTC day and month, to the millisecond', async ({ expect }) => {
  const midnight = Date.UTC(2026, 11, 1);
  expect([dayOf(midnight - 1), dayOf(midnight), monthOf(midnight - 1), monthOf(midnight)]).toEqual([
    '2026-11-30',
    '2026-12-01',
    '2026-11',
    '2026-12',
  ]);
});

test.for([
  ['2026-11', '2026-11-01', '2026-11-30'],
  ['2026-12', '2026-12-01', '2026-12-31'],
  ['2028-02', '2028-02-01', '2028-02-29'],
  ['2027-02', '2027-02-01', '2027-02-28'],
] as const)('%s is %s to %s', ([month, from, to], { expect }) => {
  expect(parseMonth(month)).toEqual({ from, to });
});

test.for(['2026', '2026-13', '2026-00', '26-11', '2026-1', '2026-11-01', ' 2026-11', 'november', ''])(
  '%j is no month',
  (text, { expect }) => {
    expect(parseMonth(text)).toBeUndefined();
  },
);

test('a range lists every day once, in order, over month and year ends', ({ expect }) => {
  expect(daysOf({ from: '2026-12-30', to: '2027-01-02' })).toEqual([
    '2026-12-30',
    '2026-12-31',
    '2027-01-01',
    '2027-01-02',
  ]);
  expect(daysOf({ from: '2026-11-21', to: '2026-11-21' })).toEqual(['2026-11-21']);
  expect(daysOf({ from: '2026-11-22', to: '2026-11-21' })).toEqual([]);
});

test('counting and listing agree for any range', async ({ expect }) => {
  const day = fc.integer({ min: 0, max: 30_000 }).map((days) => dayOf(days * 86_400_000));
  await fc.assert(
    fc.property(day, fc.integer({ min: 0, max: 800 }), (from, length) => {
      const to = dayOf(Date.parse(from) + length * 86_400_000);
      const days = daysOf({ from, to });
      expect(days.length).toBe(countDays({ from, to }));
      expect([days[0], days.at(-1)]).toEqual([from, to]);
      expect([...new Set(days)].toSorted()).toEqual(days);
    }),
  );
});

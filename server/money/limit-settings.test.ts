import { describe, test } from 'vitest';
import { planLimits, showBudgets } from './limit-settings.ts';
import { fromStoredLimits, toStoredLimits } from './limits.ts';

describe('limits as they are set', () => {
  test.for([
    ['a text', '20.00', 20_000_000_000],
    ['a number', 20, 20_000_000_000],
    ['the least', '0.000000001', 1],
    ['a small number', 0.1, 100_000_000],
    ['the most', '1000000', 1_000_000_000_000_000],
  ] as const)('%s of dollars', ([, limit_usd, expected], { expect }) => {
    expect(planLimits({ budgets: [{ period: 'month', limit_usd }] }, {}).month).toBe(expected);
  });

  test.for([
    0,
    '0',
    '0.000',
    -1,
    '-5',
    '1000000.000000001',
    1_000_001,
    '0.0000000001',
    1e-10,
    'NaN',
    Number.NaN,
    '',
    '1e3',
    ' 5',
    Number.POSITIVE_INFINITY,
  ])('not %j', (limit_usd, { expect }) => {
    const set = () =>
      planLimits(
        {
          budgets: [
            { period: 'day', limit_usd: 1 },
            { period: 'total', limit_usd },
          ],
        },
        {},
        'policy.',
      );
    expect(set).toThrow('policy.budgets[1].limit_usd: is an amount over 0');
  });

  test('one budget of each period', ({ expect }) => {
    const twice = [
      { period: 'day', limit_usd: '1' },
      { period: 'day', limit_usd: '2' },
    ] as const;
    expect(() => planLimits({ budgets: [...twice] }, {})).toThrow('budgets[1].period: there is a budget for the day');
  });

  test.for(['rpm', 'tpm', 'concurrency'] as const)('%s is a whole number, at least one', (name, { expect }) => {
    expect(planLimits({ [name]: 7 }, {})[name]).toBe(7);
    expect(planLimits({ [name]: null }, { [name]: 7 })[name]).toBeUndefined();
    for (const wrong of [0, -1, 1.5, 1e12, Number.NaN]) {
      expect(() => planLimits({ [name]: wrong }, {})).toThrow(`${name}: is a whole number from 1 to`);
    }
  });

  test('what is absent stays, an empty list takes every budget away', ({ expect }) => {
    const before = { day: 1, total: 2, rpm: 3 };
    expect(planLimits({ tpm: 9 }, before)).toEqual({ ...before, tpm: 9 });
    expect(planLimits({ budgets: [] }, before)).toEqual({ rpm: 3 });
  });
});

test('limits stand the way through a slot’s short names', ({ expect }) => {
  const limits = { day: 1, month: 2, total: 3, rpm: 4, tpm: 5, concurrency: 6 };
  expect(fromStoredLimits(toStoredLimits(limits))).toEqual(limits);
  expect(toStoredLimits({})).toBeUndefined();
  expect(fromStoredLimits(undefined)).toEqual({});
});

test('budgets are shown with what is spent and when they begin anew', ({ expect }) => {
  const now = Date.UTC(2026, 11, 31, 23, 59);
  const spent = { day: 1_500_000_000, month: 2, total: 3 };
  expect(showBudgets({ day: 20_000_000_000, month: 1, total: 9 }, spent, now)).toEqual([
    { period: 'day', limit_usd: '20.000000000', spent_usd: '1.500000000', resets_at: '2027-01-01T00:00:00.000Z' },
    { period: 'month', limit_usd: '0.000000001', spent_usd: '0.000000002', resets_at: '2027-01-01T00:00:00.000Z' },
    { period: 'total', limit_usd: '0.000000009', spent_usd: '0.000000003', resets_at: null },
  ]);
});

import { test } from 'vitest';
import { formatDuration, formatMoment, formatSpan } from './time.ts';

const now = Date.parse('2026-11-21T12:00:00.000Z');

test.for([
  [null, 'never'],
  ['2026-11-21T12:00:30.000Z', 'now'],
  ['2026-11-21T11:58:00.000Z', '2 min ago'],
  ['2026-11-21T09:00:00.000Z', '3 h ago'],
  ['2026-11-20T11:00:00.000Z', '1 day ago'],
  ['2027-02-18T12:00:00.000Z', 'in 89 days'],
  ['2026-11-21T13:30:00.000Z', 'in 1 h'],
  ['2036-11-21T12:00:00.000Z', '21 Nov 2036'],
] as const)('%s is %s', ([iso, text], { expect }) => {
  expect(formatMoment(iso, now)).toBe(text);
});

test.for([
  ['2026-11-01', '2026-11-21', 'November 2026 (1–21, UTC)'],
  ['2026-11-21', '2026-11-21', '21 Nov 2026 (UTC)'],
  ['2026-10-01', '2026-11-03', '1 Oct – 3 Nov 2026 (UTC)'],
  ['2025-12-31', '2026-01-01', '31 Dec 2025 – 1 Jan 2026 (UTC)'],
] as const)('%s to %s is %s', ([from, to, text], { expect }) => {
  expect(formatSpan(from, to)).toBe(text);
});

test('a duration has the unit a person reads it in', ({ expect }) => {
  expect([340.4, 2_140].map(formatDuration)).toEqual(['340 ms', '2.1 s']);
});

import { type DayRange, dayOf, monthOf, parseMonth } from '../../shared/period.ts';

/**
 * What the current month will have cost at its end if it goes on as it went so far: the cost by the part of it that is
 * over. Only of a report that covers the month from its first day to now; no forecast of an unknown cost, nor within the
 * first hour.
 */
export function forecastOf(
  { from, to }: DayRange,
  costNanoUsd: number | null,
  now: number,
): { readonly to: string; readonly costNanoUsd: number } | undefined {
  const month = parseMonth(monthOf(now));
  if (!month || costNanoUsd === null || from !== month.from || to < dayOf(now) || to > month.to) return undefined;
  const begun = Date.parse(month.from);
  const passedMs = now - begun;
  if (passedMs < 3_600_000) return undefined;
  const wholeMs = Date.parse(month.to) + 86_400_000 - begun;
  return { to: month.to, costNanoUsd: Math.round((costNanoUsd / passedMs) * wholeMs) };
}

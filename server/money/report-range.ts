import { countDays, type DayRange, monthOf, parseMonth } from '../../shared/period.ts';
import { invalidRequest } from '../errors.ts';

/** Ten years, three of them leap years. */
export const longestRangeDays = 3_653;

/** A range as it is asked for, in UTC days. */
export interface AskedRange {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/**
 * The current UTC month where nothing is asked; `to` without `from` begins with the first of its month.
 * @throws GatewayError 400 naming the field
 */
export function rangeOf(query: AskedRange, now: number): DayRange {
  const month = parseMonth(query.to?.slice(0, 7) ?? monthOf(now));
  const from = query.from ?? month?.from;
  const to = query.to ?? month?.to;
  if (from === undefined || to === undefined) {
    throw invalidRequest('to: must be a day between 2000 and 2099; write it as 2026-11-21.', 'to');
  }
  const days = countDays({ from, to });
  if (days < 1) throw invalidRequest(`from: ${from} is after \`to\`, ${to}; exchange the two.`, 'from');
  if (days > longestRangeDays) {
    throw invalidRequest(`from: a report covers at most ten years, not ${days} days; set a later day.`, 'from');
  }
  return { from, to };
}

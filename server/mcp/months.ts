import { monthOf, parseMonth } from '../../shared/period.ts';

/** How far back a month is offered. */
const offered = 24;

/** UTC months that begin with what was typed, this one first. @param now ms since the epoch */
export function monthsThatBegin(typed: string, now: number): readonly string[] {
  const [year = 0, month = 1] = monthOf(now).split('-').map(Number);
  return Array.from({ length: offered }, (_, back) => monthOf(Date.UTC(year, month - 1 - back, 1))).filter(
    (each) => each.startsWith(typed) && parseMonth(each) !== undefined,
  );
}

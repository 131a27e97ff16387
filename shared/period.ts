/** Periods are UTC days (`YYYY-MM-DD`) and UTC months (`YYYY-MM`), everywhere: budgets, ledger, reports, command line. */

const dayMs = 86_400_000;

/** The day that was asked for last: mostly it is today's, several times a call. */
let known = { number: Number.NaN, day: '' };

/** The UTC day of a time in ms since the epoch. */
export function dayOf(timeMs: number): string {
  const number = Math.floor(timeMs / dayMs);
  if (number !== known.number) known = { number, day: new Date(timeMs).toISOString().slice(0, 10) };
  return known.day;
}

/** The UTC month of a time in ms since the epoch. */
export function monthOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 7);
}

export interface DayRange {
  /** First day, `YYYY-MM-DD`. */
  readonly from: string;
  /** Last day, inclusive. */
  readonly to: string;
}

/** `2026-11` → its first and last day. Undefined unless it is a month between 2000 and 2099 written so. */
export function parseMonth(text: string): DayRange | undefined {
  const match = /^(20\d\d)-(0[1-9]|1[0-2])$/.exec(text);
  if (!match) return undefined;
  const [, year, month] = match;
  // Day 0 of the next month is the last of this one.
  return { from: `${text}-01`, to: dayOf(Date.UTC(Number(year), Number(month), 0)) };
}

/** How many days the range has, both ends counted; 0 or less when `from` is after `to`. */
export function countDays({ from, to }: DayRange): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / dayMs) + 1;
}

/** Every day of the range in order; none when `from` is after `to`. */
export function daysOf(range: DayRange): readonly string[] {
  const first = Date.parse(range.from);
  return Array.from({ length: Math.max(0, countDays(range)) }, (_, index) => dayOf(first + index * dayMs));
}

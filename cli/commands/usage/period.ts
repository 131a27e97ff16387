import { type DayRange, dayOf, monthOf, parseMonth } from '../../../shared/period.ts';
import type { OptionValues } from '../../command.ts';
import { UsageError } from '../../errors.ts';

/**
 * The days that were asked for: `--month [YYYY-MM]`, or `--from` and `--to`; else the current UTC month. A month that
 * is not over ends today.
 * @throws UsageError naming the flag
 */
export function parsePeriod(options: OptionValues, now: number): DayRange {
  const today = dayOf(now);
  const fromText = options.find('from');
  const toText = options.find('to');
  if (options.isOn('month') && (fromText !== undefined || toText !== undefined)) {
    throw new UsageError('--month and --from or --to exclude each other', { hint: 'leave one of them out' });
  }
  if (fromText === undefined && toText === undefined) {
    const text = options.find('month') ?? monthOf(now);
    const month = parseMonth(text);
    if (!month) throw new UsageError(`--month "${text}" is not a month`, { hint: 'for example: --month 2026-11' });
    return month.from <= today && today < month.to ? { from: month.from, to: today } : month;
  }
  const to = toText === undefined ? today : parseDay('--to', toText);
  const from = fromText === undefined ? `${to.slice(0, 7)}-01` : parseDay('--from', fromText);
  if (from > to) throw new UsageError(`--from ${from} is after --to ${to}`, { hint: 'exchange the two' });
  return { from, to };
}

function parseDay(flag: string, text: string): string {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  // Date.parse refuses 2026-02-31 in this form; what it accepts it must give back.
  if (!Number.isNaN(time) && dayOf(time) === text) return text;
  throw new UsageError(`${flag} "${text}" is not a day`, { hint: `for example: ${flag} 2026-11-21` });
}

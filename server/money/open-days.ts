import { type DayRange, dayOf, daysOf } from '../../shared/period.ts';
import { nextDay } from './booking.ts';
import type { Scope } from './condensed.ts';
import type { Segment, Segments } from './segments.ts';

const segmentsAtOnce = 16;

/**
 * What was booked on days that are not closed, as far as the calls are of the range: today's rows, those of yesterday in
 * its first quarter of an hour, and late ones. Some segments at a time.
 */
export async function* openSegments(
  segments: Segments,
  scope: Scope,
  { from, to }: DayRange,
  through: string,
  now: number,
): AsyncGenerator<readonly Segment[]> {
  for (const bookedOn of daysOf({ from: nextDay(through), to: dayOf(now) })) {
    const all = await segments.of(bookedOn, scope === 'everyone' ? undefined : scope.username);
    const asked = all.filter(({ day }) => from <= day && day <= to);
    for (let start = 0; start < asked.length; start += segmentsAtOnce) yield asked.slice(start, start + segmentsAtOnce);
  }
}

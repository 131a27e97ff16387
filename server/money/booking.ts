import { dayOf } from '../../shared/period.ts';
import { longestCallMs } from '../limits.ts';

// A day is closed once; afterwards its rows are what its digest says. A row that comes later is counted on the day of its
// call, but booked on the day it comes, as in any accounting: the closing of that day takes it in.

const dayMs = 86_400_000;
/** The last call of a day has ended by then, and its hold may be swept. */
const lateAfterMs = longestCallMs + 60_000;
/** Between the two lies what a write that has begun may take, and what clocks may differ. */
const closableAfterMs = lateAfterMs + 240_000;

/** The day whose closing takes in a row that is written now, where that is not the day of its call. */
export function lateBooking(callTime: number, now: number): string | undefined {
  const dayEnd = (Math.floor(callTime / dayMs) + 1) * dayMs;
  return now >= dayEnd + lateAfterMs ? dayOf(now) : undefined;
}

/** The last UTC day that may be closed now. */
export function lastClosableDay(now: number): string {
  return dayOf(now - dayMs - closableAfterMs);
}

export function nextDay(day: string): string {
  return dayOf(Date.parse(day) + dayMs);
}

/** Where it is noted who was called for on a day: written with the first hold of a person's day. */
export function activePartition(day: string): string {
  return `D#${day}`;
}

/** Where it is noted for which person and day of calls a late row was booked on a day: sk `<day of the calls>#<username>`. */
export function latePartition(bookedOn: string): string {
  return `E#${bookedOn}`;
}

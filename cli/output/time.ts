const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

function count(n: number, unit: string): string {
  return `${n} ${unit}${n === 1 || unit === 'min' || unit === 'h' ? '' : 's'}`;
}

function distance(ms: number): string {
  if (ms < hourMs) return count(Math.floor(ms / minuteMs), 'min');
  if (ms < dayMs) return count(Math.floor(ms / hourMs), 'h');
  return count(Math.floor(ms / dayMs), 'day');
}

/** A moment as a person says it: "2 min ago", "in 89 days", and beyond a year its UTC day. null: `otherwise`. */
export function formatMoment(iso: string | null, now: number, otherwise = 'never'): string {
  if (iso === null) return otherwise;
  const time = Date.parse(iso);
  const ms = time - now;
  if (Math.abs(ms) < minuteMs) return 'now';
  if (Math.abs(ms) < 366 * dayMs) return ms > 0 ? `in ${distance(ms)}` : `${distance(-ms)} ago`;
  const date = new Date(time);
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** A span of days as a headline: `November 2026 (1–21, UTC)`, `1 Oct – 3 Nov 2026 (UTC)`. Days as YYYY-MM-DD. */
export function formatSpan(from: string, to: string): string {
  const first = new Date(from);
  const last = new Date(to);
  const day = (date: Date) => `${date.getUTCDate()} ${months[date.getUTCMonth()]}`;
  if (from === to) return `${day(first)} ${first.getUTCFullYear()} (UTC)`;
  if (from.slice(0, 7) === to.slice(0, 7)) {
    const month = `${monthNames[first.getUTCMonth()]} ${first.getUTCFullYear()}`;
    return `${month} (${first.getUTCDate()}–${last.getUTCDate()}, UTC)`;
  }
  const year = from.slice(0, 4) === to.slice(0, 4) ? '' : ` ${first.getUTCFullYear()}`;
  return `${day(first)}${year} – ${day(last)} ${last.getUTCFullYear()} (UTC)`;
}

/** `2.1 s`, `340 ms`. */
export function formatDuration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

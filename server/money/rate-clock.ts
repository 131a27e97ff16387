import type { Rate } from './balance.ts';
import type { UpdateExpression } from './update-expression.ts';

// A rate is a clock (GCRA): it says when all of the rate would be there again, in µs since the epoch.

/** What a rate counts, a minute. */
export type Counted = 'requests' | 'tokens';

/** What one call does to a clock, and how far that may run ahead of now before; in µs. */
interface Pace {
  readonly stepUs: number;
  readonly slackUs: number;
}

const usPerMinute = 60_000_000;
/** Steps are rounded up to whole µs, so that the parts of a minute may come to more than one; times are known to the ms. */
const roundingUs = 1_000;

/**
 * Requests come one by one: as many steps as the rate has fit into its minute. Of tokens a call has many, and at high rates
 * one of them is less than a µs: what is rounded is the whole of them.
 */
export function paceOf(what: Counted, count: number, perMinute: number): Pace {
  const stepUs = Math.ceil((count * usPerMinute) / perMinute);
  if (what === 'requests') return { stepUs, slackUs: (perMinute - count) * stepUs };
  return { stepUs, slackUs: usPerMinute - stepUs + roundingUs };
}

/** The clock's part of an update, on the condition that the rate has room. */
export function moveClock(
  update: UpdateExpression,
  at: string,
  { clock, pace, nowUs }: { readonly clock: number | undefined; readonly pace: Pace; readonly nowUs: number },
): void {
  const { stepUs, slackUs } = pace;
  const now = update.value(nowUs);
  if (clock === undefined || clock <= nowUs) {
    update.require(`(attribute_not_exists(${at}) OR ${at} <= ${now})`);
    update.set(at, update.value(nowUs + stepUs));
  } else {
    update.require(`${at} > ${now}`);
    update.require(`${at} <= ${update.value(nowUs + slackUs)}`);
    update.add(at, stepUs);
  }
}

/** How far the rate is used up by now; undefined where there is none. */
export function rateOf(
  what: Counted,
  perMinute: number | undefined,
  clock: number | undefined,
  nowUs: number,
): Rate | undefined {
  if (perMinute === undefined) return undefined;
  const ahead = Math.max((clock ?? nowUs) - nowUs, 0);
  const used = what === 'requests' ? Math.ceil(ahead / paceOf(what, 1, perMinute).stepUs) : tokensIn(ahead, perMinute);
  return { limit: perMinute, remaining: Math.max(perMinute - used, 0), resetMs: Math.ceil(ahead / 1000) };
}

function tokensIn(us: number, perMinute: number): number {
  return Math.round((us * perMinute) / usPerMinute);
}

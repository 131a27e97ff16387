import * as z from 'zod/mini';

/** What a key, person or team may spend, and how fast. Money in nano-USD; absent: no such limit. */
export interface Limits {
  readonly day?: number | undefined;
  readonly month?: number | undefined;
  readonly total?: number | undefined;
  /** Requests a minute. */
  readonly rpm?: number | undefined;
  /** Tokens a minute, prompt and answer together. */
  readonly tpm?: number | undefined;
  /** Calls open at once. */
  readonly concurrency?: number | undefined;
}

export const noLimits: Limits = {};

const amount = z.optional(z.number().check(z.int(), z.gte(0)));

/** As limits stand in a slot attribute, a policy or a team's item: short names, because Cognito counts every byte. */
export const StoredLimits = z.object({
  d: amount,
  m: amount,
  t: amount,
  r: amount,
  w: amount,
  c: amount,
});
export type StoredLimits = z.infer<typeof StoredLimits>;

export function fromStoredLimits(stored: StoredLimits | undefined): Limits {
  if (stored === undefined) return noLimits;
  const { d: day, m: month, t: total, r: rpm, w: tpm, c: concurrency } = stored;
  return { day, month, total, rpm, tpm, concurrency };
}

/** undefined when there is none, so that nothing is stored of it. */
export function toStoredLimits({ day, month, total, rpm, tpm, concurrency }: Limits): StoredLimits | undefined {
  const all = Object.entries({ d: day, m: month, t: total, r: rpm, w: tpm, c: concurrency });
  const set = all.filter(([, value]) => value !== undefined);
  return set.length === 0 ? undefined : StoredLimits.parse(Object.fromEntries(set));
}

/** As DynamoDB takes it, which knows no `undefined`. */
export function limitsItem(stored: StoredLimits): Record<string, number> {
  return Object.fromEntries(
    Object.entries(stored).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Whether money is limited. */
export function hasBudget({ day, month, total }: Limits): boolean {
  return (day ?? month ?? total) !== undefined;
}

export function hasLimits(limits: Limits): boolean {
  return Object.values(limits).some((limit) => limit !== undefined);
}

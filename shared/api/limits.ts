import * as z from 'zod/mini';
import { Period, Timestamp } from './shapes.ts';

/** A budget as it is shown: `spent_usd` and `resets_at` are read-only. */
export const Budget = z.object({
  period: Period,
  limit_usd: z.string(),
  spent_usd: z.string(),
  resets_at: z.nullable(Timestamp),
});
export type Budget = z.infer<typeof Budget>;

/** Budgets as they are set: the whole list, one of a period. Amounts are checked where they are read. */
const budgets = z.optional(
  z.array(z.strictObject({ period: Period, limit_usd: z.union([z.string(), z.number()]) })).check(z.maxLength(3)),
);
const rate = z.optional(z.nullable(z.number()));

/** Limits of a key or policy; null takes one away. */
export const limitSettings = { budgets, rpm: rate, tpm: rate, concurrency: rate };
export const LimitSettings = z.strictObject(limitSettings);
export type LimitSettings = z.infer<typeof LimitSettings>;

/** The same as they are shown where nothing is known of what is spent. */
export const ShownLimits = {
  budgets: z.array(z.object({ period: Period, limit_usd: z.string() })),
  rpm: z.nullable(z.number()),
  tpm: z.nullable(z.number()),
  concurrency: z.nullable(z.number()),
};

import * as z from 'zod/mini';
import { Day } from './shapes.ts';

/** Whole UTC days, both ends in it; the current month where nothing is said. */
export const UsageRangeQuery = z.strictObject({ from: z.optional(Day), to: z.optional(Day) });
export type UsageRangeQuery = z.infer<typeof UsageRangeQuery>;

/** The first thing in the ledger that is not as it was written. */
export const VerifyFinding = z.object({
  kind: z.enum(['changed', 'missing', 'added']),
  /**
   * `row`: a row of the ledger; `digest`: what seals a day; `list`: the list of a day's rows that the digest covers;
   * `figures`: the sums of a closed day from which reports are made.
   */
  what: z.enum(['row', 'digest', 'list', 'figures']),
  /** Of a row and of figures the day of the calls; else the day that was closed. */
  day: Day,
  user_id: z.nullable(z.string()),
  request_id: z.nullable(z.string()),
  time: z.nullable(z.string()),
});
export type VerifyFinding = z.infer<typeof VerifyFinding>;

export const UsageVerification = z.object({
  from: Day,
  to: Day,
  /** Closed days that were verified, and rows, those of days that are not closed included. */
  days: z.number(),
  rows: z.number(),
  finding: z.nullable(VerifyFinding),
  /** The day to go on from; null at the end. */
  next: z.nullable(Day),
});
export type UsageVerification = z.infer<typeof UsageVerification>;

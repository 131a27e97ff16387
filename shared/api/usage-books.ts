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

/** The longest row that a `ledger_pending` line can hold. */
const longestRow = 16_384;

/** `row` of `ledger_pending` lines of the log, each as the text it is there. */
export const ReplayBody = z.strictObject({
  rows: z.array(z.string().check(z.maxLength(longestRow))).check(z.minLength(1), z.maxLength(100)),
});
export type ReplayBody = z.infer<typeof ReplayBody>;

const ReplayedRow = z.object({
  /** null where the row could not be read that far. */
  request_id: z.nullable(z.string()),
  /**
   * `known`: the ledger has it already, nothing was written. `corrected`: the ledger had the call as abandoned; the
   * difference was booked.
   */
  result: z.enum(['imported', 'corrected', 'known', 'refused']),
  /** Why it was refused. */
  reason: z.nullable(z.string()),
});
export type ReplayedRow = z.infer<typeof ReplayedRow>;

/** In the order of the rows that were sent. */
export const ReplayResult = z.object({ data: z.array(ReplayedRow) });
export type ReplayResult = z.infer<typeof ReplayResult>;

/** `apply` writes the difference into the ledger; without it nothing is changed. */
export const RecomputeBody = z.strictObject({ from: Day, to: Day, apply: z.optional(z.boolean()) });
export type RecomputeBody = z.infer<typeof RecomputeBody>;

const amount = { nano_usd: z.number(), usd: z.string() };

const RecomputedModel = z.object({
  model: z.string(),
  requests: z.number(),
  /** What the ledger says now. */
  ledger: z.object(amount),
  /** At the prices in force now. */
  repriced: z.object(amount),
  difference: z.object(amount),
  /** Calls without a price, now and then. */
  unpriced_requests: z.number(),
  unpriced_requests_repriced: z.number(),
});
export type RecomputedModel = z.infer<typeof RecomputedModel>;

export const Recomputation = z.object({
  from: Day,
  to: Day,
  /** Whether the differences stand in the ledger now. */
  applied: z.boolean(),
  /** Models with calls in that time. */
  data: z.array(RecomputedModel),
  /** Rows that were written. */
  corrections: z.number(),
  prices_as_of: Day,
  /** The day to go on from; null at the end. */
  next: z.nullable(Day),
});
export type Recomputation = z.infer<typeof Recomputation>;

const tokens = { input_tokens: z.number(), output_tokens: z.number() };

const ReconciledModel = z.object({
  /** The id sent to Bedrock, as CloudWatch's dimension `ModelId` has it. */
  model_id: z.string(),
  ledger: z.object({ ...tokens, cache_read_tokens: z.number(), cache_write_tokens: z.number() }),
  cloudwatch: z.object(tokens),
  /** (ledger - CloudWatch) / CloudWatch; null where CloudWatch has none and the ledger has some. */
  input_drift: z.nullable(z.number()),
  output_drift: z.nullable(z.number()),
});
export type ReconciledModel = z.infer<typeof ReconciledModel>;

export const Reconciliation = z.object({ from: Day, to: Day, data: z.array(ReconciledModel) });
export type Reconciliation = z.infer<typeof Reconciliation>;

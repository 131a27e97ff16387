import * as z from 'zod/mini';
import { unseen } from '../unseen.ts';

/** ISO 8601 in UTC, e.g. `2026-11-21T04:44:00.000Z`. */
export const Timestamp = z.iso.datetime();

/** `YYYY-MM-DD`, a UTC day. */
export const Day = z.iso.date('is no day of the calendar; write it as 2026-11-21');

export const Period = z.enum(['day', 'month', 'total']);
export type Period = z.infer<typeof Period>;

/**
 * A line that people write and others read, after trimming: without control, bidi or zero-width characters, which could
 * rewrite a terminal, and without whatever else nobody sees.
 */
export function words(longest: number) {
  const fault = 'has control or invisible characters';
  return z.string().check(
    // Trimming would take a byte order mark for a space.
    z.regex(/^[^\ufeff]*$/, fault),
    z.trim(),
    z.minLength(1),
    z.maxLength(longest),
    z.regex(new RegExp(`^[^${unseen}]*$`, 'u'), fault),
  );
}

/** A list answer: `next` is the cursor of the next page, null on the last. */
export function listOf<T extends z.ZodMiniType>(item: T) {
  return z.object({ data: z.array(item), next: z.nullable(z.string()) });
}

/** Digits alone: not `0x2`, `1e1` or an empty text, which are numbers to JavaScript. */
const listLimit = z.pipe(
  z.string().check(z.regex(/^(?:[1-9]\d{0,2}|1000)$/, 'is not a whole number from 1 to 1000')),
  z.transform(Number),
);

/** `?limit=1..1000&cursor=` of every list. A cursor over people carries a mark of Cognito's, which may be long. */
export const pageQuery = {
  limit: z.optional(listLimit),
  cursor: z.optional(z.string().check(z.maxLength(4096))),
};

/** The OpenAI error body, which management routes use too. */
export const ErrorBody = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.nullable(z.string()),
    code: z.nullable(z.string()),
  }),
});
export type ErrorBody = z.infer<typeof ErrorBody>;

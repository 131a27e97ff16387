import { invalidRequest } from '../errors.ts';

/** Rows of one page of any list; clients that do not page see this many. */
const pageSize = 100;

/**
 * One page of a list that is made anew for each call: the cursor is the place to go on from.
 * @throws GatewayError 400 for a cursor that none of our pages ended with
 */
export function pageOf<T>(rows: readonly T[], cursor: string | undefined): { page: T[]; nextCursor?: string } {
  const from = cursor === undefined ? 0 : Number(cursor);
  const isOurs = cursor === undefined || (/^[1-9]\d*$/.test(cursor) && from % pageSize === 0 && from < rows.length);
  if (!isOurs)
    throw invalidRequest('cursor: is not one that a list of this server ended with; begin without it.', 'cursor');
  const page = rows.slice(from, from + pageSize);
  const next = from + page.length;
  return next < rows.length ? { page, nextCursor: String(next) } : { page };
}

/** At most this many values in an answer to `completion/complete`, by the specification. */
const mostValues = 100;

/** What fits what was typed so far, in the shape of an answer to `completion/complete`. */
export function completionOf(values: readonly string[]): {
  completion: { values: string[]; total: number; hasMore: boolean };
} {
  return {
    completion: { values: values.slice(0, mostValues), total: values.length, hasMore: values.length > mostValues },
  };
}

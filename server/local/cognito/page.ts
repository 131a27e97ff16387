import { invalidParameter } from './faults.ts';

export interface Page<Row> {
  readonly rows: Row[];
  /** Undefined on the last page. */
  readonly next: string | undefined;
}

/**
 * Rows by key, from the one after the page before. The mark names that key, so rows that come and go in between neither
 * repeat nor hide others.
 * @throws AwsFault InvalidParameterException for a mark that no page gave.
 */
export function pageOf<Row>(
  rows: Iterable<Row>,
  keyOf: (row: Row) => string,
  limit: number,
  mark: string | undefined,
): Page<Row> {
  const after = mark === undefined ? undefined : decodeMark(mark);
  const sorted = [...rows]
    .map((row) => ({ row, key: keyOf(row) }))
    .filter(({ key }) => after === undefined || key > after)
    .sort((left, right) => (left.key < right.key ? -1 : 1));
  const last = sorted[limit - 1];
  return {
    rows: sorted.slice(0, limit).map(({ row }) => row),
    next:
      sorted.length > limit && last !== undefined ? Buffer.from(`after:${last.key}`).toString('base64url') : undefined,
  };
}

function decodeMark(mark: string): string {
  const text = Buffer.from(mark, 'base64url').toString();
  if (!text.startsWith('after:')) throw invalidParameter('Invalid pagination token.');
  return text.slice('after:'.length);
}

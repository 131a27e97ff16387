import { expect, test } from 'vitest';
import { completionOf, pageOf } from './listing.ts';

const rows = Array.from({ length: 250 }, (_, index) => index);

test('a long list comes in pages that together are the list', () => {
  const seen: number[] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    const { page, nextCursor } = pageOf(rows, cursor);
    seen.push(...page);
    cursor = nextCursor;
    pages += 1;
  } while (cursor !== undefined);
  expect([pages, seen]).toEqual([3, rows]);
  expect(pageOf(rows.slice(0, 100), undefined)).toEqual({ page: rows.slice(0, 100) });
  expect(pageOf([], undefined)).toEqual({ page: [] });
});

test.for(['', '0', '-100', '50', '300', '1e2', '0100', 'next', '100 '])('refuses the cursor %j', (cursor) => {
  expect(() => pageOf(rows, cursor)).toThrow(expect.objectContaining({ status: 400, param: 'cursor' }));
});

test('a completion has at most a hundred values, and says how many there are', () => {
  const { completion } = completionOf(rows.map(String));
  expect(completion).toMatchObject({ total: 250, hasMore: true });
  expect(completion.values).toHaveLength(100);
  expect(completionOf(['a'])).toEqual({ completion: { values: ['a'], total: 1, hasMore: false } });
});

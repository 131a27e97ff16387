import { createSecretKey } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'vitest';
import { otherTags, type UsageReport } from '../../shared/api/usage.ts';
import type { Item } from '../aws/dynamodb.ts';
import type { LedgerRow } from './ledger.ts';
import { unpack } from './packed.ts';
import { StoredCells } from './report-cells.ts';
import { withMac } from './row-mac.ts';
import { startBooks, type TestBooks } from './test-books.ts';
import { reserveRequest } from './test-requests.ts';
import { rowOf, tenTokens } from './test-rows.ts';
import { rootKeys } from './test-table.ts';

const day = '2026-11-10';
const noon = Date.parse(day) + 43_200_000;
const dayMs = 86_400_000;
const range = { from: '2026-11-01', to: '2026-11-15' };

let books: TestBooks;
beforeEach(async () => {
  books = await startBooks();
});
afterEach(() => books.store.close());

/** Calls one after the other, each costing one nano-dollar more than the last; the day is still open. */
async function fill(parts: readonly Partial<LedgerRow>[]): Promise<void> {
  for (const [index, part] of parts.entries()) {
    const time = noon + index;
    books.setTime(time);
    await books.call(rowOf({ requestId: `req_${index}`, time, username: 'ada', costNanoUsd: index + 1, ...part }));
  }
}
const closeDay = () => books.setTime(noon + 2 * dayMs);

const groupsOf = ({ rows }: UsageReport) => rows.map((row) => [row.group, row.requests, row.cost_nano_usd]);
const byTag = async (query: object = {}) => groupsOf(await books.usage({ ...range, group_by: 'tag', ...query }));
const requestsOf = async (tag: string) => {
  const { data } = await books.reports.calls('everyone', { ...range, tag });
  return data.map(({ request_id }) => request_id);
};

const mixed = [
  { tag: 'a' },
  { tag: 'b' },
  { tag: null },
  { tag: 'a', model: 'other', username: 'bob' },
  { tag: 'b', keyId: null },
];

describe('usage by tag', () => {
  test.for(['open', 'closed'])('of a day that is %s adds up, and can be narrowed to one', async (state, { expect }) => {
    await fill(mixed);
    if (state === 'closed') closeDay();
    expect(await byTag()).toEqual([
      ['b', 2, 7],
      ['a', 2, 5],
      [null, 1, 3],
    ]);
    expect(await byTag({ tag: 'a' })).toEqual([['a', 2, 5]]);
    expect(groupsOf(await books.usage({ ...range, group_by: 'user', tag: 'a' }))).toEqual([
      ['bob', 1, 4],
      ['ada', 1, 1],
    ]);
    expect(await byTag({ tag: 'a', model: 'other' })).toEqual([['a', 1, 4]]);
    expect((await books.usage({ ...range, tag: 'c' })).total).toMatchObject({ requests: 0, cost_nano_usd: 0 });
    expect(groupsOf(await books.reports.usage({ username: 'bob' }, { ...range, group_by: 'tag' }))).toEqual([
      ['a', 1, 4],
    ]);
    expect(await requestsOf('a')).toEqual(['req_3', 'req_0']);
    expect(await requestsOf('c')).toEqual([]);
  });

  test('tells apart the first hundred of a person’s day; the rest is one group, before and after closing', async ({
    expect,
  }) => {
    const parts = Array.from({ length: 130 }, (_, index) => ({ tag: `tag-${index}` }));
    await fill([...parts, { tag: 'tag-5' }, { tag: 'tag-120' }, { tag: 'of-bob', username: 'bob' }]);
    const look = async () => {
      const { rows, total } = await books.usage({ ...range, group_by: 'tag' });
      expect(rows).toHaveLength(102);
      expect(rows.reduce((sum, row) => sum + (row.cost_nano_usd ?? 0), 0)).toBe(total.cost_nano_usd);
      expect(total).toMatchObject({ requests: 133, cost_nano_usd: (133 * 134) / 2 });
      expect(rows.find(({ group }) => group === 'tag-5')).toMatchObject({ requests: 2, cost_nano_usd: 6 + 131 });
      expect(rows.find(({ group }) => group === 'of-bob')).toMatchObject({ requests: 1 });
      expect(rows.find(({ group }) => group === otherTags)).toMatchObject({ requests: 31 });
      // Single calls are found by any tag.
      expect(await requestsOf('tag-120')).toEqual(['req_131', 'req_120']);
      return rows;
    };
    const open = await look();
    closeDay();
    expect(await look()).toEqual(open);
    expect(await cellsIn('T#ada#2026-11')).toHaveLength(101);
    expect(await books.reports.verify(range)).toMatchObject({ finding: null, rows: 133 });
  });

  test('of everybody tells the thousand tags of a closed day that cost most; a person’s own tells theirs', async ({
    expect,
  }) => {
    const persons = Array.from({ length: 11 }, (_, index) => `person-${index}`);
    books.setTime(noon);
    for (const [at, username] of persons.entries()) {
      const calls = Array.from({ length: 95 }, async (_, index) => {
        const [tag, costNanoUsd] = [`${username}-${index}`, 1 + at + index * persons.length];
        await books.call(rowOf({ time: noon + index, username, tag, costNanoUsd }));
      });
      await Promise.all(calls);
    }
    expect(await byTag()).toHaveLength(1_045);
    closeDay();
    const rows = await byTag();
    expect(rows.length).toBe(1_001);
    // Each call cost one nano-dollar more than another: the cheapest are not told.
    expect(rows[0]).toEqual([`person-10-94`, 1, 1_045]);
    expect(rows.find(([tag]) => tag === otherTags)).toEqual([otherTags, 45, (45 * 46) / 2]);
    expect(rows).toContainEqual(['person-1-4', 1, 46]);
    const own = await books.reports.usage({ username: 'person-0' }, { ...range, group_by: 'tag' });
    expect(own.rows.length).toBe(95);
    expect(await books.reports.verify(range)).toMatchObject({ finding: null, rows: 1_045 });
  });

  test('costs other reports nothing: their sums are as without tags', async ({ expect }) => {
    await fill(mixed.map((part) => ({ ...part, tag: null })));
    closeDay();
    await books.usage(range);
    const plain = await Promise.all([cellsIn('R#2026-11'), cellsIn('R#ada#2026-11')]);
    // A day of before there were tags.
    expect(plain.flat().every((cell) => cell.length === 16)).toBe(true);
    expect(await books.items('T#2026-11')).toEqual([]);
    expect(await byTag()).toEqual([[null, 5, 15]]);

    await books.store.close();
    books = await startBooks();
    await fill(mixed);
    closeDay();
    await books.usage(range);
    expect(await Promise.all([cellsIn('R#2026-11'), cellsIn('R#ada#2026-11')])).toEqual(plain);
  });
});

async function cellsIn(pk: string) {
  return (await books.items(pk)).flatMap((item) => unpack(item, 'cells', StoredCells));
}

describe('a tag in the ledger', () => {
  const put = (item: Item) => books.store.dynamo.putItem(books.store.table, item);
  const itemAt = async (pk: string, index = 0): Promise<Item> => {
    const item = (await books.items(pk))[index];
    if (!item) throw new Error(`nothing is in ${pk}`);
    return item;
  };
  const finding = async () => (await books.reports.verify(range)).finding;

  test('stands in the row only where there is one, and under its MAC', async ({ expect }) => {
    await fill(mixed);
    const [first, , third] = await books.items(`L#ada#${day}`);
    expect(first).toMatchObject({ v: 1, tag: 'a' });
    expect(third).not.toHaveProperty('tag');
    closeDay();
    expect(await finding()).toBeNull();
    await put({ ...first, tag: 'b' });
    expect(await finding()).toMatchObject({ kind: 'changed', what: 'row', request_id: 'req_0' });
    await put(first ?? {});
    await put({ ...third, tag: 'b' });
    expect(await finding()).toMatchObject({ kind: 'changed', what: 'row', request_id: 'req_2' });
  });

  test.for([
    ['T#2026-11', null],
    ['T#bob#2026-11', 'bob'],
  ] as const)('has figures in %s that are verified like all others', async ([pk, user_id], { expect }) => {
    await fill(mixed);
    closeDay();
    await books.usage(range);
    const its = await itemAt(pk);
    const changed = { kind: 'changed', what: 'figures', day, user_id };
    await put({ ...its, cells: (await itemAt('T#ada#2026-11'))['cells'] ?? '' });
    expect(await finding()).toMatchObject(changed);
    await books.store.dynamo.deleteItem(books.store.table, { pk, sk: String(its['sk']) });
    expect(await finding()).toMatchObject(changed);
  });

  test('that a Pennyworth without tags has closed raises no alarm; figures that are there are ours', async ({
    expect,
  }) => {
    await fill(mixed);
    closeDay();
    await books.usage(range);
    // As the version before leaves it behind: no sums by tag, and none promised.
    const { mac: _, layout, ...digest } = await itemAt('C');
    expect([digest['sk'], layout]).toEqual([day, 2]);
    const pks = ['T#2026-11', 'T#ada#2026-11', 'T#bob#2026-11'];
    const [figures] = await books.items('T#2026-11');
    for (const pk of pks) {
      for (const { sk } of await books.items(pk)) {
        await books.store.dynamo.deleteItem(books.store.table, { pk, sk: String(sk) });
      }
    }
    expect(await finding()).toMatchObject({ kind: 'changed', what: 'figures' });
    await put(withMac(digest, createSecretKey(rootKeys.ledgerKey)));
    expect(await finding()).toBeNull();
    expect(await byTag()).toEqual([[null, 5, 15]]);
    await put({ ...figures, cells: '' });
    expect(await finding()).toMatchObject({ kind: 'changed', what: 'figures' });
  });

  test('stays with a call when it is priced again', async ({ expect }) => {
    await fill(['a', 'b', null].map((tag) => ({ tag, target: 'x', usage: tenTokens })));
    closeDay();
    books.prices.set('x', { input: 1_000, output: 0 });
    const applied = await books.reports.recompute({ from: day, to: day, apply: true });
    expect(applied).toMatchObject({ corrections: 3 });
    const expected = ['a', 'b', null].map((tag) => [tag, 1, 10]);
    expect(await byTag()).toEqual(expected);
    books.setTime(noon + 5 * dayMs);
    expect(await byTag()).toEqual(expected);
    expect(await books.reports.recompute({ from: day, to: day, apply: true })).toMatchObject({ corrections: 0 });
    expect(await finding()).toBeNull();
  });

  test('is named as it was closed when a day of more than a hundred tags is priced again', async ({ expect }) => {
    const called = { target: 'x', usage: tenTokens };
    const many = Array.from({ length: 130 }, (_, index) => ({ tag: `tag-${index}`, ...called }));
    await fill(many);
    closeDay();
    // The tag of a late row is one of its booking's first, and was none of its day's.
    const late = { requestId: 'req_late', time: noon - 1, username: 'ada', costNanoUsd: 500, ...called };
    await books.call(rowOf({ ...late, tag: 'tag-129' }));
    books.setTime(noon + 4 * dayMs);
    books.prices.set('x', { input: 1_000, output: 0 });
    await books.reports.recompute({ from: day, to: day, apply: true });
    const { rows } = await books.usage({ ...range, group_by: 'tag' });
    expect(rows.filter(({ requests, cost_nano_usd }) => cost_nano_usd !== requests * 10)).toEqual([]);
    books.setTime(noon + 6 * dayMs);
    const closed = await books.usage({ ...range, group_by: 'tag' });
    expect(closed.rows).toEqual(rows);
    expect(await books.reports.recompute({ from: day, to: day, apply: true })).toMatchObject({ corrections: 0 });
    expect(await finding()).toBeNull();
  });

  test('comes from the log with its row, and lines without one are rows without', async ({ expect }) => {
    books.setTime(noon);
    const pending = (part: Partial<LedgerRow>) => JSON.stringify(rowOf({ time: noon, username: 'ada', ...part }));
    const { tag: _, ...old } = rowOf({ time: noon, username: 'ada', costNanoUsd: 2 });
    const rows = [pending({ tag: 'a', costNanoUsd: 1 }), JSON.stringify(old), pending({ tag: 'ä' })];
    const told = await books.reports.replay(rows);
    expect(told.map(({ result, reason }) => [result, reason?.slice(0, 3)])).toEqual([
      ['imported', undefined],
      ['imported', undefined],
      ['refused', 'tag'],
    ]);
    expect(groupsOf(await books.reports.usage({ username: 'ada' }, { ...range, group_by: 'tag' }))).toEqual([
      [null, 1, 2],
      ['a', 1, 1],
    ]);
  });

  test.for(['/v1/chat/completions', '/mcp'])(
    'stands in the row of a call of %s whose server died',
    async (endpoint, { expect }) => {
      books.setTime(noon);
      const generation = await books.balances.generationOf('ada');
      const request = reserveRequest({
        username: 'ada',
        generation,
        requestId: `req_dead${endpoint.length}`,
        now: noon,
      });
      await books.balances.reserve({ ...request, facts: { ...request.facts, endpoint, tag: 'nightly' } });
      books.setTime(request.expiresAt + 1);
      await books.balances.sweep('ada');
      const { data } = await books.reports.calls({ username: 'ada' }, range);
      const row = { request_id: request.requestId, status: 'abandoned', endpoint, tag: 'nightly' };
      expect(data.find(({ request_id }) => request_id === request.requestId)).toMatchObject(row);
    },
  );
});

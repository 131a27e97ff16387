import { afterEach, beforeEach, describe, test } from 'vitest';
import type { Item } from '../aws/dynamodb.ts';
import { startBooks, type TestBooks } from './test-books.ts';
import { rowOf } from './test-rows.ts';

const day = '2026-11-10';
const noon = Date.parse(day) + 43_200_000;
const dayMs = 86_400_000;

let books: TestBooks;
/** Three closed days with two persons' rows, a late row, and one row of today. */
beforeEach(async () => {
  books = await startBooks();
  for (let ago = 0; ago < 3; ago++) {
    for (const index of [1, 2, 3]) {
      const time = noon + ago * dayMs + index;
      books.setTime(time);
      await books.call(
        rowOf({ requestId: `req_${ago}${index}`, time, username: index === 3 ? 'bob' : 'ada', costNanoUsd: ago }),
      );
    }
  }
  books.setTime(noon + 2 * dayMs);
  await books.ledger.write(rowOf({ requestId: 'req_late', time: noon, username: 'bob' }));
  const today = noon + 5 * dayMs;
  books.setTime(today);
  await books.call(rowOf({ requestId: 'req_today', time: today, username: 'ada' }));
  await books.usage();
});
afterEach(() => books.store.close());

const verify = () => books.reports.verify({ from: '2026-11-01' });

async function itemAt(pk: string, find: (item: Item) => boolean): Promise<Item> {
  const item = (await books.items(pk)).find(find);
  if (!item) throw new Error(`no such item in ${pk}`);
  return item;
}
const put = (item: Item) => books.store.dynamo.putItem(books.store.table, item);
const remove = (item: Item) =>
  books.store.dynamo.deleteItem(books.store.table, { pk: String(item['pk']), sk: String(item['sk']) });
const rowAt = (pk: string, id: string) => itemAt(pk, (item) => item['id'] === id);
const ada = (of: string) => `L#ada#${of}`;

describe('the verification of a ledger', () => {
  test('finds nothing where nothing was changed, and counts what it read', async ({ expect }) => {
    expect(await verify()).toEqual({
      from: '2026-11-01',
      to: '2026-11-30',
      days: 3,
      rows: 11,
      finding: null,
      next: null,
    });
  });

  const row = { what: 'row', user_id: 'ada' };
  test.for<[string, object, () => Promise<void>]>([
    [
      'a changed cost',
      { ...row, kind: 'changed', request_id: 'req_02', day },
      async () => put({ ...(await rowAt(ada(day), 'req_02')), cost: 1 }),
    ],
    [
      'a cost that was changed before it was closed, or today',
      { ...row, kind: 'changed', request_id: 'req_today' },
      async () => put({ ...(await rowAt(ada('2026-11-15'), 'req_today')), cost: 1 }),
    ],
    [
      'an attribute more',
      { ...row, kind: 'changed', request_id: 'req_01' },
      async () => put({ ...(await rowAt(ada(day), 'req_01')), fix: 3 }),
    ],
    [
      'a missing row',
      { ...row, kind: 'missing', request_id: 'req_11', day: '2026-11-11' },
      async () => remove(await rowAt(ada('2026-11-11'), 'req_11')),
    ],
    [
      'the first of two',
      { ...row, kind: 'missing', request_id: 'req_01' },
      async () => {
        await remove(await rowAt(ada(day), 'req_01'));
        await put({ ...(await rowAt(ada(day), 'req_02')), cost: 1 });
      },
    ],
    [
      'a missing late row',
      { kind: 'missing', what: 'row', user_id: 'bob', request_id: 'req_late', day },
      async () => remove(await rowAt(`L#bob#${day}`, 'req_late')),
    ],
    [
      'an added row',
      { ...row, kind: 'added', request_id: 'req_copy' },
      async () => {
        const copied = await rowAt(ada(day), 'req_02');
        await put({ ...copied, sk: String(copied['sk']).replace('req_02', 'req_copy') });
      },
    ],
    [
      'a row of somebody who was not there',
      { kind: 'added', what: 'row', user_id: 'eve' },
      async () => {
        await put({ pk: `D#${day}`, sk: 'eve', v: 1 });
        await put({ ...(await rowAt(ada(day), 'req_02')), pk: `L#eve#${day}` });
      },
    ],
    [
      'rows in another order',
      { ...row, kind: 'changed', request_id: 'req_01' },
      async () => {
        const [one, two] = [await rowAt(ada(day), 'req_01'), await rowAt(ada(day), 'req_02')];
        await put({ ...one, sk: two['sk'] ?? '' });
        await put({ ...two, sk: one['sk'] ?? '' });
      },
    ],
    [
      'a row moved to another booking',
      { ...row, kind: 'missing', request_id: 'req_01' },
      async () => put({ ...(await rowAt(ada(day), 'req_01')), booked: '2026-11-15' }),
    ],
    [
      'a changed digest',
      { kind: 'changed', what: 'digest', day },
      async () => put({ ...(await itemAt('C', ({ sk }) => sk === day)), cost: 5 }),
    ],
    [
      'a missing digest',
      { kind: 'missing', what: 'digest', day: '2026-11-11' },
      async () => remove(await itemAt('C', ({ sk }) => sk === '2026-11-11')),
    ],
    [
      'a missing last digest',
      { kind: 'missing', what: 'digest', day: '2026-11-12' },
      async () => remove(await itemAt('C', ({ sk }) => sk === '2026-11-12')),
    ],
    [
      'the digest of another day',
      { kind: 'changed', what: 'digest', day: '2026-11-11' },
      async () => put({ ...(await itemAt('C', ({ sk }) => sk === day)), sk: '2026-11-11' }),
    ],
    [
      'a missing list of rows',
      { kind: 'changed', what: 'list', day },
      async () => remove(await itemAt(`S#${day}`, () => true)),
    ],
    [
      'a list of rows that cannot be read',
      { kind: 'changed', what: 'list', day },
      async () => put({ ...(await itemAt(`S#${day}`, () => true)), rows: new Uint8Array([1]) }),
    ],
    [
      'changed report figures',
      { kind: 'changed', what: 'figures', day, user_id: null },
      async () => {
        const other = await itemAt('R#2026-11', ({ sk }) => String(sk).startsWith('2026-11-11'));
        await put({
          ...(await itemAt('R#2026-11', ({ sk }) => String(sk).startsWith(day))),
          cells: other['cells'] ?? '',
        });
      },
    ],
    [
      'missing report figures of a person',
      { kind: 'changed', what: 'figures', day, user_id: 'bob' },
      async () => remove(await itemAt('R#bob#2026-11', () => true)),
    ],
    ...(['R', 'T'] as const).map((kind): [string, object, () => Promise<void>] => [
      `figures (${kind}) of a day and booking without rows`,
      { kind: 'added', what: 'figures', day: '2026-11-09', user_id: null },
      async () => {
        const [figures] = await books.items('R#2026-11');
        await put({ ...figures, pk: `${kind}#2026-11`, sk: '2026-11-09#2026-11-10#00000' });
      },
    ]),
    [
      'figures of a month before, booked later',
      { kind: 'added', what: 'figures', day: '2026-09-09', user_id: null },
      async () => {
        const [figures] = await books.items('R#2026-11');
        await put({ pk: 'R', sk: '2026-09', v: 1 });
        await put({ ...figures, pk: 'R#2026-09', sk: '2026-09-09#2026-11-11#00000' });
      },
    ],
    [
      'figures of a person without rows on that day',
      { kind: 'added', what: 'figures', day: '2026-11-09', user_id: 'bob' },
      async () => {
        const [figures] = await books.items('R#bob#2026-11');
        await put({ ...figures, sk: '2026-11-09#2026-11-09#00000' });
      },
    ],
    [
      'figures without a day they were booked on',
      { kind: 'added', what: 'figures', day: '2026-11-09' },
      async () => {
        const [figures] = await books.items('R#2026-11');
        await put({ ...figures, sk: '2026-11-09#' });
      },
    ],
  ])('names %s', async ([, finding, tamper], { expect }) => {
    await tamper();
    expect((await verify()).finding).toMatchObject(finding);
  });
});

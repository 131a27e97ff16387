import { setTimeout as delay } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterEach, describe, test } from 'vitest';
import { GroupBy, type UsageReport } from '../../shared/api/usage.ts';
import { dayOf, monthOf } from '../../shared/period.ts';
import { AwsFault } from '../local/emulator.ts';
import type { ClosedDay } from '../observe/cost-spike.ts';
import type { LedgerRow } from './ledger.ts';
import { figureAttributes } from './ledger-row.ts';
import { startBooks, type TestBooks } from './test-books.ts';
import { rowOf } from './test-rows.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Days and months change within the histories below. */
const start = Date.UTC(2026, 9, 29);

const open: TestBooks[] = [];
async function books(): Promise<TestBooks> {
  const made = await startBooks();
  open.push(made);
  return made;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ store }) => store.close()));
});

const names = {
  username: fc.constantFrom('ada', 'bob', 'bobby'),
  keyId: fc.constantFrom('key_a', 'key_b', null),
  team: fc.constantFrom('x', null),
  tag: fc.constantFrom('a', 'b', null),
  model: fc.constantFrom('m1', 'm2'),
  endpoint: fc.constantFrom('/v1/messages', '/v1/responses'),
};

/** A row, and when it is written: at once, within the longest call's time, or days later. */
const entry = fc
  .record({
    ...names,
    time: fc.integer({ min: start, max: start + 6 * dayMs }),
    status: fc.constantFrom('ok', 'error', 'client_closed'),
    costNanoUsd: fc.option(fc.nat(3_000_000_000), { nil: null }),
    delayMs: fc.oneof(fc.nat(890_000), fc.integer({ min: 890_001, max: 4 * dayMs })),
  })
  .map(({ delayMs, ...part }) => ({ row: rowOf(part), at: part.time + delayMs }));

function groupOf(row: LedgerRow, groupBy: GroupBy): string | null {
  const { time, model, keyId, username, team, endpoint, provider, tag } = row;
  const groups = {
    day: dayOf(time),
    month: monthOf(time),
    model,
    key: keyId,
    user: username,
    team,
    endpoint,
    provider,
    tag,
  };
  return groups[groupBy];
}

/** What a report must say, added up here from the rows themselves. */
function expectedOf(rows: readonly LedgerRow[], groupBy: GroupBy): ReadonlyMap<string | null, readonly unknown[]> {
  const groups = Map.groupBy(rows, (row) => groupOf(row, groupBy));
  return new Map([...groups].map(([group, its]) => [group, figuresOf(its)]));
}

function figuresOf(rows: readonly LedgerRow[]): readonly unknown[] {
  const add = (read: (row: LedgerRow) => number) => rows.reduce((sum, row) => sum + read(row), 0);
  const isUnknown = rows.length > 0 && rows.every(({ costNanoUsd }) => costNanoUsd === null);
  return [
    rows.length,
    rows.filter(({ status }) => status === 'error').length,
    add(({ usage }) => usage.outputTokens),
    isUnknown ? null : add(({ costNanoUsd }) => costNanoUsd ?? 0),
  ];
}

type Figures = UsageReport['total'];
const told = ({ requests, errors, output_tokens, cost_nano_usd }: Figures) => [
  requests,
  errors,
  output_tokens,
  cost_nano_usd,
];
const range = { from: '2026-10-01', to: '2026-11-30' };

describe('reports over closed and open days', () => {
  test('equal the ledger to the nano-dollar, whenever rows come and days are closed', async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { minLength: 1, maxLength: 40 }),
        fc.array(fc.integer({ min: start, max: start + 11 * dayMs }), { maxLength: 5 }),
        async (entries, askedAt) => {
          const { setTime, call, usage, reports, store } = await startBooks();
          const steps = [...entries, ...askedAt.map((at) => ({ at, row: undefined }))].toSorted((a, b) => a.at - b.at);
          const written: LedgerRow[] = [];
          for (const { at, row } of steps) {
            setTime(at);
            if (row) {
              await call(row);
              written.push(row);
            } else {
              expect(told((await usage(range)).total)).toEqual(figuresOf(written));
            }
          }
          setTime(start + 12 * dayMs);
          for (const group_by of GroupBy.options) {
            const { rows, total } = await usage({ ...range, group_by });
            expect(told(total)).toEqual(figuresOf(written));
            expect(new Map(rows.map((row) => [row.group, told(row)]))).toEqual(expectedOf(written, group_by));
          }
          const narrowed = await reports.usage({ username: 'bob' }, { ...range, key_id: 'key_a', model: 'm1' });
          const bobs = written.filter(
            ({ username, keyId, model }) => username === 'bob' && keyId === 'key_a' && model === 'm1',
          );
          expect(told(narrowed.total)).toEqual(figuresOf(bobs));
          const oneDay = await usage({ from: '2026-10-31', to: '2026-10-31' });
          expect(told(oneDay.total)).toEqual(figuresOf(written.filter(({ time }) => dayOf(time) === '2026-10-31')));
          await store.close();
        },
      ),
      { numRuns: 25 },
    );
  });

  test('read of an open day what they sum up, and no more', async ({ expect }) => {
    const { setTime, call, usage, store } = await books();
    setTime(start + hourMs);
    for (const requestId of ['req_1', 'req_2', 'req_3']) await call(rowOf({ requestId, time: start + hourMs }));
    const reads: unknown[] = [];
    store.setFault((_, input) => {
      if (JSON.stringify(input).includes('L#nobody')) reads.push(input['ProjectionExpression']);
      return undefined;
    });
    expect((await usage(range)).total.requests).toBe(3);
    expect(reads).toEqual([figureAttributes.map((name) => `#${name}`).join(', ')]);
  });

  test('list every call once, of whoever, newest first', async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 30 }), fc.constantFrom(1, 4, 100), async (entries, limit) => {
        const { setTime, call, reports, store } = await startBooks();
        for (const { at, row } of entries.toSorted((a, b) => a.at - b.at)) {
          setTime(at);
          await call(row);
        }
        setTime(start + 10.5 * dayMs);
        const ids: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await reports.calls('everyone', { ...range, limit, cursor });
          ids.push(...page.data.map(({ request_id }) => request_id));
          cursor = page.next ?? undefined;
        } while (cursor !== undefined);
        const newestFirst = entries
          .map(({ row }) => row)
          .toSorted((a, b) => b.time - a.time || (a.requestId < b.requestId ? 1 : -1));
        expect(ids).toEqual(newestFirst.map(({ requestId }) => requestId));
        await store.close();
      }),
      { numRuns: 15 },
    );
  });
});

const day = '2026-10-31';
const noon = Date.parse(day) + 12 * hourMs;

/** Two days and a late row, with persons, keys and models enough to write several items. */
async function fill({ setTime, call, ledger, usage }: TestBooks): Promise<void> {
  // The days before are closed already.
  setTime(noon);
  await usage();
  for (const [index, username] of ['ada', 'bob', 'ada', 'cy'].entries()) {
    for (const time of [noon + index, noon + dayMs + index]) {
      setTime(time);
      await call(rowOf({ requestId: `req_${index}`, time, username, model: `m${index % 2}`, costNanoUsd: index + 1 }));
    }
  }
  setTime(noon + dayMs);
  await ledger.write(rowOf({ requestId: 'req_late', time: noon, username: 'bob', costNanoUsd: 100 }));
}

const dayAfterTomorrow = Date.parse(day) + 2 * dayMs;
const sealed = ['C', `S#${day}`, 'S#2026-11-01', 'R#2026-10', 'R#2026-11', 'R#bob#2026-10', 'R#ada#2026-11', 'R'];

describe('the closing of a day', () => {
  test('comes with the first report after it and the longest call’s time, once', async ({ expect }) => {
    const { setTime, call, usage, items, lines, store } = await books();
    const time = Date.parse(day) + dayMs - 1;
    setTime(time);
    await call(rowOf({ time }));
    setTime(time + 890_000);
    expect((await usage({ from: day, to: day })).total.requests).toBe(1);
    expect((await items('C')).map(({ sk }) => sk)).toEqual(['through']);
    setTime(time + 2 * hourMs);
    const before = store.requests();
    expect((await usage({ from: day, to: day })).total.requests).toBe(1);
    const writes = store.requests() - before;
    expect((await items('C')).map(({ sk }) => sk)).toEqual([day, 'through']);
    expect(lines.filter((line) => line.includes('"day_closed"'))).toHaveLength(1);
    const after = store.requests();
    await usage({ from: day, to: day });
    expect(store.requests() - after).toBeLessThan(writes);
    expect(lines.filter((line) => line.includes('"day_closed"'))).toHaveLength(1);
  });

  test('comes with the first call after it too, by one instance of many, and a failure is left to the next report', async ({
    expect,
  }) => {
    const its = await books();
    await fill(its);
    its.setTime(dayAfterTomorrow + hourMs);
    await Promise.all(Array.from({ length: 5 }, () => its.reports.closeAfterCall()));
    expect(its.lines.filter((line) => line.includes('"day_closed"'))).toHaveLength(2);
    const time = dayAfterTomorrow + hourMs;
    await its.call(rowOf({ time }));
    its.setTime(time + dayMs);
    its.store.setFault(() => new AwsFault('AccessDeniedException', 'no'));
    await its.reports.closeAfterCall();
    expect(its.lines.at(-1)).toContain('"days_not_closed"');
    its.store.setFault(undefined);
    expect((await its.usage(range)).total.requests).toBe(10);
    expect((await its.items('C')).map(({ sk }) => sk)).toEqual([day, '2026-11-01', '2026-11-02', 'claimed', 'through']);
  });

  test('chains digests; a late row is booked on the day it comes and counted on the day of its call', async ({
    expect,
  }) => {
    const its = await books();
    await fill(its);
    its.setTime(dayAfterTomorrow + hourMs);
    const { rows } = await its.usage({ ...range, group_by: 'day' });
    expect(rows.map(({ group, cost_nano_usd, requests }) => [group, requests, cost_nano_usd])).toEqual([
      [day, 5, 110],
      ['2026-11-01', 4, 10],
    ]);
    const [first, second] = await its.items('C');
    expect(first).toMatchObject({ sk: day, rows: 4, cost: 10, unpriced: 0, prev: null });
    expect(second).toMatchObject({ sk: '2026-11-01', rows: 5, cost: 110, prev: { day, mac: first?.['mac'] } });
  });

  test('gives one result when two do it at once', async ({ expect }) => {
    const [alone, together] = [await books(), await books()];
    for (const its of [alone, together]) {
      await fill(its);
      its.setTime(dayAfterTomorrow + hourMs);
    }
    const expected = await alone.usage(range);
    const asked = Array.from({ length: 5 }, async (_, index) => {
      await delay(index);
      return together.usage(range);
    });
    for (const report of await Promise.all(asked)) expect(report).toEqual(expected);
    for (const pk of sealed) expect(await together.items(pk)).toEqual(await alone.items(pk));
  });

  test('may break off at every request, and the next one finishes it', async ({ expect }) => {
    const untroubled = await books();
    await fill(untroubled);
    untroubled.setTime(dayAfterTomorrow + hourMs);
    const expected = await untroubled.usage(range);
    for (const how of ['before', 'after'] as const) {
      for (let survived = 0; ; survived++) {
        const its = await startBooks();
        await fill(its);
        its.setTime(dayAfterTomorrow + hourMs);
        let left = survived;
        its.store.setFault((operation) => {
          if (left-- > 0) return undefined;
          // The process ends with this request, or as soon as the service has done it.
          const isDone = how === 'after' && left === -1 && operation !== 'Query' && operation !== 'GetItem';
          return isDone ? 'lost' : new AwsFault('AccessDeniedException', 'crashed');
        });
        const isWhole = await its.usage(range).then(
          () => true,
          () => false,
        );
        its.store.setFault(undefined);
        expect(await its.usage(range)).toEqual(expected);
        for (const pk of sealed) expect(await its.items(pk)).toEqual(await untroubled.items(pk));
        await its.store.close();
        if (isWhole) break;
      }
    }
  });

  test('of 20,000 calls and 1,200 models writes items far below 400 KB, and nothing is lost', async ({ expect }) => {
    const its = await books();
    its.setTime(noon);
    await its.usage();
    const rows = Array.from({ length: 20_000 }, (_, index) =>
      rowOf({ time: noon + index, username: 'ada', model: `model-${index % 1_200}`, costNanoUsd: index }),
    );
    for (let first = 0; first < rows.length; first += 500) {
      await Promise.all(rows.slice(first, first + 500).map((row) => its.ledger.write(row)));
    }
    await its.call(rowOf({ time: noon, username: 'bob', costNanoUsd: 1 }));
    its.setTime(dayAfterTomorrow);
    await its.store.dynamo.putItem(its.store.table, { pk: `D#${day}`, sk: 'ada', v: 1 });
    const { total, rows: groups } = await its.usage({ ...range, group_by: 'model' });
    expect([total.requests, total.cost_nano_usd, groups.length]).toEqual([20_001, 199_990_001, 1_201]);
    for (const [pk, name] of [
      [`S#${day}`, 'rows'],
      ['R#2026-10', 'cells'],
    ] as const) {
      const items = await its.items(pk);
      expect(items.length).toBeGreaterThan(2);
      for (const { [name]: packed } of items) {
        expect(packed instanceof Uint8Array && packed.byteLength).toBeLessThan(300_000);
      }
    }
    const told = await its.reports.verify({ from: day, to: '2026-11-01' });
    expect(told).toMatchObject({ days: 1, rows: 20_001, finding: null });
  });
});

test('each day that is closed is told once, with the mean of the seven days before it', async ({ expect }) => {
  const closed: ClosedDay[] = [];
  const onClosed = async (day: ClosedDay) => {
    closed.push(day);
  };
  const made = await startBooks({ onClosed });
  open.push(made);
  const { call, setTime, usage } = made;
  for (const [day, costNanoUsd] of [0, 70, 7, undefined, 1_000].entries()) {
    if (costNanoUsd === undefined) continue;
    setTime(start + day * dayMs);
    await call(rowOf({ time: start + day * dayMs, costNanoUsd }));
  }
  setTime(start + 6 * dayMs);
  await Promise.all([usage(), usage()]);
  await usage();
  expect(closed).toEqual([
    { day: '2026-10-29', costNanoUsd: 0, meanOf7NanoUsd: 0 },
    { day: '2026-10-30', costNanoUsd: 70, meanOf7NanoUsd: 0 },
    { day: '2026-10-31', costNanoUsd: 7, meanOf7NanoUsd: 10 },
    { day: '2026-11-02', costNanoUsd: 1_000, meanOf7NanoUsd: 11 },
  ]);
});

import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { afterAll, beforeAll, test } from 'vitest';
import type { Balances, Reservation } from './balance.ts';
import { createBalances } from './dynamo-balances.ts';
import { createLedger } from './dynamo-ledger.ts';
import { held, reserveRequest } from './test-requests.ts';
import { startTable, type TestTable } from './test-table.ts';

let store: TestTable;
let balances: Balances;
let now = 0;
beforeAll(async () => {
  store = await startTable();
  const spentBefore = async () => ({ day: 0, month: 0, total: 0 });
  balances = createBalances({ ...store, clock: { now: () => now }, ledger: createLedger(store), spentBefore });
});
afterAll(() => store.close());

/** One person's balance as simple lists, beside the real one. */
class Person {
  readonly username = randomUUID();
  readonly open: Reservation[] = [];
  readonly settled: { readonly reservation: Reservation; readonly cost: number }[] = [];

  async reserve(): Promise<Reservation> {
    const generation = await balances.generationOf(this.username);
    const reservation = held(await balances.reserve(reserveRequest({ username: this.username, generation, now })));
    this.open.push(reservation);
    return reservation;
  }

  /** @returns whether it was settled by this call; undefined when nothing is open. */
  async settle(pick: number, cost: number | null): Promise<boolean | undefined> {
    const [reservation] = this.open.splice(pick % (this.open.length || 1), 1);
    if (!reservation) return undefined;
    this.settled.push({ reservation, cost: cost ?? 0 });
    return (await balances.settle(reservation, cost)).isSettled;
  }

  async settleAgain(pick: number): Promise<boolean | undefined> {
    const settled = this.settled[pick % (this.settled.length || 1)];
    return settled && (await balances.settle(settled.reservation, 1_000)).isSettled;
  }

  spentIn(matches: (reservation: Reservation) => boolean): number {
    const costs = this.settled.filter(({ reservation }) => matches(reservation));
    return costs.reduce((sum, { cost }) => sum + cost, 0);
  }
}

test('any order of holds, settles, double settles and new days keeps every sum exact', async ({ expect }) => {
  const step = fc.record({
    op: fc.constantFrom('reserve', 'reserve', 'settle', 'settle', 'settle-again', 'next-day'),
    cost: fc.option(fc.nat(1_000_000_000), { nil: null }),
    pick: fc.nat(50),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30, size: 'max' }), async (steps) => {
      const person = new Person();
      now = Date.UTC(2026, 10, 28, 12);
      for (const { op, cost, pick } of steps) {
        if (op === 'next-day') now += 86_400_000;
        else if (op === 'reserve') await person.reserve();
        else if (op === 'settle') expect(await person.settle(pick, cost)).not.toBe(false);
        else expect(await person.settleAgain(pick)).not.toBe(true);
      }
      const [{ day = '' } = {}] = (await person.reserve()).holds;
      const month = day.slice(0, 7);
      const item = await store.dynamo.getItem(store.table, { pk: `U#${person.username}`, sk: 'B' });
      expect({ ...item, r: Object.keys(item?.['r'] ?? {}).toSorted() }).toMatchObject({
        d: { n: day, s: person.spentIn(({ holds }) => holds[0]?.day === day) },
        m: { n: month, s: person.spentIn(({ holds }) => holds[0]?.day.slice(0, 7) === month) },
        t: { s: person.spentIn(() => true) },
        r: person.open.map(({ requestId }) => requestId).toSorted(),
      });
    }),
    { numRuns: 40 },
  );
});

import type { DayRange } from '../../shared/period.ts';
import type { Clock } from '../clock.ts';
import type { Books, Closing } from './closing.ts';
import type { Scope } from './condensed.ts';
import { readRow } from './ledger-row.ts';
import { openSegments } from './open-days.ts';
import { addRow, addSum, type CellNames, type Sum } from './report-cells.ts';

const monthsAtOnce = 16;

/** What is done with each sum: `addTo` adds it to another. */
type Adder = (day: string, named: CellNames, addTo: (sum: Sum) => void) => void;

/** Hands on all figures of a time: of condensed days, and of the rows of those that are not closed. */
export type SumUp = (scope: Scope, range: DayRange, add: Adder) => Promise<void>;

/** Closes what is due first. @throws GatewayError 503 `days_open` */
export function createSumUp(options: {
  readonly books: Books;
  readonly closing: Closing;
  readonly clock: Clock;
}): SumUp {
  const { books, closing, clock } = options;
  return async (scope, range, add) => {
    const through = await closing.closeDue();
    const months = await books.condensed.months(range);
    for (let start = 0; start < months.length; start += monthsAtOnce) {
      const some = months.slice(start, start + monthsAtOnce);
      const found = await Promise.all(some.map((month) => books.condensed.month(scope, month, range, through)));
      for (const { day, cells } of found.flat()) {
        for (const cell of cells) add(day, cell, (sum) => addSum(sum, cell.sum));
      }
    }
    for await (const segments of openSegments(books.segments, scope, range, through, clock.now())) {
      const read = segments.map(async (segment) => {
        for await (const items of books.segments.rows(segment)) {
          for (const row of items.map(readRow)) add(segment.day, row, (sum) => addRow(sum, row));
        }
      });
      await Promise.all(read);
    }
  };
}

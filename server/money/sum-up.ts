import type { DayRange } from '../../shared/period.ts';
import type { Clock } from '../clock.ts';
import type { Books, Closing } from './closing.ts';
import type { DayCells, Kind, Scope } from './condensed.ts';
import { DayTags } from './day-sums.ts';
import { figureAttributes, readFigures } from './ledger-row.ts';
import { openSegments } from './open-days.ts';
import { addRow, addSum, type CellNames, namesOf, type Sum, subtractSum } from './report-cells.ts';
import type { Segment } from './segments.ts';

const monthsAtOnce = 16;

/** What is done with each sum: `addTo` adds it to another. */
type Adder = (day: string, named: CellNames, addTo: (sum: Sum) => void) => void;

/**
 * Hands on all figures of a time: of condensed days, and of the rows of those that are not closed. Tags are told only
 * where they are asked for.
 */
export type SumUp = (scope: Scope, range: DayRange, asksForTags: boolean, add: Adder) => Promise<void>;

interface SumUpOptions {
  readonly books: Books;
  readonly closing: Closing;
  readonly clock: Clock;
}

/** Closes what is due first. @throws GatewayError 503 `days_open` */
export function createSumUp({ books, closing, clock }: SumUpOptions): SumUp {
  return async (scope, range, asksForTags, add) => {
    const through = await closing.closeDue();
    const months = await books.condensed.months(range);
    for (let start = 0; start < months.length; start += monthsAtOnce) {
      const some = months.slice(start, start + monthsAtOnce);
      const read = async (kind: Kind) =>
        (await Promise.all(some.map((month) => books.condensed.month(scope, month, range, { through, kind })))).flat();
      const [all, tagged] = await Promise.all([read('cells'), asksForTags ? read('tagged') : []]);
      addCells(all, add);
      addTagged(tagged, add);
    }
    for await (const segments of openSegments(books.segments, scope, range, through, clock.now())) {
      await Promise.all(segments.map((segment) => addRows(books, segment, asksForTags, add)));
    }
  };
}

function addCells(days: readonly DayCells[], add: Adder): void {
  for (const { day, cells } of days) {
    for (const cell of cells) add(day, cell, (sum) => addSum(sum, cell.sum));
  }
}

/** These were counted among all without a tag. */
function addTagged(days: readonly DayCells[], add: Adder): void {
  addCells(days, add);
  for (const { day, cells } of days) {
    for (const cell of cells) add(day, namesOf(cell, null), (sum) => subtractSum(sum, cell.sum));
  }
}

async function addRows({ segments }: Books, segment: Segment, asksForTags: boolean, add: Adder): Promise<void> {
  const tags = new DayTags();
  for await (const items of segments.rows(segment, figureAttributes)) {
    for (const row of items.map(readFigures)) {
      const named = asksForTags ? namesOf(row, tags.nameOf(row)) : row;
      add(segment.day, named, (sum) => addRow(sum, row));
    }
  }
}

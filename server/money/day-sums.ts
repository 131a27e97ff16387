import { otherTags } from '../../shared/api/usage.ts';
import type { RowFigures } from './ledger.ts';
import { type Cell, CellTable } from './report-cells.ts';

/**
 * So many tags of one person's day are told apart. Callers write tags as they like: one for each call would make the sums
 * of a day as long as its rows.
 */
const mostTags = 100;

/** So many of everybody's day, of which each person may have brought a hundred. */
const mostTagsOfAll = 1_000;

/** The tags of one person's day: those that come first, in the order of the rows, so that the same rows give the same. */
export class DayTags {
  readonly #known = new Set<string>();

  /** What a call is counted under. A correction always has the name of what it corrects, and is no call that tells one. */
  nameOf({ tag, status }: Pick<RowFigures, 'tag' | 'status'>): string | null {
    if (status === 'correction' || tag === null || tag === otherTags || this.#known.has(tag)) return tag;
    if (this.#known.size === mostTags) return otherTags;
    this.#known.add(tag);
    return tag;
  }
}

/** The calls of one day, summed up. */
export interface SummedDay {
  /** All calls, whatever their tags. */
  readonly cells: readonly Cell[];
  /** The calls that have a tag once more, by it: what has none is the difference. Only who asks for tags reads these. */
  readonly tagged: readonly Cell[];
}

/** Sums up one person's rows of a day, or what was summed up of several persons. */
export class DaySums {
  readonly #cells = new CellTable();
  readonly #tagged = new CellTable();
  readonly #tags = new DayTags();

  /** Rows come in the order of the ledger. */
  addRow(row: RowFigures): void {
    this.#cells.addRow(row, null);
    const tag = this.#tags.nameOf(row);
    if (tag !== null) this.#tagged.addRow(row, tag);
  }

  add({ cells, tagged }: SummedDay): void {
    for (const cell of cells) this.#cells.addCell(cell);
    for (const cell of tagged) this.#tagged.addCell(cell);
  }

  sums(): SummedDay {
    return { cells: this.#cells.list(), tagged: this.#tagged.list() };
  }

  /** Of several persons: the tags that cost most are told apart. */
  sumsOfAll(): SummedDay {
    const { cells, tagged } = this.sums();
    const told = dearestTags(tagged);
    const some = new CellTable();
    for (const cell of tagged) some.addCell(told.has(cell.tag) ? cell : { ...cell, tag: otherTags });
    return { cells, tagged: some.list() };
  }
}

/** Of those that cost the same, the first by name: the same cells tell the same. */
function dearestTags(tagged: readonly Cell[]): ReadonlySet<string | null> {
  const costs = new Map<string | null, number>();
  for (const { tag, sum } of tagged) costs.set(tag, (costs.get(tag) ?? 0) + sum.costNanoUsd);
  costs.delete(otherTags);
  const dearest = [...costs].toSorted(([a, costA], [b, costB]) => costB - costA || (String(a) < String(b) ? -1 : 1));
  return new Set(dearest.slice(0, mostTagsOfAll).map(([tag]) => tag));
}

import type { KeyObject } from 'node:crypto';
import { type DayRange, monthOf } from '../../shared/period.ts';
import type { DynamoClient, Item } from '../aws/dynamodb.ts';
import type { SummedDay } from './day-sums.ts';
import { pack, partName, partsOf, unpack } from './packed.ts';
import { type Cell, decodeCell, encodeCell, StoredCells } from './report-cells.ts';
import { withMac } from './row-mac.ts';

/** Whose calls: one person's or everybody's. */
export type Scope = { readonly username: string } | 'everyone';

/** The sums of the calls of one day that were booked on one day, for one person or all. */
export interface DayCells {
  /** UTC day of the calls. */
  readonly day: string;
  readonly bookedOn: string;
  readonly cells: readonly Cell[];
}

/** Of what: `cells` or `tagged` of a summed day. */
export type Kind = keyof SummedDay;

/** 500 cells are some 15 KB; 330 KB if every name in them is long and none repeats. */
const cellsAPart = 500;

const monthList = 'R';

/**
 * Closed days, condensed. One query gives a month: pk `R#<month>` for everyone, `R#<username>#<month>` for one person, sk
 * `<day>#<booked on>#<part>`; `T#…` the same of tagged calls; and pk `R` lists the months that have any.
 */
export class Condensed {
  readonly #dynamo: DynamoClient;
  readonly #table: string;
  readonly #ledgerKey: () => Promise<KeyObject>;

  constructor(dynamo: DynamoClient, table: string, ledgerKey: () => Promise<KeyObject>) {
    this.#dynamo = dynamo;
    this.#table = table;
    this.#ledgerKey = ledgerKey;
  }

  /** The same cells written again change nothing. */
  async write(scope: Scope, { day, bookedOn, ...sums }: SummedDay & Pick<DayCells, 'day' | 'bookedOn'>): Promise<void> {
    const key = await this.#ledgerKey();
    for (const kind of ['cells', 'tagged'] as const) {
      const pk = partition(scope, monthOf(Date.parse(day)), kind);
      for (const [part, some] of partsOf(sums[kind], cellsAPart).entries()) {
        const item = { pk, sk: `${day}#${bookedOn}#${partName(part)}`, v: 1, cells: pack(some.map(encodeCell)) };
        await this.#dynamo.putItem(this.#table, withMac(item, key));
      }
    }
    if (scope === 'everyone') {
      await this.#dynamo.putItem(this.#table, { pk: monthList, sk: monthOf(Date.parse(day)), v: 1 });
    }
  }

  /** The months of a range that may have calls in them, oldest first: the others cost nothing. */
  async months({ from, to }: DayRange): Promise<readonly string[]> {
    const skBetween = [from.slice(0, 7), to.slice(0, 7)] as const;
    const { items } = await this.#dynamo.query(this.#table, { pk: monthList, skBetween, consistent: true });
    return items.map(({ sk }) => String(sk));
  }

  /**
   * What was booked on days that are closed, in the order of days.
   * @param through the last closed day: what lies there of later ones is not finished
   */
  async month(
    scope: Scope,
    month: string,
    { from, to }: DayRange,
    { through, kind }: { readonly through: string; readonly kind: Kind },
  ): Promise<readonly DayCells[]> {
    const days: DayCells[] = [];
    for (const item of await this.items(scope, month, { from, to }, kind)) {
      const { day, bookedOn } = placeOf(item);
      if (bookedOn > through) continue;
      days.push({ day, bookedOn, cells: cellsOf(item) });
    }
    return days;
  }

  /** As they are stored. */
  async items(scope: Scope, month: string, { from, to }: DayRange, kind: Kind): Promise<readonly Item[]> {
    const { items } = await this.#dynamo.query(this.#table, {
      pk: partition(scope, month, kind),
      // `$` sorts after the `#` that follows the day.
      skBetween: [from, `${to}$`],
      consistent: true,
    });
    return items;
  }
}

function partition(scope: Scope, month: string, kind: Kind): string {
  const table = kind === 'cells' ? 'R' : 'T';
  return scope === 'everyone' ? `${table}#${month}` : `${table}#${scope.username}#${month}`;
}

export function placeOf(item: Item): { readonly day: string; readonly bookedOn: string } {
  const place = String(item['sk']);
  return { day: place.slice(0, 10), bookedOn: place.slice(11, 21) };
}

export function cellsOf(item: Item): readonly Cell[] {
  return unpack(item, 'cells', StoredCells).map(decodeCell);
}

import type { DayRange } from '../../shared/period.ts';
import type { Item } from '../aws/dynamodb.ts';
import { type Condensed, type DayCells, placeOf, type Scope } from './condensed.ts';

type Place = Pick<DayCells, 'day' | 'bookedOn'>;

/** The report items that one verification has held against the rows behind them; all others are somebody else's. */
export class CheckedFigures {
  readonly #condensed: Condensed;
  readonly #places = new Set<string>();
  readonly #persons = new Set<string>();

  constructor(condensed: Condensed) {
    this.#condensed = condensed;
  }

  add(scope: Scope, place: Place): void {
    this.#places.add(nameOf(scope, place));
  }

  /** Somebody who may have calls in the time: their own items are looked at too, which nothing lists by person. */
  addPerson(username: string): void {
    this.#persons.add(username);
  }

  /**
   * The first item that reports read and that was not checked, of those booked in the range, and of its days those that
   * say they were booked before.
   */
  async firstOther({ from, to }: DayRange): Promise<(Place & { readonly scope: Scope }) | undefined> {
    if (to < from) return undefined;
    const isAsked = ({ day, bookedOn }: Place) => bookedOn <= to && (bookedOn >= from || (day >= from && day <= to));
    const whole = { from: '0', to };
    for (const month of await this.#condensed.months(whole)) {
      const isInRange = month >= from.slice(0, 7);
      const persons = isInRange ? [...this.#persons].toSorted().map((username) => ({ username })) : [];
      for (const scope of ['everyone' as const, ...persons]) {
        const kinds = (['cells', 'tagged'] as const).map((kind) => this.#condensed.items(scope, month, whole, kind));
        const items: readonly Item[] = (await Promise.all(kinds)).flat();
        const other = items.map(placeOf).find((place) => isAsked(place) && !this.#places.has(nameOf(scope, place)));
        if (other) return { scope, ...other };
      }
    }
    return undefined;
  }
}

function nameOf(scope: Scope, { day, bookedOn }: Place): string {
  return JSON.stringify([scope, day, bookedOn]);
}

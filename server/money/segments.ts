import type { DynamoClient, Item, Key } from '../aws/dynamodb.ts';
import { activePartition, latePartition, nextDay } from './booking.ts';
import { ledgerPartition } from './ledger-row.ts';

/** The rows of one person's calls of one day that were booked on one day; nearly always the same day. */
export interface Segment {
  readonly bookedOn: string;
  /** UTC day of the calls. */
  readonly day: string;
  readonly username: string;
}

const rowsAtOnce = 1_000;

/** Finds the ledger's rows by the day they were booked on. All reads are consistent: a day is closed only once. */
export class Segments {
  readonly #dynamo: DynamoClient;
  readonly #table: string;

  constructor(dynamo: DynamoClient, table: string) {
    this.#dynamo = dynamo;
    this.#table = table;
  }

  /** In the order of the day's digest. Some may turn out to have no rows. @param username only this person's */
  async of(bookedOn: string, username?: string): Promise<readonly Segment[]> {
    const [active, late] = await Promise.all([
      this.#active(bookedOn, username),
      this.#sortKeys(latePartition(bookedOn)),
    ]);
    const segments = active.map((who): Segment => ({ bookedOn, day: bookedOn, username: who }));
    for (const note of late) {
      const [day = '', who = ''] = [note.slice(0, 10), note.slice(11)];
      if (username === undefined || who === username) segments.push({ bookedOn, day, username: who });
    }
    return segments.toSorted((a, b) => (segmentName(a) < segmentName(b) ? -1 : 1));
  }

  /** Whether anything can have been booked on a day. */
  async isActive(day: string): Promise<boolean> {
    const found = await Promise.all(
      [activePartition(day), latePartition(day)].map((pk) => this.#dynamo.query(this.#table, { pk, limit: 1 })),
    );
    return found.some(({ items }) => items.length > 0);
  }

  /**
   * Its rows as they are stored, oldest first, some at a time.
   * @param attributes only these of each; `booked` must be one of them
   */
  async *rows(segment: Segment, attributes?: readonly string[]): AsyncGenerator<readonly Item[]> {
    for await (const rows of this.all(segment.username, segment.day, attributes)) {
      yield rows.filter((item) => bookingOf(item, segment.day) === segment.bookedOn);
    }
  }

  /** A person's rows of a day, whenever booked, oldest first; the next are read while these are worked on. */
  async *all(username: string, day: string, attributes?: readonly string[]): AsyncGenerator<readonly Item[]> {
    const pk = ledgerPartition(username, day);
    const read = (startAfter?: Key) =>
      this.#dynamo.query(this.#table, {
        pk,
        limit: rowsAtOnce,
        consistent: true,
        ...(attributes !== undefined && { attributes }),
        ...(startAfter !== undefined && { startAfter }),
      });
    let page = await read();
    for (;;) {
      const following = page.last === undefined ? undefined : read(page.last);
      // Told of where it is awaited; until then nobody else would.
      following?.catch(() => {});
      yield page.items;
      if (!following) return;
      page = await following;
    }
  }

  /**
   * Whoever is noted for the day, or for the day after: a call that began just before midnight leaves no note when the
   * person's balance had turned to the new day already (clocks of instances differ).
   */
  async #active(day: string, username?: string): Promise<readonly string[]> {
    if (username !== undefined) return [username];
    const noted = await Promise.all([day, nextDay(day)].map((each) => this.#sortKeys(activePartition(each))));
    return [...new Set(noted.flat())];
  }

  async #sortKeys(pk: string): Promise<readonly string[]> {
    const { items } = await this.#dynamo.query(this.#table, { pk, consistent: true });
    return items.map(({ sk }) => String(sk));
  }
}

export function segmentName({ day, username }: Segment): string {
  return `${day}#${username}`;
}

/** The day whose closing takes a row in. */
export function bookingOf(item: Item, day: string): string {
  const booked = item['booked'];
  return typeof booked === 'string' ? booked : day;
}

import type { DynamoClient, Key } from '../aws/dynamodb.ts';
import type { LedgerRow } from './ledger.ts';
import { ledgerOrder, ledgerPartition, readRow } from './ledger-row.ts';

const fewestAtOnce = 25;
const mostAtOnce = 1_000;
const personsAtOnce = 16;

/** Which of the rows are wanted. */
interface Wanted {
  /** Of one UTC day. */
  readonly day: string;
  readonly usernames: readonly string[];
  /** Only rows before this place (`ledgerOrder`). */
  readonly before: string | undefined;
  readonly limit: number;
  readonly isAsked: (row: LedgerRow) => boolean;
}

/** The newest rows of some persons' day, newest first: each person's are read backwards, as far as they are needed. */
export async function newestRows(
  dynamo: DynamoClient,
  table: string,
  { day, usernames, before, limit, isAsked }: Wanted,
): Promise<readonly LedgerRow[]> {
  const share = Math.ceil((2 * limit) / usernames.length);
  const atOnce = Math.min(Math.max(share, fewestAtOnce), mostAtOnce);
  const sources = usernames.map((username) => {
    return new Source(dynamo, table, { pk: ledgerPartition(username, day), before, atOnce, isAsked });
  });
  for (let start = 0; start < sources.length; start += personsAtOnce) {
    await Promise.all(sources.slice(start, start + personsAtOnce).map((source) => source.fill()));
  }
  const rows: LedgerRow[] = [];
  while (rows.length < limit) {
    let newest: Source | undefined;
    for (const source of sources) if (source.place > (newest?.place ?? '')) newest = source;
    const row = newest?.take();
    if (!newest || !row) break;
    rows.push(row);
    await newest.fill();
  }
  return rows;
}

class Source {
  readonly #read: (startAfter: Key | undefined) => ReturnType<DynamoClient['query']>;
  readonly #isAsked: (row: LedgerRow) => boolean;
  #rows: readonly LedgerRow[] = [];
  #at = 0;
  #last: Key | undefined;
  #isDone = false;

  constructor(
    dynamo: DynamoClient,
    table: string,
    options: { pk: string; before: string | undefined; atOnce: number; isAsked: (row: LedgerRow) => boolean },
  ) {
    const { pk, before, atOnce: limit, isAsked } = options;
    // A range has its ends in it; what is to be left out is that very row.
    this.#isAsked = (row) => (before === undefined || ledgerOrder(row) < before) && isAsked(row);
    const range = { pk, descending: true, limit, consistent: true };
    const asked = before === undefined ? range : { ...range, skBetween: ['0', before] as const };
    this.#read = (startAfter) => dynamo.query(table, startAfter === undefined ? asked : { ...asked, startAfter });
  }

  /** Of the newest row that is left; '' when there is none. */
  get place(): string {
    const row = this.#rows[this.#at];
    return row ? ledgerOrder(row) : '';
  }

  take(): LedgerRow | undefined {
    return this.#rows[this.#at++];
  }

  async fill(): Promise<void> {
    while (this.#at >= this.#rows.length && !this.#isDone) {
      const { items, last } = await this.#read(this.#last);
      this.#rows = items.map(readRow).filter(this.#isAsked);
      this.#at = 0;
      this.#last = last;
      this.#isDone = last === undefined;
    }
  }
}

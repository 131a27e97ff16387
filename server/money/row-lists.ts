import type { KeyObject } from 'node:crypto';
import * as z from 'zod/mini';
import type { DynamoClient } from '../aws/dynamodb.ts';
import { pack, partName, partsOf, unpack } from './packed.ts';
import { withMac } from './row-mac.ts';
import { type Segment, segmentName } from './segments.ts';

/** Of each row its sort key and its MAC. */
const StoredList = z.array(z.tuple([z.string(), z.string()]));
type RowMark = z.infer<typeof StoredList>[number];

/** Of a person's rows, at some 50 bytes a row: MACs and request ids hardly shrink. */
const rowsAPart = 4_000;

/**
 * Which rows a closed day had, so that a missing one can be named (pk `S#<booked on>`, sk `<day>#<username>#<part>`). The
 * digest's root is that of these MACs, in this order.
 */
export class RowLists {
  readonly #dynamo: DynamoClient;
  readonly #table: string;
  readonly #ledgerKey: () => Promise<KeyObject>;

  constructor(dynamo: DynamoClient, table: string, ledgerKey: () => Promise<KeyObject>) {
    this.#dynamo = dynamo;
    this.#table = table;
    this.#ledgerKey = ledgerKey;
  }

  async write(segment: Segment, rows: readonly RowMark[]): Promise<void> {
    const key = await this.#ledgerKey();
    for (const [part, some] of partsOf(rows, rowsAPart).entries()) {
      const sk = `${segmentName(segment)}#${partName(part)}`;
      await this.#dynamo.putItem(
        this.#table,
        withMac({ pk: partition(segment.bookedOn), sk, v: 1, rows: pack(some) }, key),
      );
    }
  }

  /** All that a day's digest covers, in its order. @throws Error when what is stored cannot be read */
  async of(bookedOn: string): Promise<readonly { readonly segment: Segment; readonly rows: readonly RowMark[] }[]> {
    const { items } = await this.#dynamo.query(this.#table, { pk: partition(bookedOn), consistent: true });
    const lists: { readonly segment: Segment; readonly rows: RowMark[] }[] = [];
    for (const item of items) {
      const place = String(item['sk']);
      const segment = { bookedOn, day: place.slice(0, 10), username: place.slice(11, -partName(0).length - 1) };
      const rows = unpack(item, 'rows', StoredList);
      const last = lists.at(-1);
      if (last && segmentName(last.segment) === segmentName(segment)) last.rows.push(...rows);
      else lists.push({ segment, rows });
    }
    return lists;
  }
}

function partition(bookedOn: string): string {
  return `S#${bookedOn}`;
}

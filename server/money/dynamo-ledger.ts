import { dayOf } from '../../shared/period.ts';
import type { RootSecret } from '../auth/root-secret.ts';
import { ConditionFailedError, type DynamoClient } from '../aws/dynamodb.ts';
import { type Clock, systemClock } from '../clock.ts';
import { lateBooking, latePartition } from './booking.ts';
import type { Ledger } from './ledger.ts';
import { encodeRow, ledgerOrder, ledgerPartition, readRow } from './ledger-row.ts';
import { createLedgerKey } from './row-mac.ts';

/** Rows lie in one partition a person and day (pk `L#<username>#<day>`, sk `<time>#<request id>`) and are never changed. */
export function createLedger(options: {
  readonly dynamo: DynamoClient;
  readonly table: string;
  readonly rootSecret: RootSecret;
  readonly clock?: Clock;
}): Ledger {
  const { dynamo, table, rootSecret, clock = systemClock } = options;
  const ledgerKey = createLedgerKey(rootSecret);
  const rowOf: Ledger['rowOf'] = async (call) => {
    const key = { pk: ledgerPartition(call.username, dayOf(call.time)), sk: ledgerOrder(call) };
    const item = await dynamo.getItem(table, key, { consistent: true });
    return item && readRow(item);
  };
  return {
    async write(row) {
      const bookedOn = lateBooking(row.time, clock.now());
      const item = encodeRow(row, await ledgerKey(), bookedOn);
      if (bookedOn !== undefined) {
        // First the note, so that no row is booked on a day whose closing does not know of it.
        const note = { pk: latePartition(bookedOn), sk: `${dayOf(row.time)}#${row.username}`, v: 1 };
        await dynamo.putItem(table, note);
      }
      try {
        await dynamo.putItem(table, item, { condition: 'attribute_not_exists(pk)' });
        return row;
      } catch (error) {
        // The row is there already: an earlier try of it, whose answer was lost, or that of the sweep.
        if (!(error instanceof ConditionFailedError)) throw error;
        return (error.item ? readRow(error.item) : await rowOf(row)) ?? row;
      }
    },
    rowOf,
    async rowsOf(username, day) {
      const { items } = await dynamo.query(table, { pk: ledgerPartition(username, day) });
      return items.map(readRow);
    },
  };
}

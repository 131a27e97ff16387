import { createSecretKey, type KeyObject } from 'node:crypto';
import { dayOf } from '../../shared/period.ts';
import type { RootKeys, RootSecret } from '../auth/root-secret.ts';
import { ConditionFailedError, type DynamoClient } from '../aws/dynamodb.ts';
import type { Ledger } from './ledger.ts';
import { encodeRow, ledgerOrder, ledgerPartition, readRow } from './ledger-row.ts';

/** Rows lie in one partition a person and day (pk `L#<username>#<day>`, sk `<time>#<request id>`) and are never changed. */
export function createLedger(options: {
  readonly dynamo: DynamoClient;
  readonly table: string;
  readonly rootSecret: RootSecret;
}): Ledger {
  const { dynamo, table, rootSecret } = options;
  // Made once: an HMAC over a raw Buffer takes seven times as long.
  const keyObjects = new WeakMap<RootKeys, KeyObject>();
  const keyOf = async () => {
    const keys = await rootSecret.keys();
    const key = keyObjects.get(keys) ?? createSecretKey(keys.ledgerKey);
    keyObjects.set(keys, key);
    return key;
  };
  const rowOf: Ledger['rowOf'] = async (call) => {
    const key = { pk: ledgerPartition(call.username, dayOf(call.time)), sk: ledgerOrder(call) };
    const item = await dynamo.getItem(table, key, { consistent: true });
    return item && readRow(item);
  };
  return {
    async write(row) {
      const item = encodeRow(row, await keyOf());
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

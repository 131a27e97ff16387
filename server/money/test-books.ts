import type { UsageQuery } from '../../shared/api/usage.ts';
import { dayOf } from '../../shared/period.ts';
import type { Item } from '../aws/dynamodb.ts';
import { createLogger } from '../observe/logger.ts';
import { activePartition } from './booking.ts';
import { createBooks } from './create-books.ts';
import { createLedger } from './dynamo-ledger.ts';
import type { LedgerRow } from './ledger.ts';
import { startTable, type TestTable } from './test-table.ts';

/** A ledger on a table of its own, whose clock is set by hand. */
export interface TestBooks {
  readonly store: TestTable;
  readonly reports: ReturnType<typeof createBooks>;
  readonly ledger: ReturnType<typeof createLedger>;
  /** Lines of the log. */
  readonly lines: string[];
  setTime(ms: number): void;
  /** As a call does it: the note that the person is active is there before the row. */
  call(row: LedgerRow): Promise<void>;
  /** All items of a partition. */
  items(pk: string): Promise<readonly Item[]>;
  usage(query?: UsageQuery): ReturnType<ReturnType<typeof createBooks>['usage']>;
}

export async function startBooks(): Promise<TestBooks> {
  let now = 0;
  const clock = { now: () => now };
  const lines: string[] = [];
  const store = await startTable();
  const { dynamo, table } = store;
  const ledger = createLedger({ ...store, clock });
  const logger = createLogger((line) => lines.push(line));
  const reports = createBooks({ ...store, clock, logger, pricesAsOf: '2026-11-20' });
  return {
    store,
    reports,
    ledger,
    lines,
    setTime(ms) {
      now = ms;
    },
    async call(row) {
      await dynamo.putItem(table, { pk: activePartition(dayOf(row.time)), sk: row.username, v: 1 });
      await ledger.write(row);
    },
    async items(pk) {
      return (await dynamo.query(table, { pk })).items;
    },
    usage: (query = {}) => reports.usage('everyone', query),
  };
}

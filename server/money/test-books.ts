import type { UsageQuery } from '../../shared/api/usage.ts';
import { dayOf } from '../../shared/period.ts';
import type { Item } from '../aws/dynamodb.ts';
import type { Price } from '../catalogue/catalogue.ts';
import { createModel } from '../local/bedrock/test-models.ts';
import { createLogger } from '../observe/logger.ts';
import type { Balances } from './balance.ts';
import { activePartition } from './booking.ts';
import { type BooksOptions, createBooks } from './create-books.ts';
import { createBalances } from './dynamo-balances.ts';
import { createLedger } from './dynamo-ledger.ts';
import type { LedgerRow } from './ledger.ts';
import { startTable, type TestTable } from './test-table.ts';

/** A ledger on a table of its own, whose clock is set by hand. */
export interface TestBooks {
  readonly store: TestTable;
  readonly reports: ReturnType<typeof createBooks>;
  readonly ledger: ReturnType<typeof createLedger>;
  readonly balances: Balances;
  /** In force now, by target. */
  readonly prices: Map<string, Price>;
  /** Lines of the log. */
  readonly lines: string[];
  setTime(ms: number): void;
  /** As a call does it: the note that the person is active is there before the row. */
  call(row: LedgerRow): Promise<void>;
  /** All items of a partition. */
  items(pk: string): Promise<readonly Item[]>;
  usage(query?: UsageQuery): ReturnType<ReturnType<typeof createBooks>['usage']>;
}

export async function startBooks(options: Pick<BooksOptions, 'bedrockTokens' | 'onClosed'> = {}): Promise<TestBooks> {
  let now = 0;
  const clock = { now: () => now };
  const lines: string[] = [];
  const store = await startTable();
  const { dynamo, table } = store;
  const ledger = createLedger({ ...store, clock });
  const logger = createLogger((line) => lines.push(line));
  const balances = createBalances({
    ...store,
    clock,
    ledger,
    spentBefore: async () => ({ day: 0, month: 0, total: 0 }),
  });
  /** By target. */
  const prices = new Map<string, Price>();
  const catalogue = {
    pricesAsOf: '2026-11-20',
    find: (name: string) => {
      const price = prices.get(name);
      return price && { provider: 'bedrock' as const, modelId: name, model: createModel(name, 'test', {}), price };
    },
  };
  const common = { ...store, clock, logger, ledger, balances, catalogue };
  const reports = createBooks({ ...common, ...options });
  return {
    store,
    reports,
    ledger,
    balances,
    prices,
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

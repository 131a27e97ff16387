import type { RootSecret } from '../auth/root-secret.ts';
import type { DynamoClient } from '../aws/dynamodb.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../observe/logger.ts';
import { createCallList } from './call-list.ts';
import { type Books, Closing } from './closing.ts';
import { Condensed } from './condensed.ts';
import { DayChain } from './day-chain.ts';
import { createReports, type Reports } from './report.ts';
import { RowLists } from './row-lists.ts';
import { createLedgerKey } from './row-mac.ts';
import { Segments } from './segments.ts';
import { Verifier } from './verify.ts';

export interface BooksOptions {
  readonly dynamo: DynamoClient;
  readonly table: string;
  readonly rootSecret: RootSecret;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The day the catalogue's prices were read, `YYYY-MM-DD`. */
  readonly pricesAsOf: string;
}

export interface Bookkeeping extends Reports, Pick<Verifier, 'verify'> {}

/** What reads the ledger. Loaded by the first who asks; no call of a model does. */
export function createBooks({ dynamo, table, rootSecret, clock, logger, pricesAsOf }: BooksOptions): Bookkeeping {
  const ledgerKey = createLedgerKey(rootSecret);
  const books: Books = {
    segments: new Segments(dynamo, table),
    condensed: new Condensed(dynamo, table, ledgerKey),
    lists: new RowLists(dynamo, table, ledgerKey),
    chain: new DayChain(dynamo, table, ledgerKey),
  };
  const closing = new Closing(books, clock, logger);
  const callList = createCallList({ dynamo, table, books, closing, clock });
  const verifier = new Verifier(books, closing, ledgerKey, clock);
  return {
    ...createReports({ books, closing, callList, pricesAsOf, clock }),
    verify: (query) => verifier.verify(query),
  };
}

import type { DayRange } from '../../shared/period.ts';
import type { RootSecret } from '../auth/root-secret.ts';
import { AwsError } from '../aws/aws-error.ts';
import type { BedrockTokens } from '../aws/bedrock-tokens.ts';
import type { DynamoClient } from '../aws/dynamodb.ts';
import type { Catalogue } from '../catalogue/resolve.ts';
import type { Clock } from '../clock.ts';
import { unavailable } from '../errors.ts';
import type { Logger } from '../observe/logger.ts';
import type { Balances } from './balance.ts';
import { createCallList } from './call-list.ts';
import { type Books, Closing, type OnClosed } from './closing.ts';
import { Condensed } from './condensed.ts';
import { DayChain } from './day-chain.ts';
import type { Ledger } from './ledger.ts';
import { Recomputer } from './recompute.ts';
import { createReconcile } from './reconcile.ts';
import { createReplay } from './replay.ts';
import { createReports, type Reports } from './report.ts';
import { RowLists } from './row-lists.ts';
import { createLedgerKey } from './row-mac.ts';
import { Segments } from './segments.ts';
import { createSumUp } from './sum-up.ts';
import { targetSums } from './usage-figures.ts';
import { Verifier } from './verify.ts';

export interface BooksOptions {
  readonly dynamo: DynamoClient;
  readonly table: string;
  readonly rootSecret: RootSecret;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly catalogue: Pick<Catalogue, 'find' | 'pricesAsOf'>;
  readonly ledger: Ledger;
  readonly balances: Pick<Balances, 'sweep'>;
  /** Absent where Bedrock is a stand-in, which tells CloudWatch nothing. */
  readonly bedrockTokens?: ((from: string, to: string) => Promise<BedrockTokens>) | undefined;
  readonly onClosed?: OnClosed | undefined;
}

/** All that is done with the ledger but writing a call's row. */
export interface Bookkeeping
  extends Reports,
    Pick<Verifier, 'verify'>,
    Pick<Recomputer, 'recompute'>,
    Pick<Closing, 'closeAfterCall'> {
  readonly replay: ReturnType<typeof createReplay>;
  readonly reconcile: ReturnType<typeof createReconcile>;
}

/** Loaded by the first who asks; no call of a model does. */
export function createBooks(options: BooksOptions): Bookkeeping {
  const { dynamo, table, clock, logger, catalogue, ledger, balances, bedrockTokens } = options;
  const ledgerKey = createLedgerKey(options.rootSecret);
  const books: Books = {
    segments: new Segments(dynamo, table),
    condensed: new Condensed(dynamo, table, ledgerKey),
    lists: new RowLists(dynamo, table, ledgerKey),
    chain: new DayChain(dynamo, table, ledgerKey),
  };
  const closing = new Closing(books, clock, logger, options.onClosed);
  const callList = createCallList({ dynamo, table, books, closing, clock });
  const sumUp = createSumUp({ books, closing, clock });
  const verifier = new Verifier(books, closing, ledgerKey, clock);
  const reports = createReports({ sumUp, callList, pricesAsOf: catalogue.pricesAsOf, clock });
  const sumsByTarget = (range: DayRange) => targetSums(sumUp, range);
  return {
    closeAfterCall: () => closing.closeAfterCall(),
    usage: orUnavailable(reports.usage),
    calls: orUnavailable(reports.calls),
    verify: orUnavailable((query) => verifier.verify(query)),
    recompute: orUnavailable((body) => new Recomputer({ books, closing, ledger, catalogue, clock }).recompute(body)),
    replay: orUnavailable(createReplay({ ledger, balances, clock })),
    reconcile: orUnavailable(createReconcile({ bedrockTokens, sumsByTarget, clock, logger })),
  };
}

/** 503 for whatever DynamoDB answers instead of rows. */
function orUnavailable<A extends unknown[], T>(work: (...asked: A) => Promise<T>): (...asked: A) => Promise<T> {
  return async (...asked) => {
    try {
      return await work(...asked);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      throw unavailable('budget_unavailable', 'The table of the ledger does not answer. Ask again.', 2, error);
    }
  };
}

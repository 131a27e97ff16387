import type { CallStatus } from '../../shared/api/usage.ts';
import type { Usage } from '../model/usage.ts';

/** One row a request, written before settle. */
export interface LedgerRow {
  readonly requestId: string;
  /** Start of the call, ms since the epoch. */
  readonly time: number;
  readonly username: string;
  readonly keyId: string | null;
  readonly team: string | null;
  /** What the caller sent as `x-pennyworth-tag`. */
  readonly tag: string | null;
  /** The route, e.g. `/v1/chat/completions`. */
  readonly endpoint: string;
  /** The model's listed id (alias). */
  readonly model: string;
  /** What was called upstream. */
  readonly target: string;
  readonly provider: string;
  readonly status: CallStatus;
  readonly errorCode: string | null;
  readonly stream: boolean;
  readonly durationMs: number;
  readonly attempts: number;
  readonly usage: Usage;
  readonly estimatedNanoUsd: number | null;
  /** null: the price is unknown. */
  readonly costNanoUsd: number | null;
  readonly dropped: readonly string[];
  readonly upstreamRequestId: string | null;
  /** Set where usage is our own count because the provider never sent one. */
  readonly usageEstimated: boolean;
  /**
   * Only in a correction (status `correction`), which is no call: it has no tokens, its cost is the difference, and this
   * is by how many the calls without a price change, e.g. -3.
   */
  readonly unpricedChange?: number;
}

/** What reports take of a row. */
export interface RowFigures
  extends Pick<
    LedgerRow,
    | 'username'
    | 'keyId'
    | 'team'
    | 'tag'
    | 'endpoint'
    | 'model'
    | 'target'
    | 'provider'
    | 'status'
    | 'costNanoUsd'
    | 'unpricedChange'
  > {
  readonly usage: Omit<Usage, 'raw' | 'tier'>;
}

export interface Ledger {
  /**
   * Idempotent: a second write of the same request id changes nothing. The row carries an HMAC over its content. One that
   * comes when the day of its call may be closed is booked on today.
   * @returns the row that stands: this very one, or another that was written for the same call before
   */
  write(row: LedgerRow): Promise<LedgerRow>;
  /** The row of one call; undefined: there is none. */
  rowOf(call: Pick<LedgerRow, 'username' | 'time' | 'requestId'>): Promise<LedgerRow | undefined>;
  /** One person's rows of one UTC day (`YYYY-MM-DD`), oldest first. */
  rowsOf(username: string, day: string): Promise<readonly LedgerRow[]>;
}

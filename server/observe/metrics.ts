import type { LedgerRow } from '../money/ledger.ts';
import type { Fault } from './fault.ts';

// CloudWatch's embedded metric format (its guide, "Specification: Embedded metric format"): a line of the log that
// CloudWatch reads figures from, so that no call of ours waits for its API. Ten custom metrics are free in an account;
// these ten are all there are, so what follows from others has none of its own: `Errors` has a 0 or 1 of every call, and
// its number of values is that of the calls; `CostUsd` has none of a call without a price, so what it lacks of that number
// are the unpriced ones. Every other figure stands in the line only, where queries find it. No key, person or model is a
// dimension: each value of one would be billed anew.

/** How one call of a model ended, beside what its ledger row says. */
export interface ClosedCall {
  readonly row: LedgerRow;
  /** ms from the start of the call to the first piece of its stream, or to the whole JSON; undefined: it told nothing. A
   * metric of streams only: how long a whole answer takes says how long it is. */
  readonly firstByteMs: number | undefined;
  /** null: it did not fail. */
  readonly fault: Fault | null;
  /** Its ledger row or its settlement could not be written. */
  readonly isPending: boolean;
}

/** Where figures go. There is none on the local stack. */
export interface Metrics {
  closed(call: ClosedCall): void;
  /** A credential was refused. */
  unauthorized(requestId: string): void;
  /** Something that no honest client does; the template's alarm waits for it. */
  suspicious(requestId: string, reason: string): void;
}

export interface MetricsOptions {
  readonly write: (line: string) => void;
  readonly namespace: string;
  /** The only dimension: which gateway of an account it is. */
  readonly service: string;
  readonly now?: () => number;
}

/** CloudWatch's names of units; money has none. */
const units = {
  Errors: 'Count',
  ClientErrors: 'Count',
  LedgerPending: 'Count',
  SuspiciousActivity: 'Count',
  InputTokens: 'Count',
  OutputTokens: 'Count',
  CacheReadTokens: 'Count',
  TimeToFirstByte: 'Milliseconds',
  CostUsd: 'None',
  ReservedUsd: 'None',
} as const;

type Figures = Readonly<Partial<Record<keyof typeof units, number | undefined>>>;
type Properties = Readonly<Record<string, string | number | boolean | null>>;

export function createMetrics({ write, namespace, service, now = Date.now }: MetricsOptions): Metrics {
  const put = (figures: Figures, properties: Properties) => {
    const Metrics = Object.entries(units).flatMap(([Name, Unit]) => (Name in figures ? { Name, Unit } : []));
    const CloudWatchMetrics = [{ Namespace: namespace, Dimensions: [['service']], Metrics }];
    write(`${JSON.stringify({ _aws: { Timestamp: now(), CloudWatchMetrics }, service, ...figures, ...properties })}\n`);
  };
  return {
    unauthorized: (request_id) => put({ ClientErrors: 1 }, { event: 'unauthorized', request_id }),
    suspicious: (request_id, reason) => put({ SuspiciousActivity: 1 }, { event: 'suspicious', request_id, reason }),
    closed: ({ row, firstByteMs, fault, isPending }) => {
      const { usage, costNanoUsd, estimatedNanoUsd } = row;
      put(
        {
          Errors: fault === 'server' ? 1 : 0,
          InputTokens: usage.inputTokens,
          OutputTokens: usage.outputTokens,
          CacheReadTokens: usage.cacheReadTokens,
          ...(costNanoUsd !== null && { CostUsd: costNanoUsd / 1e9 }),
          ...(estimatedNanoUsd !== null && { ReservedUsd: estimatedNanoUsd / 1e9 }),
          ...(row.stream && firstByteMs !== undefined && { TimeToFirstByte: firstByteMs }),
          ...(fault === 'caller' && { ClientErrors: 1 }),
          ...(isPending && { LedgerPending: 1 }),
        },
        {
          event: 'call',
          request_id: row.requestId,
          endpoint: row.endpoint,
          model: row.model,
          stream: row.stream,
          status: row.status,
          error_code: row.errorCode,
          DurationMs: row.durationMs,
          CacheWriteTokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
          UnpricedCalls: costNanoUsd === null ? 1 : 0,
        },
      );
    },
  };
}

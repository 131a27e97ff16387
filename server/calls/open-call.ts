import type { CallStatus } from '../../shared/api/usage.ts';
import type { Identity } from '../auth/identity.ts';
import type { Price } from '../catalogue/catalogue.ts';
import type { Context } from '../context.ts';
import type { Usage } from '../model/usage.ts';
import type { Crossing, Reservation } from '../money/balance.ts';
import { costOf } from '../money/cost.ts';
import type { LedgerRow } from '../money/ledger.ts';
import type { Fault } from '../observe/fault.ts';
import { reasonOf } from '../observe/logger.ts';
import type { EndSegment, Trace } from '../observe/trace.ts';

/** What the ledger says of where a call went: a model (CallTarget), or what is no model and costs nothing. */
export interface LedgerTarget {
  readonly provider: string;
  readonly modelId: string;
  readonly model: { readonly alias: string };
  readonly price: Price | null;
}

/** What is known of a call once its reserve has gone through. */
export interface OpenCallFacts {
  readonly requestId: string;
  readonly startedAt: number;
  readonly identity: Identity;
  readonly endpoint: string;
  readonly target: LedgerTarget;
  readonly stream: boolean;
  /** What the caller names the call by, for reports. */
  readonly tag: string | null;
  readonly reservation: Reservation;
  readonly trace?: Trace | undefined;
}

export interface CallOutcome {
  readonly status: CallStatus;
  readonly errorCode: string | null;
  readonly usage: Usage;
  readonly usageEstimated: boolean;
  readonly attempts: number;
  readonly dropped: readonly string[];
  readonly upstreamRequestId: string | null;
}

/** What closing a call needs. */
type Closing = Pick<Context, 'ledger' | 'balances' | 'logger' | 'clock' | 'metrics' | 'notices' | 'keySpending'>;

const twoHoldsNoRow = 'two balances hold the call, and its row is only in the log';

/** A call between reserve and settle. It is closed exactly once: ledger row first, then the hold. */
export class OpenCall {
  readonly #context: Closing;
  readonly #facts: OpenCallFacts;
  readonly #endUpstream: EndSegment | undefined;
  #firstByteMs: number | undefined;

  constructor(context: Closing, facts: OpenCallFacts) {
    this.#context = context;
    this.#facts = facts;
    this.#endUpstream = facts.trace?.start('upstream', facts.requestId);
  }

  /** The first piece of the answer goes out, or the whole; of several times the first counts. */
  begun(): void {
    this.#firstByteMs ??= this.#elapsedMs();
  }

  /** nano-USD; null when the price is unknown. */
  costOf(usage: Usage): number | null {
    return costOf(usage, this.#facts.target.price);
  }

  /**
   * Never throws: the caller's answer does not depend on it. A row that cannot be written becomes a `ledger_pending` log
   * line; a hold that cannot be settled stays until it is swept. So do the two of a call that a team pays and that has no
   * row: were only the first settled, the second would look like that of a call that was never sent.
   */
  async close(outcome: CallOutcome, fault: Fault | null = null): Promise<void> {
    const { ledger, balances, logger, metrics, keySpending } = this.#context;
    const { reservation, requestId, trace } = this.#facts;
    const row = this.#row(outcome);
    this.#endUpstream?.(fault);
    const endSettle = trace?.start('settle', requestId);
    let isPending = false;
    // Another row stands where the call was given up before it ended: then that is what it cost.
    let standing = row;
    try {
      standing = await ledger.write(row);
    } catch (error) {
      isPending = true;
      logger.error('ledger_pending', { request_id: requestId, row: JSON.stringify(row), cause: reasonOf(error) });
    }
    let crossings: readonly Crossing[] = [];
    try {
      if (isPending && reservation.holds.length > 1) throw new Error(twoHoldsNoRow);
      ({ crossings } = await balances.settle(reservation, standing.costNanoUsd, tokensOf(outcome.usage)));
    } catch (error) {
      isPending = true;
      logger.error('settle_pending', { request_id: requestId, cause: reasonOf(error) });
    }
    endSettle?.(isPending ? 'server' : null);
    metrics?.closed({ row, firstByteMs: this.#firstByteMs, fault, isPending });
    if (crossings.length > 0) await this.#tell(crossings);
    const look = keySpending.note(this.#facts.identity, requestId, standing.costNanoUsd ?? 0);
    if (look) await look();
  }

  async #tell(crossings: readonly Crossing[]): Promise<void> {
    const { logger, notices } = this.#context;
    const { identity, requestId } = this.#facts;
    const { tellCrossings } = await import('../observe/budget-notice.ts');
    await tellCrossings(crossings, { person: identity.person, requestId }, { notices: await notices(), logger });
  }

  #elapsedMs(): number {
    return this.#context.clock.now() - this.#facts.startedAt;
  }

  /** What was held, where something has no price after all (a tier nobody asked for): it is never given back as if free. */
  #costOf({ usage, usageEstimated }: CallOutcome): Pick<LedgerRow, 'costNanoUsd' | 'usageEstimated'> {
    const costNanoUsd = this.costOf(usage);
    const { estimateNanoUsd } = this.#facts.reservation;
    if (costNanoUsd !== null || estimateNanoUsd === null) return { costNanoUsd, usageEstimated };
    return { costNanoUsd: estimateNanoUsd, usageEstimated: true };
  }

  #row(outcome: CallOutcome): LedgerRow {
    const { requestId, startedAt, identity, endpoint, target, stream, tag, reservation } = this.#facts;
    return {
      requestId,
      time: reservation.holds[0]?.since ?? startedAt,
      username: identity.person.username,
      keyId: identity.kind === 'key' ? identity.keyId : null,
      team: identity.team,
      tag,
      endpoint,
      model: target.model.alias,
      target: target.modelId,
      provider: target.provider,
      stream,
      durationMs: this.#elapsedMs(),
      estimatedNanoUsd: reservation.estimateNanoUsd,
      ...outcome,
      ...this.#costOf(outcome),
    };
  }
}

/** Prompt and answer together, as rates count them. */
function tokensOf(usage: Usage): number {
  const { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens, outputTokens } = usage;
  return inputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens + outputTokens;
}

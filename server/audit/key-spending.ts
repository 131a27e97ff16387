import { dayOf } from '../../shared/period.ts';
import type { Identity } from '../auth/identity.ts';
import type { Clock } from '../clock.ts';
import type { Reports } from '../money/report.ts';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';

/** What the calls of one day cost by one key, as far as an instance knows. */
interface Count {
  /** nano-USD since the last look into the ledger. */
  since: number;
  /** nano-USD of the whole day at that look, of all instances. */
  known: number;
  isTold: boolean;
}

export interface KeySpendingOptions {
  readonly reports: () => Promise<Reports>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics | undefined;
}

/** Watches for keys that suddenly spend ten times what they did: a leaked key is used by somebody else than its owner. */
export interface KeySpending {
  /**
   * Counts a settled call, without waiting for anything.
   * @returns what is to be done once the answer is out; it never throws. Undefined, as mostly: nothing.
   */
  note(identity: Identity, requestId: string, costNanoUsd: number): (() => Promise<void>) | undefined;
}

/** Below it nothing is looked at: ten times very little is little. */
const leastNanoUsd = 1_000_000_000;
/** A look reads all that the person called today, so that it comes with each half more: two instances miss no doubling. */
const part = 2;

export function createKeySpending(options: KeySpendingOptions): KeySpending {
  const counts = new Map<string, Count>();
  let day = '';
  return {
    note(identity, requestId, costNanoUsd) {
      if (identity.kind !== 'key' || costNanoUsd === 0) return undefined;
      const today = dayOf(options.clock.now());
      if (today !== day) counts.clear();
      day = today;
      const count = counts.get(identity.keyId) ?? { since: 0, known: 0, isTold: false };
      counts.set(identity.keyId, count);
      count.since += costNanoUsd;
      if (count.isTold || count.since < Math.max(leastNanoUsd, count.known / part)) return undefined;
      count.since = 0;
      return async () => {
        const { compareSpending } = await import('./compare-spending.ts');
        Object.assign(count, await compareSpending(options, identity, requestId, today));
      };
    },
  };
}

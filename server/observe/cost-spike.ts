import { formatUsd } from '../../shared/money.ts';
import type { Logger } from './logger.ts';
import type { Notices } from './notices.ts';

/** A day that was closed, and those before it. */
export interface ClosedDay {
  /** UTC, `YYYY-MM-DD`. */
  readonly day: string;
  readonly costNanoUsd: number;
  /** Of the seven days before, those without a call included. */
  readonly meanOf7NanoUsd: number;
}

/** As many times the mean as a day must cost, and as much more: a quiet gateway doubles its cost by a single call. */
const leastFactor = 3;
const leastMoreNanoUsd = 10_000_000_000;

/** Tells the log and the topic when a day cost three times the mean of the seven before, and $10 more. Never throws. */
export async function noticeSpike(
  { day, costNanoUsd, meanOf7NanoUsd }: ClosedDay,
  { notices, logger }: { readonly notices: Notices; readonly logger: Logger },
): Promise<void> {
  if (costNanoUsd < leastFactor * meanOf7NanoUsd || costNanoUsd - meanOf7NanoUsd < leastMoreNanoUsd) return;
  const [cost, mean] = [formatUsd(costNanoUsd), formatUsd(Math.round(meanOf7NanoUsd))];
  logger.warn('cost_spike', { id: day, reason: `${cost} USD, mean of the seven days before ${mean} USD` });
  await notices.publish({
    event: 'cost_spike',
    subject: `Cost of ${day}: $${cost.slice(0, -7)}, three times the week's mean and more`,
    text: `The calls of ${day} (UTC) cost $${cost}; the mean of the seven days before is $${mean}. pennyworth usage --by user, --by key and --by model tell where it went.`,
    facts: { day, cost_usd: cost, mean_of_7_days_usd: mean },
  });
}

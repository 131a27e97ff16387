import { dayOf } from '../../shared/period.ts';
import type { KeyIdentity } from '../auth/identity.ts';
import { reasonOf } from '../observe/logger.ts';
import type { KeySpendingOptions } from './key-spending.ts';
import { alert } from './suspicion.ts';

const days = 7;
const dayMs = 86_400_000;
const factor = 10;

/**
 * Compares a key's spending today with its mean of the seven days before, and alerts at ten times that. A key that is
 * younger, or was not used in them, has no mean. Never throws.
 */
export async function compareSpending(
  { reports, clock, logger, metrics }: KeySpendingOptions,
  { person: { username, keys }, keyId }: KeyIdentity,
  requestId: string,
  today: string,
): Promise<{ readonly known?: number; readonly isTold?: boolean }> {
  const from = dayOf(Date.parse(today) - days * dayMs);
  const created = [...keys.values()].find(({ id }) => id === keyId)?.c ?? clock.now() / 1000;
  try {
    const query = { from, to: today, key_id: keyId, group_by: 'day' } as const;
    const { rows, total } = await (await reports()).usage({ username }, query);
    const known = rows.find(({ group }) => group === today)?.cost_nano_usd ?? 0;
    const mean = ((total.cost_nano_usd ?? 0) - known) / days;
    const isTold = mean > 0 && known >= factor * mean && created * 1000 < Date.parse(from);
    if (isTold) alert({ logger, metrics }, requestId, 'unusual_spending', { username, id: keyId });
    return { known, isTold };
  } catch (error) {
    logger.warn('spending_not_compared', { request_id: requestId, id: keyId, cause: reasonOf(error) });
    return {};
  }
}

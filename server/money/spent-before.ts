import { dayOf, monthOf } from '../../shared/period.ts';
import type { Clock } from '../clock.ts';
import type { Spent } from './balance.ts';
import type { SpentBy } from './balance-items.ts';
import type { Reports } from './report.ts';
import { longestRangeDays } from './report-range.ts';

/** What a key or team had spent before it got its first limit, by the ledger: nano-USD. It was counted nowhere else. */
export async function spentBefore(reports: Reports, clock: Clock, of: SpentBy): Promise<Spent> {
  const to = dayOf(clock.now());
  const since = async (from: string) => {
    if ('team' in of) {
      const { rows } = await reports.usage('everyone', { from, to, group_by: 'team' });
      return rows.find(({ group }) => group === of.team)?.cost_nano_usd ?? 0;
    }
    const { total } = await reports.usage({ username: of.username }, { from, to, key_id: of.keyId });
    return total.cost_nano_usd ?? 0;
  };
  const [day, month, total] = await Promise.all([since(to), since(`${monthOf(clock.now())}-01`), since(dayBefore(to))]);
  return { day, month, total };
}

/** As far back as a report reaches. */
function dayBefore(day: string): string {
  return dayOf(Date.parse(day) - (longestRangeDays - 1) * 86_400_000);
}

import { dayOf, monthOf } from '../../shared/period.ts';
import type { Clock } from '../clock.ts';
import type { Spent } from './balance.ts';
import type { SpentBy } from './balance-items.ts';
import type { Reports } from './report.ts';
import { longestRangeDays } from './report-range.ts';

/** What a key or team had spent before it got its first limit, by the ledger: nano-USD. It was counted nowhere else. */
export async function spentBefore(reports: Reports, clock: Clock, of: SpentBy): Promise<Spent> {
  const now = clock.now();
  const range = { from: dayOf(now - (longestRangeDays - 1) * 86_400_000), to: dayOf(now) };
  if ('team' in of) {
    const since = async (from: string) => {
      const { rows } = await reports.usage('everyone', { ...range, from, group_by: 'team' });
      return rows.find(({ group }) => group === of.team)?.cost_nano_usd ?? 0;
    };
    return { day: await since(range.to), month: await since(`${monthOf(now)}-01`), total: await since(range.from) };
  }
  const spent = { day: 0, month: 0, total: 0 };
  for (const key_id of of.keyIds) {
    const { rows, total } = await reports.usage({ username: of.username }, { ...range, key_id, group_by: 'day' });
    const costs = rows.map(({ group, cost_nano_usd }) => [group ?? '', cost_nano_usd ?? 0] as const);
    spent.day += sum(costs.filter(([day]) => day === range.to));
    spent.month += sum(costs.filter(([day]) => day.startsWith(monthOf(now))));
    spent.total += total.cost_nano_usd ?? 0;
  }
  return spent;
}

function sum(costs: readonly (readonly [day: string, nanoUsd: number])[]): number {
  return costs.reduce((all, [, nanoUsd]) => all + nanoUsd, 0);
}

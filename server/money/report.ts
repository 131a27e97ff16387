import type { GroupBy, UsageQuery, UsageReport, UsageRow } from '../../shared/api/usage.ts';
import type { Clock } from '../clock.ts';
import type { CallList } from './call-list.ts';
import type { Scope } from './condensed.ts';
import { forecastOf } from './forecast.ts';
import { type CellNames, emptySum, isEmpty, type Sum } from './report-cells.ts';
import { rangeOf } from './report-range.ts';
import type { SumUp } from './sum-up.ts';
import { costFields, figuresOf, isAsked } from './usage-figures.ts';

export interface Reports extends Pick<CallList, 'calls'> {
  /**
   * Usage over whole UTC days, equal to the ledger to the nano-dollar.
   * @throws GatewayError 400 naming the field; 503 `days_open` while days are being closed
   */
  usage(scope: Scope, query: UsageQuery): Promise<UsageReport>;
}

export function createReports(options: {
  readonly sumUp: SumUp;
  readonly callList: CallList;
  /** The day the catalogue's prices were read, `YYYY-MM-DD`. */
  readonly pricesAsOf: string;
  readonly clock: Clock;
}): Reports {
  const { sumUp, callList, pricesAsOf, clock } = options;
  return {
    calls: callList.calls,
    async usage(scope, query) {
      const now = clock.now();
      const range = rangeOf(query, now);
      const groupBy = query.group_by ?? 'model';
      const groups = new Map<string | null, Sum>();
      const total = emptySum();
      const asksForTags = groupBy === 'tag' || query.tag !== undefined;
      await sumUp(scope, range, asksForTags, (day, named, addTo) => {
        if (!isAsked(named, query)) return;
        const group = groupOf(day, named, groupBy);
        const sum = groups.get(group) ?? emptySum();
        groups.set(group, sum);
        addTo(sum);
        addTo(total);
      });
      const forecast = forecastOf(range, figuresOf(total).cost_nano_usd, now);
      return {
        ...range,
        group_by: groupBy,
        currency: 'USD',
        rows: [...groups]
          // Where each call has a tag, nothing is left of those without.
          .filter(([, sum]) => groupBy !== 'tag' || !isEmpty(sum))
          .map(([group, sum]) => ({ group, ...figuresOf(sum) }))
          .toSorted(byCostThenName),
        total: figuresOf(total),
        unpriced_requests: total.unpriced,
        prices_as_of: pricesAsOf,
        ...(forecast !== undefined && { forecast: { to: forecast.to, ...costFields(forecast.costNanoUsd) } }),
      };
    },
  };
}

function groupOf(day: string, named: CellNames, groupBy: GroupBy): string | null {
  const groups: Readonly<Record<GroupBy, string | null>> = {
    day,
    month: day.slice(0, 7),
    model: named.model,
    key: named.keyId,
    user: named.username,
    team: named.team,
    endpoint: named.endpoint,
    provider: named.provider,
    tag: named.tag,
  };
  return groups[groupBy];
}

/** Dearest first, unknown costs last; then by name, with what has none (calls without a key) last. */
function byCostThenName(a: UsageRow, b: UsageRow): number {
  const byCost = (b.cost_nano_usd ?? Number.NEGATIVE_INFINITY) - (a.cost_nano_usd ?? Number.NEGATIVE_INFINITY);
  if (byCost !== 0 && !Number.isNaN(byCost)) return byCost;
  if (a.group === null || b.group === null) return Number(a.group === null) - Number(b.group === null);
  return a.group < b.group ? -1 : 1;
}

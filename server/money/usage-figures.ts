import type { UsageQuery, UsageReport } from '../../shared/api/usage.ts';
import { formatUsd } from '../../shared/money.ts';
import type { DayRange } from '../../shared/period.ts';
import { type CellNames, emptySum, type Sum } from './report-cells.ts';
import type { SumUp } from './sum-up.ts';

/** Whether calls with these names are among those asked for. */
export function isAsked(
  named: Pick<CellNames, 'keyId' | 'model' | 'tag'>,
  query: Pick<UsageQuery, 'key_id' | 'model' | 'tag'>,
): boolean {
  if (query.key_id !== undefined && named.keyId !== query.key_id) return false;
  if (query.tag !== undefined && named.tag !== query.tag) return false;
  return query.model === undefined || named.model === query.model;
}

/** The cost is unknown where there were calls and none of them had a price; no calls have cost nothing. */
export function figuresOf(sum: Sum): UsageReport['total'] {
  const costNanoUsd = sum.requests > 0 && sum.unpriced === sum.requests ? null : sum.costNanoUsd;
  return {
    requests: sum.requests,
    errors: sum.errors,
    input_tokens: sum.inputTokens,
    cache_read_tokens: sum.cacheReadTokens,
    cache_write_tokens: sum.cacheWriteTokens,
    output_tokens: sum.outputTokens,
    reasoning_tokens: sum.reasoningTokens,
    ...costFields(costNanoUsd),
  };
}

export function costFields<T extends number | null>(costNanoUsd: T) {
  return { cost_nano_usd: costNanoUsd, cost_usd: costNanoUsd === null ? null : formatUsd(costNanoUsd) };
}

/** Everybody's sums of calls to Bedrock, by the id that was sent. */
export async function targetSums(sumUp: SumUp, range: DayRange): Promise<ReadonlyMap<string, Sum>> {
  const sums = new Map<string, Sum>();
  await sumUp('everyone', range, false, (_day, { provider, target }, addTo) => {
    if (provider !== 'bedrock') return;
    const sum = sums.get(target) ?? emptySum();
    sums.set(target, sum);
    addTo(sum);
  });
  return sums;
}

import type { Usage } from '../../model/usage.ts';
import { listAt, numberAt, textAt } from './json.ts';

/** Token counts are whole and never negative, whatever comes. */
function tokensAt(value: unknown, name: string): number {
  return Math.max(0, Math.round(numberAt(value, name) ?? 0));
}

/**
 * Converse's `usage`. `inputTokens` leaves cached tokens out; for some models AWS counts them in, which shows in a total
 * that is not the sum of its parts: the parts are then made to fit. Cache writes are split by `cacheDetails` where their
 * sum agrees, and count as 5-minute writes otherwise (CONTRACTS §7).
 */
export function decodeUsage(raw: unknown, tier: string | undefined): Usage {
  const read = tokensAt(raw, 'cacheReadInputTokens');
  const written = tokensAt(raw, 'cacheWriteInputTokens');
  const output = tokensAt(raw, 'outputTokens');
  const told = tokensAt(raw, 'inputTokens');
  const total = numberAt(raw, 'totalTokens');
  const countsCached = total !== undefined && total !== told + read + written + output && told >= read + written;
  const writtenFor1h = hourlyWrites(raw, written);
  return {
    inputTokens: countsCached ? told - read - written : told,
    cacheReadTokens: read,
    cacheWrite5mTokens: written - writtenFor1h,
    cacheWrite1hTokens: writtenFor1h,
    outputTokens: output,
    reasoningTokens: undefined,
    tier,
    raw,
  };
}

function hourlyWrites(raw: unknown, written: number): number {
  const details = listAt(raw, 'cacheDetails');
  const sumOf = (entries: readonly unknown[]) =>
    entries.reduce<number>((sum, each) => sum + tokensAt(each, 'inputTokens'), 0);
  if (sumOf(details) !== written) return 0;
  return sumOf(details.filter((entry) => textAt(entry, 'ttl') === '1h'));
}

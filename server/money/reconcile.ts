import type { Reconciliation, UsageRangeQuery } from '../../shared/api/usage-books.ts';
import { dayOf } from '../../shared/period.ts';
import type { BedrockTokens } from '../aws/bedrock-tokens.ts';
import type { Clock } from '../clock.ts';
import { GatewayError, invalidRequest } from '../errors.ts';
import { type Logger, reasonOf } from '../observe/logger.ts';
import { emptySum, type Sum } from './report-cells.ts';
import { rangeOf } from './report-range.ts';

/** CloudWatch keeps sums of an hour and more for so long. */
const keptDays = 455;

export interface ReconcileOptions {
  /** Absent where Bedrock is a stand-in, which tells CloudWatch nothing. */
  readonly bedrockTokens: ((from: string, to: string) => Promise<BedrockTokens>) | undefined;
  /** The ledger's sums of calls to Bedrock by the id that was sent. */
  readonly sumsByTarget: (range: { from: string; to: string }) => Promise<ReadonlyMap<string, Sum>>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The ledger's tokens beside those that Bedrock counted, by model id.
 * @throws GatewayError 400 where there is no CloudWatch, or not so far back; 503 `days_open`; 502 when CloudWatch fails
 */
export function createReconcile(options: ReconcileOptions): (query: UsageRangeQuery) => Promise<Reconciliation> {
  const { bedrockTokens, sumsByTarget, clock, logger } = options;
  return async (query) => {
    if (!bedrockTokens) {
      const message =
        'Bedrock is simulated here and tells CloudWatch nothing. Ask a gateway on AWS, or start this one with `--bedrock aws`.';
      throw invalidRequest(message, undefined, 'no_cloudwatch');
    }
    const { from, to } = rangeOf(query, clock.now());
    const earliest = dayOf(clock.now() - keptDays * 86_400_000);
    if (from < earliest)
      throw invalidRequest(`from: CloudWatch keeps ${keptDays} days; set ${earliest} or later.`, 'from');
    const [ours, theirs] = await Promise.all([sumsByTarget({ from, to }), ask(() => bedrockTokens(from, to), logger)]);
    const ids = new Set([...ours.keys(), ...theirs.input.keys(), ...theirs.output.keys()]);
    const data = [...ids].toSorted().map((id) => {
      const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = ours.get(id) ?? emptySum();
      const cloudwatch = { input_tokens: theirs.input.get(id) ?? 0, output_tokens: theirs.output.get(id) ?? 0 };
      return {
        model_id: id,
        ledger: {
          input_tokens: inputTokens,
          output_tokens: outputTokens,
          cache_read_tokens: cacheReadTokens,
          cache_write_tokens: cacheWriteTokens,
        },
        cloudwatch,
        input_drift: driftOf(inputTokens, cloudwatch.input_tokens),
        output_drift: driftOf(outputTokens, cloudwatch.output_tokens),
      };
    });
    return { from, to, data };
  };
}

function driftOf(ours: number, theirs: number): number | null {
  if (theirs === 0) return ours === 0 ? 0 : null;
  return (ours - theirs) / theirs;
}

async function ask<T>(work: () => Promise<T>, logger: Logger): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    logger.error('cloudwatch_failed', { cause: reasonOf(cause) });
    throw new GatewayError({
      status: 502,
      type: 'server_error',
      code: 'upstream_error',
      message: 'CloudWatch did not answer with figures; the log says why (cloudwatch_failed). Ask again later.',
      cause,
    });
  }
}

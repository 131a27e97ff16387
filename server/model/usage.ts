/**
 * The one canonical usage record. Parts never overlap: the whole prompt is `inputTokens + cacheReadTokens +
 * cacheWrite5mTokens + cacheWrite1hTokens`; `reasoningTokens` is a share of `outputTokens`.
 */
export interface Usage {
  /** Prompt tokens that neither came from a cache nor were written to one. */
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly outputTokens: number;
  /** Only when the provider says so; never guessed. */
  readonly reasoningTokens: number | undefined;
  /** The service tier the provider says it used, or `optimizedTier`; decides the price. */
  readonly tier: string | undefined;
  /** The provider's own words, kept for the ledger's reader. */
  readonly raw: unknown;
}

/**
 * Where a tier stands: the latency was optimized. AWS bills that at rates of its own, and where it answers with standard
 * latency after all, at standard ones (https://docs.aws.amazon.com/bedrock/latest/userguide/latency-optimized-inference.html).
 */
export const optimizedTier = 'optimized';

/** A call that used nothing, for failures before the provider counted. */
export const noUsage: Usage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: undefined,
  tier: undefined,
  raw: undefined,
};

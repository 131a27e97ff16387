import type { ResponseObject, ResponseUsage } from '../../../shared/openai/responses-answer.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import type { Usage } from '../../model/usage.ts';

/**
 * OpenAI counts everything of the prompt in `input_tokens`, cached or not. Its schema wants the reasoning tokens, so they
 * are 0 where the provider does not tell them. `costUsd` is our extension.
 */
export function toResponseUsage(usage: Usage, costUsd: string | null): ResponseUsage {
  const written = usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  const input = usage.inputTokens + usage.cacheReadTokens + written;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.cacheReadTokens, cache_write_tokens: written },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: input + usage.outputTokens,
    cost_usd: costUsd,
  };
}

/** What cut the answer short; null for an answer the model ended itself. */
export function toIncompleteDetails(reason: FinishReason): ResponseObject['incomplete_details'] {
  switch (reason) {
    case 'length':
    case 'context-window':
      return { reason: 'max_output_tokens' };
    case 'content-filter':
      return { reason: 'content_filter' };
    default:
      return null;
  }
}

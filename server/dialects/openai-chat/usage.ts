import type { ChatCompletion, ChatFinishReason, ChatUsage } from '../../../shared/openai/chat.ts';
import type { CompletionFinishReason } from '../../../shared/openai/completions.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import type { Usage } from '../../model/usage.ts';
import type { AnswerForms } from '../decode-tools.ts';

/** OpenAI counts everything of the prompt in `prompt_tokens`, cached or not. `costUsd` is our extension. */
export function toChatUsage(usage: Usage, costUsd: string | null): ChatUsage {
  const written = usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  const prompt = usage.inputTokens + usage.cacheReadTokens + written;
  return {
    prompt_tokens: prompt,
    completion_tokens: usage.outputTokens,
    total_tokens: prompt + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: usage.cacheReadTokens, cache_write_tokens: written },
    ...(usage.reasoningTokens === undefined
      ? {}
      : { completion_tokens_details: { reasoning_tokens: usage.reasoningTokens } }),
    cost_usd: costUsd,
  };
}

/**
 * The word for why it stopped. Models sometimes say that they stopped for a tool without calling one, or the other way
 * round; what came decides.
 */
export function toChatFinishReason(reason: FinishReason, hasToolCalls: boolean, forms: AnswerForms): ChatFinishReason {
  const ofText = toTextFinishReason(reason);
  if (ofText !== 'stop' || !hasToolCalls) return ofText;
  return forms.isLegacy ? 'function_call' : 'tool_calls';
}

/** The word for why a text stopped. */
export function toTextFinishReason(reason: FinishReason): CompletionFinishReason {
  switch (reason) {
    case 'length':
    case 'context-window':
      return 'length';
    case 'content-filter':
      return 'content_filter';
    default:
      return 'stop';
  }
}

const tiers = ['default', 'flex', 'priority'] as const;

/** The tier the provider says it used, where OpenAI has a word for it. */
export function toChatTier({ tier }: Usage): ChatCompletion['service_tier'] {
  return tiers.find((each) => each === tier);
}

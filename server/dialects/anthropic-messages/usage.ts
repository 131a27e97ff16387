import type { MessagesUsage, StopReason } from '../../../shared/anthropic/messages.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import type { Usage } from '../../model/usage.ts';

/** Anthropic counts cached tokens beside `input_tokens`, never in it. `costUsd` is our extension. */
export function toMessagesUsage(usage: Usage, costUsd: string | null): MessagesUsage {
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite5mTokens,
      ephemeral_1h_input_tokens: usage.cacheWrite1hTokens,
    },
    output_tokens: usage.outputTokens,
    service_tier: toServiceTier(usage.tier),
    cost_usd: costUsd,
  };
}

/** Anthropic's words are standard, priority and batch; another provider's word is kept. */
function toServiceTier(tier: string | undefined): string {
  return tier === undefined || tier === 'default' ? 'standard' : tier;
}

/**
 * The word for why it stopped. Models sometimes say that they stopped for a tool without calling one, or the other way
 * round; what came decides.
 */
export function toStopReason(reason: FinishReason, hasToolUse: boolean): StopReason {
  switch (reason) {
    case 'length':
      return 'max_tokens';
    case 'context-window':
      return 'model_context_window_exceeded';
    case 'content-filter':
      return 'refusal';
    case 'stop-sequence':
      return hasToolUse ? 'tool_use' : 'stop_sequence';
    default:
      return hasToolUse ? 'tool_use' : 'end_turn';
  }
}

import type { MessagesAnswer, MessagesUsage, StopReason } from '../../../shared/anthropic/messages.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import { optimizedTier, type Usage } from '../../model/usage.ts';

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
    output_tokens_details: usage.reasoningTokens === undefined ? null : { thinking_tokens: usage.reasoningTokens },
    server_tool_use: null,
    service_tier: toServiceTier(usage.tier),
    inference_geo: null,
    speed: null,
    cost_usd: costUsd,
  };
}

/** Anthropic's words are standard, priority and batch; another provider's word is kept, but for what is no service tier. */
function toServiceTier(tier: string | undefined): string {
  return tier === undefined || tier === 'default' || tier === optimizedTier ? 'standard' : tier;
}

/** What is known of an answer at its end only. */
export type Stop = Pick<MessagesAnswer, 'stop_reason' | 'stop_sequence' | 'stop_details' | 'container'>;

export const notStopped: Stop = { stop_reason: null, stop_sequence: null, stop_details: null, container: null };

/** Why it stopped. `stopSequence`: which of the caller's, where the provider says so. */
export function toStop(reason: FinishReason, hasToolUse: boolean, stopSequence: string | undefined): Stop {
  const why = toStopReason(reason, hasToolUse);
  return {
    stop_reason: why,
    stop_sequence: why === 'stop_sequence' ? (stopSequence ?? null) : null,
    stop_details: why === 'refusal' ? { type: 'refusal', category: null, explanation: null } : null,
    container: null,
  };
}

/**
 * The word for why it stopped. Models sometimes say that they stopped for a tool without calling one, or the other way
 * round; what came decides.
 */
function toStopReason(reason: FinishReason, hasToolUse: boolean): StopReason {
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

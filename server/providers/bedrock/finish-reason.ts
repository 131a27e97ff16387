import { GatewayError } from '../../errors.ts';
import type { FinishReason } from '../../model/finish-reason.ts';

/**
 * Converse's stopReason in the waist's words.
 * @throws GatewayError 502 where the model wrote what nobody can use
 */
export function toFinishReason(stopReason: string): FinishReason {
  switch (stopReason) {
    case 'end_turn':
      return 'stop';
    case 'stop_sequence':
      return 'stop-sequence';
    case 'tool_use':
      return 'tool-calls';
    case 'max_tokens':
      return 'length';
    case 'model_context_window_exceeded':
      return 'context-window';
    case 'content_filtered':
    case 'guardrail_intervened':
      return 'content-filter';
    case 'malformed_tool_use':
    case 'malformed_model_output':
      throw new GatewayError({
        status: 502,
        type: 'server_error',
        code: 'upstream_malformed_output',
        message: 'The model wrote an answer that cannot be read. Send the request again.',
      });
    default:
      return 'unknown';
  }
}

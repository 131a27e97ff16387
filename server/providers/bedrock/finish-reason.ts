import { GatewayError } from '../../errors.ts';
import type { FinishReason } from '../../model/finish-reason.ts';
import { objectAt, textAt } from './json.ts';

/** Converse's stopReason, or Claude's stop_reason, in the waist's words. */
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
    case 'refusal':
      return 'content-filter';
    default:
      return 'unknown';
  }
}

/** Where Claude says which of the stop sequences it wrote. Asked for in additionalModelResponseFieldPaths. */
export const stopSequencePath = '/stop_sequence';

/** That sequence, from the `additionalModelResponseFields` of an answer or a messageStop. */
export function stopSequenceOf(holder: unknown): { readonly stopSequence?: string } {
  const stopSequence = textAt(objectAt(holder, 'additionalModelResponseFields'), 'stop_sequence');
  return stopSequence === undefined ? {} : { stopSequence };
}

/**
 * The error of an answer that ended in what nobody can use, or undefined. It is thrown once the usage is known: AWS bills
 * such an answer too.
 */
export function findOutputFault(stopReason: string): GatewayError | undefined {
  if (stopReason !== 'malformed_tool_use' && stopReason !== 'malformed_model_output') return undefined;
  return new GatewayError({
    status: 502,
    type: 'server_error',
    code: 'upstream_malformed_output',
    message: 'The model wrote an answer that cannot be read. Send the request again.',
  });
}

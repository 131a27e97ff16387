import type { ErrorCode } from '../error-codes.ts';
import { header } from '../http.ts';
import type { ModelRequest } from '../model/request.ts';
import type { AuthenticatedCall } from '../route.ts';

// What the routes share that ask a model, whatever their dialect.

/** What may go wrong with any call of a model. */
export const inferenceErrors: readonly ErrorCode[] = [
  'invalid_request',
  'unsupported_content',
  'context_length_exceeded',
  'insufficient_scope',
  'model_not_allowed',
  'model_not_found',
  'duplicate_request',
  'rate_limit_exceeded',
  'concurrency_limit',
  'upstream_quota_exceeded',
  'gateway_misconfigured',
  'upstream_error',
  'model_error',
  'upstream_stream_error',
  'upstream_malformed_output',
  'upstream_truncated',
  'provider_access_denied',
  'auth_unavailable',
  'budget_unavailable',
  'root_secret_mismatch',
  'upstream_unavailable',
  'upstream_timeout',
];

/**
 * Who places cache points: a caller may turn caching off for one call; an operator turns off only what the gateway would
 * do by itself, for a client that marks its prompt knows what it wants.
 */
export function cachePolicyOf(
  { context, request }: AuthenticatedCall,
  asked: ModelRequest['cache'],
): ModelRequest['cache'] {
  if (header(request, 'x-pennyworth-cache') === 'off') return 'off';
  return context.settings.config.prompt_cache === 'off' ? 'explicit' : asked;
}

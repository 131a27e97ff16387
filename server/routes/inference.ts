import {
  createReasoningSeal,
  hasSealedThoughts,
  openSealedThoughts,
  type ReasoningSeal,
} from '../dialects/openai-responses/sealed-reasoning.ts';
import type { ErrorCode } from '../error-codes.ts';
import { header } from '../http.ts';
import type { Message, ModelRequest } from '../model/request.ts';
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
  'idempotency_in_progress',
  'idempotency_not_replayable',
  'idempotency_key_reused',
  'insufficient_quota',
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
  'storage_unavailable',
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

/** What a model thinks is sealed for the caller and for that model, which has many names. */
export async function reasoningSealOf({ context, identity }: AuthenticatedCall, named: string): Promise<ReasoningSeal> {
  const { sealingKey } = await context.rootSecret.keys();
  const model = context.catalogue.find(named)?.model.id ?? named;
  return createReasoningSeal(sealingKey, { owner: identity.person.username, model });
}

/** The conversation, with what Responses sealed of it opened: it may have begun there. */
export async function openThoughts(
  call: AuthenticatedCall,
  { model, messages }: Pick<ModelRequest, 'model' | 'messages'>,
): Promise<readonly Message[]> {
  if (!hasSealedThoughts(messages)) return messages;
  const { unseal } = await reasoningSealOf(call, model);
  return openSealedThoughts(messages, unseal);
}

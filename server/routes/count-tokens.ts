import { CountTokensAnswer, CountTokensRequest } from '../../shared/anthropic/messages.ts';
import { inferenceRoute } from '../route.ts';

/** Nothing is spent and no model is asked: it needs no money, and is no row of the ledger. */
export const countTokens = inferenceRoute({
  method: 'POST',
  path: '/v1/messages/count_tokens',
  summary: 'The length of a prompt in tokens, counted by the provider or estimated',
  access: 'inference',
  dialect: 'anthropic',
  body: CountTokensRequest,
  response: { status: 200, schema: CountTokensAnswer, streams: false },
  errors: [
    'invalid_request',
    'unsupported_content',
    'insufficient_scope',
    'model_not_allowed',
    'model_not_found',
    'auth_unavailable',
    'root_secret_mismatch',
  ],
  handle: async (call) => (await import('./run-count-tokens.ts')).runCountTokens(call),
});

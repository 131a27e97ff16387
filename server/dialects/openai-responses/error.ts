import { isObject } from '../json-object.ts';

/**
 * The words for a failed Response: those of OpenAI's schema that a gateway has a use for, and two more that OpenAI sends
 * and Codex reads (a full context, a used-up budget).
 */
const words: readonly string[] = [
  'server_error',
  'rate_limit_exceeded',
  'invalid_prompt',
  'context_length_exceeded',
  'insufficient_quota',
];

/**
 * The `error` of a failed Response out of OpenAI's error body. A code of our own is told by kind, since clients decide by
 * the word whether to try again: the request's fault is `invalid_prompt`, all else `server_error`.
 */
export function toResponseError(body: object): { readonly code: string; readonly message: string } {
  const error = 'error' in body && isObject(body.error) ? body.error : {};
  const { code, type, message } = error;
  const own = words.find((word) => word === code);
  return {
    code: own ?? (type === 'invalid_request_error' ? 'invalid_prompt' : 'server_error'),
    message: typeof message === 'string' ? message : 'The answer broke off.',
  };
}

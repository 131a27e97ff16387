import { GatewayError } from '../errors.ts';

// Providers, and the readers that dialects share, call the conversation `messages`. Each route's caller is told of it by
// the name it has there.

/** As (the start of) a path, not as a word of a sentence. */
const waistField = /\bmessages(?=:|\[|\.\w|$)/g;

/** A field's path, or a text with such paths, in the words of a route. */
export function inWordsOf(field: string, text: string): string {
  return field === 'messages' ? text : text.replaceAll(waistField, field);
}

/** The same error in the words of a route, if it is about a field of the request; any other as it is. */
export function errorInWordsOf(field: string, error: unknown): unknown {
  if (field === 'messages' || !(error instanceof GatewayError) || error.param === undefined) return error;
  const { status, type, code, retryAfterSeconds, shouldRetry, headers } = error;
  const message = inWordsOf(field, error.message);
  const param = inWordsOf(field, error.param);
  return new GatewayError({
    status,
    type,
    code,
    message,
    param,
    retryAfterSeconds,
    shouldRetry,
    headers,
    cause: error,
  });
}

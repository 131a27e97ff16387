import { GatewayError } from '../errors.ts';
import { NotKeptError } from '../providers/provider.ts';

// Providers, and the readers that dialects share, name fields as OpenAI's chat does. Each route's caller is told of them
// by the names they have there.

/** What a field is called in a route's own dialect. */
export type NameField = (field: string) => string;

/** For a dialect that calls everything as OpenAI's chat does. */
export const asIs: NameField = (field) => field;

/** For a dialect whose requests call the conversation something else than `messages`. */
export function conversationNamed(name: string): NameField {
  return (field) => field.replace(/^messages(?=$|[.[])/, name);
}

/** The same error in the words of a route, if it is about a field of the request; any other as it is. */
export function errorInWordsOf(nameField: NameField, error: unknown): unknown {
  if (!(error instanceof GatewayError) || error.param === undefined) return error;
  if (error instanceof NotKeptError) return new NotKeptError(error.dropped.map(nameField));
  const { param, status, type, code, retryAfterSeconds, shouldRetry, headers } = error;
  const name = nameField(param);
  if (name === param) return error;
  const message = error.message.replace(param, () => name);
  const words = { message, param: name, cause: error };
  return new GatewayError({ status, type, code, retryAfterSeconds, shouldRetry, headers, ...words });
}

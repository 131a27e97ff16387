import type { GatewayError } from './errors.ts';

/** The shapes errors are told in: /v1/messages speaks Anthropic's, /mcp JSON-RPC's, everything else OpenAI's. */
export type ErrorDialect = 'openai' | 'anthropic' | 'mcp';

/** Anthropic's word for a status; where its list has none, the nearest (data of @anthropic-ai/sdk 1.11.0). */
function anthropicType(status: number): string {
  const words: Readonly<Record<number, string>> = {
    401: 'authentication_error',
    402: 'billing_error',
    403: 'permission_error',
    404: 'not_found_error',
    409: 'conflict_error',
    413: 'request_too_large',
    408: 'timeout_error',
    429: 'rate_limit_error',
    503: 'overloaded_error',
    504: 'timeout_error',
    529: 'overloaded_error',
  };
  return words[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}

/** Claude Code shortens the conversation when it reads these words at the start, and the figures that may follow them. */
function tooLong(message: string): string {
  const words = 'prompt is too long';
  const at = message.lastIndexOf(words);
  return at < 0 ? `${words}: ${message}` : message.slice(at);
}

/** The body that tells `error` in the caller's dialect. */
export function toErrorBody(error: GatewayError, dialect: ErrorDialect, requestId: string): object {
  if (dialect === 'anthropic') {
    const message = error.code === 'context_length_exceeded' ? tooLong(error.message) : error.message;
    return { type: 'error', error: { type: anthropicType(error.status), message }, request_id: requestId };
  }
  if (dialect === 'mcp') return { jsonrpc: '2.0', id: null, error: toJsonRpcError(error, requestId) };
  return { error: { message: error.message, type: error.type, param: error.param ?? null, code: error.code } };
}

/** Our own words travel as `data`: JSON-RPC has numbers only, and keeps -32000 and below for servers. */
function toJsonRpcError({ status, message, type, param, code }: GatewayError, requestId: string): object {
  const number = code === 'invalid_json' ? -32700 : status === 400 ? -32600 : -32000;
  return { code: number, message, data: { type, param: param ?? null, code, request_id: requestId } };
}

/** The headers that travel with it: when to try again, and whether to. */
export function toErrorHeaders(error: GatewayError): Record<string, string> {
  const headers: Record<string, string> = { ...error.headers };
  if (error.retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.ceil(error.retryAfterSeconds));
  // Claude Code 2.1 asks again after a 401 (7 times in 45 s, and no end yet), unless it is told not to.
  const shouldRetry = error.shouldRetry ?? (error.status === 401 ? false : undefined);
  if (shouldRetry !== undefined) headers['x-should-retry'] = String(shouldRetry);
  return headers;
}

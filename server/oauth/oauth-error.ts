import type { HttpResponse } from '../http.ts';
import { json } from '../route.ts';

/** Words of RFC 6749 §4.1.2.1 and §5.2, RFC 7009 §2.2.1, RFC 7591 §3.2.2 and RFC 8707 §2. */
export type OAuthErrorCode =
  | 'access_denied'
  | 'invalid_client'
  | 'invalid_client_metadata'
  | 'invalid_grant'
  | 'invalid_redirect_uri'
  | 'invalid_request'
  | 'invalid_scope'
  | 'invalid_target'
  | 'server_error'
  | 'temporarily_unavailable'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'unsupported_token_type';

/** What an OAuth client is told. `message` is ASCII without quotes and backslashes, as RFC 6749 §5.2 wants it. */
export class OAuthError extends Error {
  readonly code: OAuthErrorCode;
  readonly status: number;

  constructor(code: OAuthErrorCode, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Nothing of what these endpoints say may be kept by anybody in between (RFC 6749 §5.1). */
export function oauthJson(status: number, body: object): HttpResponse {
  return json(status, body, { 'cache-control': 'no-store', pragma: 'no-cache' });
}

/** Answers what `work` throws as OAuth has it; anything but an OAuthError is left to the app. */
export async function answerOAuth(work: () => Promise<HttpResponse>): Promise<HttpResponse> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return oauthJson(error.status, { error: error.code, error_description: error.message });
  }
}

/** `error.type` of OpenAI's error body; on Anthropic routes it is mapped to that dialect's word. */
export type ErrorType =
  | 'invalid_request_error'
  | 'permission_error'
  | 'insufficient_quota'
  | 'rate_limit_error'
  | 'conflict_error'
  | 'server_error';

/** Whose credential a 401 refuses, where that is known: for the trail of changes, never for the caller. */
export interface KnownCredential {
  readonly username: string;
  /** null: an access token. */
  readonly keyId: string | null;
  readonly reason: 'key_revoked' | 'key_expired' | 'person_disabled';
}

export interface GatewayErrorOptions {
  readonly status: number;
  readonly type: ErrorType;
  /** Stable snake_case word for programs. */
  readonly code: string;
  /** What happened, to whom, and the next step; never a secret, ARN or account id. */
  readonly message: string;
  /** The field at fault, as a path like `messages[2].content`. */
  readonly param?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  /** Told to the SDKs as `x-should-retry`, where it differs from what they would do by status. */
  readonly shouldRetry?: boolean | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly known?: KnownCredential | undefined;
  readonly cause?: unknown;
}

/** Every failure a caller is told of. One place (error-body.ts) turns it into the caller's dialect. */
export class GatewayError extends Error {
  override readonly name: string = 'GatewayError';
  readonly status: number;
  readonly type: ErrorType;
  readonly code: string;
  readonly param: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly shouldRetry: boolean | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly known: KnownCredential | undefined;

  constructor(options: GatewayErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = options.status;
    this.type = options.type;
    this.code = options.code;
    this.param = options.param;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.shouldRetry = options.shouldRetry;
    this.headers = options.headers ?? {};
    this.known = options.known;
  }
}

/** 400: the request is wrong in `param`. */
export function invalidRequest(message: string, param?: string, code = 'invalid_request'): GatewayError {
  return new GatewayError({ status: 400, type: 'invalid_request_error', code, message, param });
}

/** 401, the same words for an unknown, malformed and foreign credential, so that nothing can be probed. */
export function invalidApiKey(known?: KnownCredential): GatewayError {
  return new GatewayError({
    status: 401,
    type: 'invalid_request_error',
    code: 'invalid_api_key',
    message: 'The API key or access token is not valid. Create a key with `pennyworth keys create <name>`.',
    headers: { 'www-authenticate': 'Bearer' },
    known,
  });
}

/** 404 for an unknown thing and for another person's thing alike. */
export function notFound(what: string): GatewayError {
  return new GatewayError({
    status: 404,
    type: 'invalid_request_error',
    code: 'not_found',
    message: `There is no ${what}.`,
  });
}

/** 403 with one of the stable words of CONTRACTS §4. */
export function forbidden(
  code: 'insufficient_scope' | 'model_not_allowed' | 'mfa_required' | 'forbidden',
  message: string,
  param?: string,
): GatewayError {
  return new GatewayError({ status: 403, type: 'permission_error', code, message, param });
}

/** 409 with a stable word: what is asked for does not go with what is there. */
export function conflict(code: string, message: string, retryAfterSeconds?: number): GatewayError {
  return new GatewayError({ status: 409, type: 'conflict_error', code, message, retryAfterSeconds });
}

/** 503 for a part of our own that does not answer; the caller may simply try again. */
export function unavailable(code: string, message: string, retryAfterSeconds = 2, cause?: unknown): GatewayError {
  return new GatewayError({ status: 503, type: 'server_error', code, message, retryAfterSeconds, cause });
}

/** The upstream stream ended before both its finish and its usage had come. Never passed off as a short answer. */
export class TruncatedStreamError extends GatewayError {
  override readonly name = 'TruncatedStreamError';
  constructor(provider: string, cause?: unknown) {
    super({
      status: 502,
      type: 'server_error',
      code: 'upstream_truncated',
      message: `The answer from ${provider} broke off before its end. Send the request again.`,
      cause,
    });
  }
}

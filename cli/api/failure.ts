import { JsonRpcErrorBody } from '../../shared/api/mcp.ts';
import { ErrorBody } from '../../shared/api/shapes.ts';
import { isLoopback } from '../config/gateway-url.ts';
import { AuthError, CliError, NotFoundError, RefusedError, UpstreamError, UsageError } from '../errors.ts';
import { readText } from './read-text.ts';

/** A refusal's facts in the words of the gateway. */
interface Refusal {
  readonly message: string;
  readonly code: string | undefined;
  readonly status: number;
  readonly requestId: string | undefined;
  readonly retryAfter: string | null;
  readonly credential: 'session' | 'key' | undefined;
}

const hintsByCode: Record<string, string> = {
  model_not_found: 'pennyworth models list',
  model_not_allowed: 'pennyworth models list',
  insufficient_quota: 'pennyworth usage',
  key_limit: 'pennyworth keys list, then revoke one you no longer need',
  key_not_active: 'pennyworth keys create <name>',
  key_rotated: 'use the key that the message names',
  key_update_in_progress: 'another change of the same person’s keys is running; try again',
  update_in_progress: 'another change of the same things is running; try again',
  idempotency_in_progress: 'the same request is running; try again in a moment',
  idempotency_key_reused: 'choose another --idempotency-key, or leave it out',
  pepper_mismatch: 'export from a gateway with the same root secret, or restore that secret here',
  import_conflict: 'look at it first: --dry-run; leave such rows out: --on-conflict skip',
  email_taken: 'see who has it: pennyworth users show <e-mail>',
  last_admin: 'make another person an admin first: pennyworth users groups add <user> admin',
  not_invited: 'for a lost authenticator app: pennyworth users reset-mfa <user>',
  invitation_not_sent: 'without an e-mail: --no-invite prints a temporary password',
  role_group: 'admin and auditor are roles: only their members change',
  not_available_yet: 'leave that limit out',
  insufficient_scope: 'use a key with that scope, or sign in: pennyworth login',
  mfa_required: 'set up a second factor: pennyworth mfa enroll (it is accepted within a minute)',
};

function hintOf({ code, status, retryAfter, credential }: Refusal): string {
  if (status === 401) {
    return credential === 'key' ? 'check PENNYWORTH_API_KEY, or unset it and run pennyworth login' : 'pennyworth login';
  }
  const byCode = code !== undefined && Object.hasOwn(hintsByCode, code) ? hintsByCode[code] : undefined;
  if (byCode !== undefined) return byCode;
  if (status === 429) return retryAfter === null ? 'try again later' : `try again in ${retryAfter} s`;
  if (status === 403) return 'ask your administrator';
  if (status === 404) return 'check the name, or list what is there';
  if (status < 500) return 'change what you asked for and try again';
  return 'try again; tell the operator the request id if it stays so';
}

function toError(refusal: Refusal): CliError {
  const { message, status, requestId, code } = refusal;
  const request = requestId === undefined ? '' : ` (request ${requestId})`;
  const facts = {
    hint: hintOf(refusal),
    detail: `The gateway answered ${status}${request}.`,
    status,
    requestId,
    ...(code === undefined ? {} : { code }),
  };
  if (status === 401) return new AuthError(message, facts);
  if (status === 402 || status === 403 || status === 409 || status === 429) return new RefusedError(message, facts);
  if (status === 404) return new NotFoundError(message, facts);
  if ([400, 413, 415, 422].includes(status)) return new UsageError(message, facts);
  return new UpstreamError(message, facts);
}

/** An answer that is no success, as the error that the command ends with. */
export async function toAnswerError(response: Response, credential: 'session' | 'key' | undefined): Promise<CliError> {
  const text = await readText(response);
  const { message, code } = errorIn(text, response.status);
  return toError({
    message,
    code,
    status: response.status,
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfter: response.headers.get('retry-after'),
    credential,
  });
}

function errorIn(text: string, status: number): { message: string; code: string | undefined } {
  try {
    const parsed: unknown = JSON.parse(text);
    const rpc = JsonRpcErrorBody.safeParse(parsed);
    if (rpc.success) return { message: rpc.data.error.message, code: rpc.data.error.data?.code };
    const body = ErrorBody.safeParse(parsed);
    if (body.success) return { message: body.data.error.message, code: body.data.error.code ?? undefined };
  } catch {
    // Not JSON: a proxy or load balancer in between, or no gateway at all.
  }
  if (status >= 300 && status < 400)
    return { message: 'the gateway sends elsewhere, which it never should', code: undefined };
  return { message: `the gateway failed without saying why`, code: undefined };
}

/** An error that came inside of an answer which had begun as a success. */
export function toStreamError(message: string, code: string | null | undefined): CliError {
  const facts = { hint: 'what came until then is complete as far as it goes; try again', code: code ?? 'upstream' };
  return code === 'insufficient_quota' || code === 'rate_limit_exceeded'
    ? new RefusedError(message, facts)
    : new UpstreamError(message, facts);
}

const networkFaults: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name cannot be looked up now',
  ECONNRESET: 'the connection broke',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_SOCKET: 'the connection broke',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

/** fetch wraps what really happened in an error that says nothing. */
function rootCause(error: Error): Error {
  const cause = error instanceof AggregateError ? error.errors[0] : error.cause;
  return cause instanceof Error ? rootCause(cause) : error;
}

/** A request that got no whole answer. Errors that already say what happened stay as they are. */
export function toNetworkError(error: unknown, url: string, timeoutMs: number): unknown {
  if (error instanceof CliError || !(error instanceof Error) || error.name === 'AbortError') return error;
  if (error.name === 'TimeoutError') {
    return new UpstreamError(`${url} did not answer within ${timeoutMs / 1000} s`, {
      hint: 'try again, with --timeout for more time',
      code: 'timeout',
      cause: error,
    });
  }
  const root = rootCause(error);
  const code = 'code' in root && typeof root.code === 'string' ? root.code : '';
  const why = Object.hasOwn(networkFaults, code) ? networkFaults[code] : root.message;
  const local = isLoopback(new URL(url).hostname);
  return new UpstreamError(`${url} cannot be reached: ${why}`, {
    hint: local ? 'start the local gateway: pennyworth dev' : 'check the address and the network',
    code: 'network',
    cause: error,
  });
}

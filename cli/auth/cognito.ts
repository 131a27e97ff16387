import * as z from 'zod/mini';
import { AuthError, ConfigError, RefusedError, UpstreamError } from '../errors.ts';

/** The tokens of a finished sign-in or refresh. */
export interface Tokens {
  readonly accessToken: string;
  readonly idToken: string;
  readonly refreshToken: string;
  readonly expiresInSeconds: number;
}

/** AWS API reference, GetTokensFromRefreshToken: without rotation no new refresh token comes. */
const RefreshAnswer = z.object({
  AuthenticationResult: z.object({
    AccessToken: z.string(),
    IdToken: z.string(),
    RefreshToken: z.optional(z.string()),
    ExpiresIn: z.number(),
  }),
});

const Fault = z.object({ __type: z.optional(z.string()), message: z.optional(z.string()) });

/** Where and as what a session talks to Cognito. */
export interface CognitoClient {
  readonly endpoint: string;
  readonly clientId: string;
  readonly timeoutMs: number;
  readonly trace: (line: string) => void;
}

/** One unauthenticated call. The body of an answer is never part of an error: it may hold tokens. */
async function call(client: CognitoClient, operation: string, body: Record<string, string>): Promise<unknown> {
  client.trace(`> cognito ${operation} ${client.endpoint}`);
  let response: Response;
  let text: string;
  try {
    response = await fetch(client.endpoint, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(client.timeoutMs),
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
      },
      body: JSON.stringify(body),
    });
    text = await response.text();
  } catch (cause) {
    throw unreachable(cause);
  }
  client.trace(`< cognito ${operation} ${response.status}`);
  const answer = parseJson(text);
  if (response.ok) return answer;
  const fault = Fault.safeParse(answer);
  const header = response.headers.get('x-amzn-errortype')?.split(':')[0];
  const name = (fault.data?.__type ?? header ?? '').split('#').pop() ?? '';
  throw toSignInError(name, fault.data?.message ?? `status ${response.status}`);
}

function parseJson(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreachable(cause: unknown): UpstreamError {
  const isSlow = cause instanceof Error && cause.name === 'TimeoutError';
  return new UpstreamError(isSlow ? 'Amazon Cognito did not answer in time' : 'Amazon Cognito cannot be reached', {
    hint: 'check the network, then try again',
    code: isSlow ? 'timeout' : 'network',
    cause,
  });
}

/** The refusals of Cognito that a person can do something about; AWS API reference, InitiateAuth, "Errors". */
const faults: Record<string, (message: string) => Error> = {
  NotAuthorizedException: (message) => new AuthError(message, { hint: 'pennyworth login', code: 'not_authorized' }),
  UserNotFoundException: () =>
    new AuthError('Incorrect username or password.', { hint: 'pennyworth login', code: 'not_authorized' }),
  RefreshTokenReuseException: () =>
    new AuthError('the session was used elsewhere and has ended', {
      hint: 'pennyworth login',
      code: 'session_expired',
    }),
  PasswordResetRequiredException: () =>
    new AuthError('this password must be reset first', {
      hint: 'ask your administrator to reset it',
      code: 'password_reset_required',
    }),
  UserNotConfirmedException: () =>
    new AuthError('this person is not confirmed yet', { hint: 'ask your administrator', code: 'not_confirmed' }),
  InvalidPasswordException: (message) =>
    new AuthError(message, { hint: 'choose another password and sign in again', code: 'invalid_password' }),
  ResourceNotFoundException: () =>
    new ConfigError('the gateway names a user pool or client that does not exist', {
      hint: 'ask the operator of the gateway',
    }),
  TooManyRequestsException: () =>
    new RefusedError('Cognito takes no more attempts now', { hint: 'wait a minute, then try again' }),
  LimitExceededException: () =>
    new RefusedError('Cognito takes no more attempts now', { hint: 'wait a while, then try again' }),
};

/** A fault of Cognito by its name, as the error a command ends with. */
export function toSignInError(name: string, message: string): Error {
  const make = Object.hasOwn(faults, name) ? faults[name] : undefined;
  if (make) return make(message);
  return new UpstreamError(`Amazon Cognito failed: ${name || 'unknown fault'}: ${message}`, {
    hint: 'try again later',
  });
}

/** Changes a refresh token for new tokens. Where the pool rotates, the old one is worthless from then on. */
export async function refreshTokens(client: CognitoClient, refreshToken: string): Promise<Tokens> {
  const body = { RefreshToken: refreshToken, ClientId: client.clientId };
  const answer = RefreshAnswer.safeParse(await call(client, 'GetTokensFromRefreshToken', body));
  if (!answer.success) throw new UpstreamError('Amazon Cognito gave an answer without tokens', { hint: 'try again' });
  const result = answer.data.AuthenticationResult;
  return {
    accessToken: result.AccessToken,
    idToken: result.IdToken,
    refreshToken: result.RefreshToken ?? refreshToken,
    expiresInSeconds: result.ExpiresIn,
  };
}

/** Ends a session: neither the refresh token nor access tokens made from it are good for Cognito afterwards. */
export async function revokeToken(client: CognitoClient, refreshToken: string): Promise<void> {
  await call(client, 'RevokeToken', { Token: refreshToken, ClientId: client.clientId });
}

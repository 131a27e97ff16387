import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { readText } from '../api/read-text.ts';
import { UpstreamError } from '../errors.ts';
import { toSignInError } from './faults.ts';

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

/**
 * One call that needs no AWS credentials: what it needs is in its body. Neither body is ever part of an error or trace.
 * @throws AuthError, RefusedError, ConfigError or UpstreamError by Cognito's fault; UpstreamError for the network
 */
export async function callCognito(
  client: CognitoClient,
  operation: string,
  body: Readonly<Record<string, unknown>>,
): Promise<unknown> {
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
    text = await readText(response);
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

/** While a session is changed others wait for the lock: one answer of Cognito's, usually 0.2 s, is waited for no longer. */
const refreshWaitMs = 4_000;
const refreshTries = 3;
const pauseMs = 200;

/**
 * Changes a refresh token for new tokens. Where the pool rotates, the old one is worthless from then on, except for its
 * RetryGracePeriodSeconds (10): where the answer was lost, it is asked for again at once.
 * @throws AuthError when the session has ended; UpstreamError when there was no answer in three tries
 */
export async function refreshTokens(client: CognitoClient, refreshToken: string): Promise<Tokens> {
  const patient = { ...client, timeoutMs: Math.min(client.timeoutMs, refreshWaitMs) };
  for (let left = refreshTries - 1; ; left--) {
    try {
      return await refreshOnce(patient, refreshToken);
    } catch (error) {
      if (!(error instanceof UpstreamError) || left === 0) throw error;
      await sleep(pauseMs);
    }
  }
}

async function refreshOnce(client: CognitoClient, refreshToken: string): Promise<Tokens> {
  const body = { RefreshToken: refreshToken, ClientId: client.clientId };
  const answer = RefreshAnswer.safeParse(await callCognito(client, 'GetTokensFromRefreshToken', body));
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
  await callCognito(client, 'RevokeToken', { Token: refreshToken, ClientId: client.clientId });
}

/** Ends every session of the person, on every machine. @throws AuthError when the access token holds no more */
export async function signOutEverywhere(client: CognitoClient, accessToken: string): Promise<void> {
  await callCognito(client, 'GlobalSignOut', { AccessToken: accessToken });
}

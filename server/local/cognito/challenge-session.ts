import type { Challenge, Found, Step } from './challenges.ts';
import { checkSecretHash } from './client-secret.ts';
import { invalidParameter, notAuthorized } from './faults.ts';
import { type Context, getPool } from './operation.ts';
import { type AppClient, type User, userKey } from './state.ts';
import { findUser } from './users.ts';

// The secret that leads from one step of a sign-in to the next: `Session`, and SECRET_BLOCK for the first.

export type ParameterMap = Readonly<Record<string, string>>;

/** @throws AwsFault InvalidParameterException */
export function getParameter(parameters: ParameterMap, name: string): string {
  const value = parameters[name];
  if (value === undefined || value === '') throw invalidParameter(`Missing required parameter ${name}`);
  return value;
}

export function openChallenge(context: Context, client: AppClient, challenge: Challenge): string {
  return context.challenges.open(challenge, client.settings.AuthSessionValidity * 60_000);
}

/** @throws AwsFault NotAuthorizedException */
export function getOpen<Name extends Challenge['name']>(found: Found<Name>): Extract<Challenge, { name: Name }> {
  switch (found.state) {
    case 'open':
      return found.challenge;
    case 'expired':
      throw notAuthorized('Invalid session for the user, session is expired.');
    case 'used':
      throw notAuthorized('Invalid session for the user, session can only be used once.');
    case 'unknown':
      throw notAuthorized('Invalid session for the user.');
  }
}

export type AfterPassword = Exclude<Challenge['name'], 'PASSWORD_VERIFIER'>;

/** What a person's answer to a challenge belongs to. */
export interface Answered<Name extends AfterPassword> {
  readonly session: string;
  readonly challenge: Extract<Challenge, { name: Name }>;
  readonly user: User;
}

/**
 * The challenge that is answered, which stays open until it is used: a wrong answer may be followed by a right one.
 * @throws AwsFault when it is not this person's, of this app client, or no longer open.
 */
export function getAnswered<Name extends AfterPassword>(
  context: Context,
  client: AppClient,
  name: Name,
  session: string | undefined,
  responses: ParameterMap,
): Answered<Name> {
  if (session === undefined) throw invalidParameter('Missing required parameter Session');
  const username = getParameter(responses, 'USERNAME');
  checkSecretHash(client, responses['SECRET_HASH'], [username]);
  const pool = getPool(context, client.poolId);
  const challenge = getOpen(context.challenges.find(name, session));
  const { userKey: key, clientId }: Step<AfterPassword> = challenge;
  const user = context.state.users.get(userKey(pool.id, key));
  if (clientId !== client.id || user === undefined || findUser(context, pool, username) !== user) {
    throw notAuthorized('Invalid session for the user.');
  }
  if (!user.enabled) throw notAuthorized('User is disabled.');
  return { session, challenge, user };
}

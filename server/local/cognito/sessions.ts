import { hash, randomBytes, randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { AwsFault } from '../emulator.ts';
import { checkClientSecret, checkSecretHash } from './client-secret.ts';
import { allowsFlow, lifetimesOf, rotatesRefreshTokens } from './client-settings.ts';
import { invalidParameter, notAuthorized } from './faults.ts';
import { type Context, getClient, type Operation, operation } from './operation.ts';
import { type AppClient, type Grant, type RefreshToken, type Session, type User, userKey } from './state.ts';
import { issueTokens } from './tokens.ts';

/** After every challenge is answered: a new session with its first tokens. The body of AuthenticationResult. */
export function startSession(context: Context, client: AppClient, user: User, grant?: Grant): Record<string, unknown> {
  const now = context.now();
  const id = randomUUID();
  const refresh = createRefreshToken(id);
  const session: Session = {
    id,
    poolId: client.poolId,
    clientId: client.id,
    userKey: user.key,
    signedInAt: now,
    refreshUntil: now + lifetimesOf(client.settings).refreshMs,
    revoked: false,
    grant,
    refreshTokens: [{ digest: digestOf(refresh) }],
  };
  context.state.sessions.put(session);
  return { ...issueTokens(context, client, user, session), RefreshToken: refresh };
}

/** REFRESH_TOKEN_AUTH. @throws AwsFault also where the app client rotates its refresh tokens: see GetTokensFromRefreshToken */
export function refreshByFlow(
  context: Context,
  client: AppClient,
  parameters: Readonly<Record<string, string>>,
): Record<string, unknown> {
  if (rotatesRefreshTokens(client.settings) || !allowsFlow(client.settings, 'ALLOW_REFRESH_TOKEN_AUTH')) {
    throw invalidParameter('Refresh Token flow not enabled for this client');
  }
  const { REFRESH_TOKEN: token } = parameters;
  if (token === undefined) throw invalidParameter('Missing required parameter REFRESH_TOKEN');
  const { session, user } = redeem(context, client, token);
  checkSecretHash(client, parameters['SECRET_HASH'], [user.username, user.attributes['sub'] ?? '']);
  return { ...issueTokens(context, client, user, session) };
}

/** How many of a session's refresh tokens are known by name; an older one is as good as invented. */
const mostRefreshTokens = 20;

const ClientSecret = z.optional(z.string().check(z.minLength(1)));

export const sessionOperations: Readonly<Record<string, Operation>> = {
  GetTokensFromRefreshToken: operation(
    'open',
    'UserAuthentication',
    z.object({ RefreshToken: z.string().check(z.minLength(1)), ClientId: z.string(), ClientSecret }),
    (context, input) => {
      const client = getClient(context, input.ClientId);
      checkClientSecret(client, input.ClientSecret);
      return { AuthenticationResult: refresh(context, client, input.RefreshToken) };
    },
  ),
  RevokeToken: operation(
    'open',
    'UserToken',
    z.object({ Token: z.string().check(z.minLength(1)), ClientId: z.string(), ClientSecret }),
    (context, input) => {
      const client = getClient(context, input.ClientId);
      checkClientSecret(client, input.ClientSecret);
      revoke(context, client, input.Token);
      return {};
    },
  ),
};

/** New tokens, and a new refresh token where the app client rotates them. @throws AwsFault */
export function refresh(context: Context, client: AppClient, token: string): Record<string, unknown> {
  const { session, user, refreshToken } = redeem(context, client, token);
  if (!rotatesRefreshTokens(client.settings)) return { ...issueTokens(context, client, user, session) };
  const next = createRefreshToken(session.id);
  const replacedAt = refreshToken.replacedAt ?? context.now();
  const kept = session.refreshTokens.map((known) =>
    known.digest === refreshToken.digest ? { ...known, replacedAt } : known,
  );
  const rotated = { ...session, refreshTokens: [...kept, { digest: digestOf(next) }].slice(-mostRefreshTokens) };
  context.state.sessions.put(rotated);
  return { ...issueTokens(context, client, user, rotated), RefreshToken: next };
}

/** Ends the session of a refresh token. @throws AwsFault */
export function revoke(context: Context, client: AppClient, token: string): void {
  if (!client.settings.EnableTokenRevocation) {
    throw new AwsFault('UnsupportedOperationException', 'Token revocation is not enabled for this client');
  }
  if (token.split('.').length === 3) {
    throw new AwsFault('UnsupportedTokenTypeException', 'Only refresh tokens can be revoked');
  }
  const found = findSession(context, client, token);
  // An invented token has nothing that could be revoked, which is what the caller wanted (RFC 7009, section 2.2).
  if (found !== undefined) context.state.sessions.put({ ...found.session, revoked: true });
}

interface Redeemed {
  readonly session: Session;
  readonly user: User;
  readonly refreshToken: RefreshToken;
}

/** @throws AwsFault when it is not a good refresh token of this app client. */
function redeem(context: Context, client: AppClient, token: string): Redeemed {
  const found = findSession(context, client, token);
  if (found === undefined) throw notAuthorized('Invalid Refresh Token');
  const { session, refreshToken } = found;
  const user = context.state.users.get(userKey(session.poolId, session.userKey));
  if (user === undefined) throw notAuthorized('Invalid Refresh Token');
  if (!user.enabled) throw notAuthorized('User is disabled.');
  if (session.revoked) throw notAuthorized('Refresh Token has been revoked');
  const now = context.now();
  if (session.refreshUntil <= now) throw notAuthorized('Refresh Token has expired');
  const graceMs = (client.settings.RefreshTokenRotation?.RetryGracePeriodSeconds ?? 0) * 1000;
  if (refreshToken.replacedAt !== undefined && refreshToken.replacedAt + graceMs <= now) {
    throw new AwsFault('RefreshTokenReuseException', 'Refresh Token has been rotated');
  }
  return { session, user, refreshToken };
}

function findSession(
  context: Context,
  client: AppClient,
  token: string,
): { readonly session: Session; readonly refreshToken: RefreshToken } | undefined {
  const session = context.state.sessions.get(token.slice(0, Math.max(0, token.indexOf('.'))));
  const digest = digestOf(token);
  const refreshToken = session?.refreshTokens.find((known) => known.digest === digest);
  if (session === undefined || refreshToken === undefined || session.clientId !== client.id) return undefined;
  return { session, refreshToken };
}

/** Opaque to clients; it leads to its session and is kept only as a digest. */
function createRefreshToken(sessionId: string): string {
  return `${sessionId}.${randomBytes(64).toString('base64url')}`;
}

function digestOf(token: string): string {
  return hash('sha256', token, 'base64url');
}

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
  randomUUID,
  sign,
  verify,
} from 'node:crypto';
import { promisify } from 'node:util';
import * as z from 'zod/mini';
import { readableAttributes } from './attributes.ts';
import { lifetimesOf } from './client-settings.ts';
import { notAuthorized, userNotFound } from './faults.ts';
import type { Context } from './operation.ts';
import { type AppClient, groupKey, type Pool, type Session, type User, userKey } from './state.ts';

const generateKeys = promisify(generateKeyPair);

/** Takes a few hundred ms, so it is done only when a pool is made. */
export async function generatePrivateKey(): Promise<JsonWebKey> {
  const { privateKey } = await generateKeys('rsa', { modulusLength: 2048 });
  return privateKey.export({ format: 'jwk' });
}

/** Signs and checks JSON Web Tokens with the pools' keys. */
export interface TokenSigner {
  issuerOf(poolId: string): string;
  sign(pool: Pool, claims: Readonly<Record<string, unknown>>): string;
  isSigned(pool: Pool, token: string): boolean;
}

/** @param baseUrl Reads the emulator's own address, without a slash at the end. */
export function createTokenSigner(baseUrl: () => string): TokenSigner {
  const keys = new Map<string, { readonly privateKey: KeyObject; readonly publicKey: KeyObject }>();
  const keysOf = (pool: Pool) => {
    let pair = keys.get(pool.keyId);
    if (pair === undefined) {
      const privateKey = createPrivateKey({ key: pool.privateKey, format: 'jwk' });
      pair = { privateKey, publicKey: createPublicKey(privateKey) };
      keys.set(pool.keyId, pair);
    }
    return pair;
  };
  return {
    issuerOf: (poolId) => `${baseUrl()}/${poolId}`,
    sign(pool, claims) {
      const parts = [{ kid: pool.keyId, alg: 'RS256' }, claims].map((part) =>
        Buffer.from(JSON.stringify(part)).toString('base64url'),
      );
      const text = parts.join('.');
      return `${text}.${sign('sha256', Buffer.from(text), keysOf(pool).privateKey).toString('base64url')}`;
    },
    isSigned(pool, token) {
      const end = token.lastIndexOf('.');
      const signature = Buffer.from(token.slice(end + 1), 'base64url');
      return verify('sha256', Buffer.from(token.slice(0, end)), keysOf(pool).publicKey, signature);
    },
  };
}

/** The public half, as `/.well-known/jwks.json` shows it. */
export function toPublicJwk(pool: Pool): Record<string, unknown> {
  const { e, kty, n } = pool.privateKey;
  return { alg: 'RS256', e, kid: pool.keyId, kty, n, use: 'sig' };
}

/** AuthenticationResult without a refresh token. */
export function issueTokens(
  context: Context,
  client: AppClient,
  user: User,
  session: Session,
): Readonly<Record<string, unknown>> {
  const { accessMs, idMs } = lifetimesOf(client.settings);
  const pool = context.state.pools.get(client.poolId);
  if (pool === undefined) throw userNotFound();
  const seconds = Math.floor(context.now() / 1000);
  const groups = groupsOf(context, user);
  const shared = {
    sub: user.attributes['sub'],
    ...(groups.length > 0 && { 'cognito:groups': groups.map((group) => group.name) }),
    iss: context.tokens.issuerOf(pool.id),
    origin_jti: session.id,
    event_id: randomUUID(),
    auth_time: Math.floor(session.signedInAt / 1000),
    iat: seconds,
  };
  return {
    AccessToken: context.tokens.sign(pool, {
      ...shared,
      client_id: client.id,
      token_use: 'access',
      scope: session.grant?.scopes.join(' ') ?? accessScope,
      ...(session.grant?.resource !== undefined && { aud: session.grant.resource }),
      exp: seconds + accessMs / 1000,
      jti: randomUUID(),
      username: user.username,
    }),
    IdToken: context.tokens.sign(pool, {
      ...shared,
      ...roleClaims(groups),
      ...attributeClaims(readableAttributes(client.settings, user.attributes)),
      'cognito:username': user.username,
      aud: client.id,
      token_use: 'id',
      exp: seconds + idMs / 1000,
      jti: randomUUID(),
    }),
    ExpiresIn: accessMs / 1000,
    TokenType: 'Bearer',
  };
}

const accessScope = 'aws.cognito.signin.user.admin';

interface GroupRole {
  readonly name: string;
  readonly roleArn?: string | undefined;
  readonly precedence?: number | undefined;
}

/** Those that count more first: the lower the precedence, the more; none counts least. */
function groupsOf(context: Context, user: User): GroupRole[] {
  const weight = (group: GroupRole) => group.precedence ?? Number.POSITIVE_INFINITY;
  return user.groups
    .map((name) => context.state.groups.get(groupKey(user.poolId, name)))
    .filter((group) => group !== undefined)
    .sort((left, right) => (weight(left) === weight(right) ? 0 : weight(left) - weight(right)));
}

/** `cognito:preferred_role` only where one group with a role counts more than every other. */
function roleClaims(groups: readonly GroupRole[]): Record<string, unknown> {
  const roles = groups.filter((group) => group.roleArn !== undefined);
  const [first, second] = roles;
  if (first === undefined) return {};
  const isPreferred =
    second === undefined || first.precedence !== second.precedence || first.roleArn === second.roleArn;
  return {
    'cognito:roles': [...new Set(roles.map((group) => group.roleArn))],
    ...(isPreferred && { 'cognito:preferred_role': first.roleArn }),
  };
}

function attributeClaims(attributes: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => {
      if (name === 'email_verified' || name === 'phone_number_verified') return [name, value === 'true'];
      if (name === 'address') return [name, { formatted: value }];
      return [name, value];
    }),
  );
}

const AccessClaims = z.object({
  iss: z.string(),
  client_id: z.string(),
  token_use: z.literal('access'),
  scope: z.string(),
  exp: z.number(),
  username: z.string(),
  origin_jti: z.string(),
});

/** Who calls with an access token. */
export interface Caller {
  readonly pool: Pool;
  readonly client: AppClient;
  readonly user: User;
  readonly session: Session;
}

/**
 * The caller of an operation that a person's own access token authorizes.
 * @throws AwsFault NotAuthorizedException when the token is not ours, has expired or was revoked, or the person is disabled.
 */
export function authorizeCaller(context: Context, token: string, use: 'read' | 'write'): Caller {
  const claims = decodeClaims(token);
  const pool = context.state.pools.get(claims.iss.slice(claims.iss.lastIndexOf('/') + 1));
  if (pool === undefined || claims.iss !== context.tokens.issuerOf(pool.id))
    throw notAuthorized('Invalid Access Token');
  if (!context.tokens.isSigned(pool, token)) throw notAuthorized('Could not verify signature for Access Token');
  if (claims.exp * 1000 <= context.now()) throw notAuthorized('Access Token has expired');
  if (!claims.scope.split(' ').includes(accessScope)) {
    throw notAuthorized('Access Token does not have required scopes');
  }
  const session = context.state.sessions.get(claims.origin_jti);
  const user = findUserOf(context, pool, session, claims.username);
  context.throttle.countUser(userKey(pool.id, user.key), use);
  if (!user.enabled) throw notAuthorized('User is disabled.');
  const client = context.state.clients.get(claims.client_id);
  if (session === undefined || session.revoked || client === undefined) {
    throw notAuthorized('Access Token has been revoked');
  }
  return { pool, client, user, session };
}

/** A deleted person's sessions are gone with them; a new person of the same name does not inherit the token. */
function findUserOf(context: Context, pool: Pool, session: Session | undefined, username: string): User {
  if (session !== undefined) {
    const user = context.state.users.get(userKey(pool.id, session.userKey));
    if (user !== undefined) return user;
  }
  for (const user of context.state.users.values()) {
    if (user.poolId === pool.id && user.username === username) return user;
  }
  throw userNotFound();
}

function decodeClaims(token: string): z.infer<typeof AccessClaims> {
  const [header = '', payload = '', signature = '', ...rest] = token.split('.');
  if (signature === '' || rest.length > 0) throw notAuthorized('Invalid Access Token');
  try {
    if (z.parse(z.object({ alg: z.string() }), decodePart(header)).alg !== 'RS256') throw new Error('not RS256');
    return z.parse(AccessClaims, decodePart(payload));
  } catch {
    throw notAuthorized('Invalid Access Token');
  }
}

function decodePart(part: string): unknown {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}

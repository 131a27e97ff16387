import { AwsFault } from '../emulator.ts';
import type { Attributes } from './attributes.ts';
import { toAttributeList } from './attributes.ts';
import { userNotFound } from './faults.ts';
import { type Context, toSeconds } from './operation.ts';
import { hasEmailAlias, isCaseSensitive } from './pool-settings.ts';
import { type Pool, type User, userKey } from './state.ts';

/** A username or e-mail as the pool compares it. */
export function foldName(pool: Pool, name: string): string {
  return isCaseSensitive(pool.settings) ? name : name.toLowerCase();
}

/** By username, or by verified e-mail where that is an alias. */
export function findUser(context: Context, pool: Pool, name: string): User | undefined {
  return context.state.users.get(userKey(pool.id, foldName(pool, name))) ?? findByEmail(context, pool, name);
}

/** @throws AwsFault UserNotFoundException; TooManyRequestsException when this person is asked for too often. */
export function getUser(context: Context, pool: Pool, name: string, use: 'read' | 'write'): User {
  const user = findUser(context, pool, name);
  if (user === undefined) throw userNotFound();
  context.throttle.countUser(userKey(pool.id, user.key), use);
  return user;
}

export function usersOf(context: Context, poolId: string): User[] {
  return [...context.state.users.values()].filter((user) => user.poolId === poolId);
}

export function changeUser(context: Context, user: User, change: Partial<User>): User {
  const next = { ...user, ...change, modifiedAt: context.now() };
  context.state.users.put(next);
  return next;
}

/**
 * Before a person gets a verified e-mail: nobody else of the pool may have it as an alias.
 * @param force Takes it from the other, whose e-mail is then no longer verified.
 * @throws AwsFault AliasExistsException
 */
export function claimAlias(context: Context, pool: Pool, key: string, attributes: Attributes, force: boolean): void {
  const { email = '' } = attributes;
  if (!hasEmailAlias(pool.settings) || attributes['email_verified'] !== 'true' || email === '') return;
  const other = findByEmail(context, pool, email);
  if (other === undefined || other.key === key) return;
  if (!force) throw new AwsFault('AliasExistsException', 'An account with the email already exists.');
  changeUser(context, other, { attributes: { ...other.attributes, email_verified: 'false' } });
}

/** Ends every sign-in of a person: refresh tokens and access tokens. */
export function revokeSessions(context: Context, user: User): void {
  for (const session of sessionsOf(context, user)) {
    if (!session.revoked) context.state.sessions.put({ ...session, revoked: true });
  }
}

export function deleteUser(context: Context, user: User): void {
  for (const session of sessionsOf(context, user)) context.state.sessions.delete(session);
  context.state.users.delete(user);
}

/** As lists show a person; AdminGetUser calls the attributes otherwise. */
export function toUserSummary(user: User, attributes: Attributes = user.attributes): Record<string, unknown> {
  return {
    Username: user.username,
    Attributes: toAttributeList(attributes),
    UserCreateDate: toSeconds(user.createdAt),
    UserLastModifiedDate: toSeconds(user.modifiedAt),
    Enabled: user.enabled,
    UserStatus: user.status,
  };
}

function sessionsOf(context: Context, user: User) {
  return [...context.state.sessions.values()].filter(
    (session) => session.poolId === user.poolId && session.userKey === user.key,
  );
}

function findByEmail(context: Context, pool: Pool, email: string): User | undefined {
  if (!hasEmailAlias(pool.settings) || !email.includes('@')) return undefined;
  const folded = foldName(pool, email);
  return usersOf(context, pool.id).find(
    ({ attributes }) => attributes['email_verified'] === 'true' && foldName(pool, attributes['email'] ?? '') === folded,
  );
}

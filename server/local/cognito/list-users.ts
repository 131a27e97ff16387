import * as z from 'zod/mini';
import { invalidParameter } from './faults.ts';
import { getPool, type Operation, operation } from './operation.ts';
import { pageOf } from './page.ts';
import type { User } from './state.ts';
import { toUserSummary, usersOf } from './users.ts';

const searchable: ReadonlySet<string> = new Set([
  'username',
  'email',
  'phone_number',
  'name',
  'given_name',
  'family_name',
  'preferred_username',
  'cognito:user_status',
  'status',
  'sub',
]);

/** Compared without regard to case in a filter, as "Searching for users by attribute" in the developer guide lists them. */
const caseInsensitive: ReadonlySet<string> = new Set(['cognito:user_status']);

export const listUsers: Operation = operation(
  'signed',
  'UserList',
  z.object({
    UserPoolId: z.string(),
    AttributesToGet: z.optional(z.array(z.string())),
    Limit: z._default(z.int().check(z.gte(0), z.lte(60)), 60),
    PaginationToken: z.optional(z.string().check(z.minLength(1))),
    Filter: z._default(z.string().check(z.maxLength(256)), ''),
  }),
  (context, { UserPoolId, AttributesToGet: names, Limit, PaginationToken, Filter }) => {
    const pool = getPool(context, UserPoolId);
    const isMatch = parseFilter(Filter);
    const found = usersOf(context, pool.id).filter(isMatch);
    const page = pageOf(found, (user) => user.key, Limit || 60, PaginationToken);
    const users = page.rows.map((user) => toUserSummary(user, names && pickAttributes(user, names)));
    return { Users: users, PaginationToken: page.next };
  },
);

/** One attribute, `=` or `^=` (starts with), and a value in quotes, where `\"` is a quote. */
function parseFilter(filter: string): (user: User) => boolean {
  if (filter.trim() === '') return () => true;
  const match = /^\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*$/.exec(filter);
  const [, name, operator, quoted] = match ?? [];
  if (name === undefined || quoted === undefined) throw invalidParameter('Error while parsing filter.');
  if (!searchable.has(name)) throw invalidParameter(`Invalid search attribute: ${name}`);
  const fold = (text: string) => (caseInsensitive.has(name) ? text.toLowerCase() : text);
  const wanted = fold(quoted.replace(/\\(.)/g, '$1'));
  return (user) => {
    const value = searchedValue(user, name);
    if (value === undefined) return false;
    return operator === '=' ? fold(value) === wanted : fold(value).startsWith(wanted);
  };
}

function searchedValue(user: User, name: string): string | undefined {
  if (name === 'username') return user.username;
  if (name === 'cognito:user_status') return user.status;
  if (name === 'status') return user.enabled ? 'Enabled' : 'Disabled';
  return user.attributes[name];
}

/** @throws AwsFault when one of the people on the page has no value for it. */
function pickAttributes(user: User, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = user.attributes[name];
    if (value === undefined) throw invalidParameter('One or more requested attributes do not exist.');
    picked[name] = value;
  }
  return picked;
}

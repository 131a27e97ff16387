import type { ListUsersQuery, UserList } from '../../shared/api/users.ts';
import type { CognitoUser } from '../aws/cognito.ts';
import { forEach, type PeopleChangeOptions } from './people-change.ts';
import { statusOf, toSummary } from './user-view.ts';

/** Cognito narrows by one thing at a time, so pages may be left empty by the others: so many are read for one answer. */
const mostPages = 20;

/**
 * One page, in Cognito's own order, of at most 60 people whatever the limit.
 * @throws GatewayError 400 `cursor`, 404 for an unknown group, 503
 */
export async function listUsers(options: PeopleChangeOptions, query: ListUsersQuery): Promise<UserList> {
  const { admin, clock } = options;
  const { group, email, status, limit } = query;
  const isMatch = (user: CognitoUser) =>
    (status === undefined || statusOf(user) === status) &&
    (email === undefined || user.attributes.get('email')?.toLowerCase() === email);
  let mark = query.cursor;
  let users: readonly CognitoUser[] = [];
  for (let page = 0; page < mostPages; page++) {
    const asked = { ...(limit !== undefined && { limit }), ...(mark !== undefined && { mark }) };
    const found =
      group === undefined
        ? await admin.listUsers({ ...filterOf(query), ...asked })
        : await admin.listMembers(group, asked);
    users = found.items.filter(isMatch);
    mark = found.next;
    if (users.length > 0 || mark === undefined) break;
  }
  const groupsOf = await readGroups(options, users);
  const data = users.map((user) =>
    toSummary(options, { user, groups: groupsOf.get(user.username) ?? [] }, clock.now()),
  );
  return { data, next: mark ?? null };
}

/** What Cognito looks for itself; e-mails have no quotes (shared/api/users.ts). */
function filterOf({ email, status }: ListUsersQuery): { readonly filter?: string } {
  if (email !== undefined) return { filter: `email = "${email}"` };
  if (status === 'disabled') return { filter: 'status = "Disabled"' };
  if (status === 'invited') return { filter: 'cognito:user_status = "FORCE_CHANGE_PASSWORD"' };
  return status === 'active' ? { filter: 'status = "Enabled"' } : {};
}

/** Cognito's lists name no groups, so each person on the page is asked for. */
async function readGroups(
  { cognito, userPoolId }: PeopleChangeOptions,
  users: readonly CognitoUser[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const groups = new Map<string, readonly string[]>();
  await forEach(users, async ({ username }) => {
    groups.set(username, (await cognito.adminListGroupsForUser(userPoolId, username)) ?? []);
  });
  return groups;
}

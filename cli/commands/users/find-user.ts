import { User, UserList, type UserSummary } from '../../../shared/api/users.ts';
import { isUsername } from '../../../shared/api-key.ts';
import type { ApiClient } from '../../api/client.ts';
import { getList } from '../../api/pages.ts';
import { NotFoundError, UsageError } from '../../errors.ts';

/**
 * Somebody by username, by e-mail, or by name (a service account's) where that is unique.
 * @throws NotFoundError when there is nobody; UsageError listing the ids when there are several
 */
export async function findUser(api: ApiClient, who: string): Promise<UserSummary> {
  if (isUsername(who)) return api.get(userPath(who), User);
  const isEmail = who.includes('@');
  const { data } = await getList(api, '/v1/users', UserList, isEmail ? { email: who } : {});
  return chooseUser(data, who);
}

/** The same in a list that is there already. */
export function chooseUser(users: readonly UserSummary[], who: string): UserSummary {
  const email = who.trim().toLowerCase();
  const found = users.filter(
    (user) => user.user_id === who || user.email?.toLowerCase() === email || user.name === who,
  );
  const [user, ...others] = found;
  if (!user) throw new NotFoundError(`there is nobody "${who}"`, { hint: 'pennyworth users list' });
  if (others.length === 0) return user;
  throw new UsageError(`${found.length} people are named "${who}"`, {
    hint: `name one by id: ${found.map(({ user_id }) => user_id).join(', ')}`,
    code: 'ambiguous_name',
  });
}

export function userPath(id: string): string {
  return `/v1/users/${encodeURIComponent(id)}`;
}

/** How a person calls somebody: the e-mail, a service account's name, else the id. */
export function labelOf({ email, name, user_id }: UserSummary): string {
  return email ?? name ?? user_id;
}

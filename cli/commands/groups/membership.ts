import { User } from '../../../shared/api/users.ts';
import type { ApiClient } from '../../api/client.ts';
import type { Context } from '../../context.ts';
import { printChanged } from '../../output/print.ts';
import { stripControl } from '../../output/strip-control.ts';
import { findUser, labelOf } from '../users/find-user.ts';
import { groupPath } from './columns.ts';

/** Adds people to a group or takes them from it; all are looked up before the first is changed. */
export async function changeMembers(
  context: Context,
  change: 'add' | 'remove',
  group: string,
  people: readonly string[],
): Promise<void> {
  const api = await context.sessionApi();
  const ids = new Set<string>();
  for (const who of people) ids.add((await findUser(api, who)).user_id);
  const changed: User[] = [];
  for (const id of ids) {
    const user = await changeOne(api, change, group, id);
    changed.push(user);
    const done = change === 'add' ? 'is in' : 'is no more in';
    context.io.success(stripControl(`${labelOf(user)} ${done} ${group}; in force with their next call that spends`));
  }
  printChanged(context, changed, (user) => [user.user_id, labelOf(user), user.groups.join(',')]);
}

function changeOne(api: ApiClient, change: 'add' | 'remove', group: string, id: string): Promise<User> {
  const path = `${groupPath(group)}/users/${encodeURIComponent(id)}`;
  return change === 'add' ? api.put(path, User) : api.delete(path, User);
}

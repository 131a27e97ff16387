import { User } from '../../../../shared/api/users.ts';
import type { ApiClient } from '../../../api/client.ts';
import type { CommandInput } from '../../../command.ts';
import type { Context } from '../../../context.ts';
import { printRecord } from '../../../output/print.ts';
import { showPolicy } from '../columns.ts';
import { findUser, userPath } from '../find-user.ts';

export async function run({ arguments: [who = ''] }: CommandInput, context: Context): Promise<void> {
  const api = await context.sessionApi();
  printPolicy(context, await readUser(api, who));
}

/** With what all policies together let them call, which lists do not say. */
function readUser(api: ApiClient, who: string): Promise<User> {
  return findUser(api, who).then(({ user_id }) => api.get(userPath(user_id), User));
}

export function printPolicy(context: Context, { user_id, email, groups, policy, models }: User): void {
  printRecord(context, { user_id, email, groups, policy, models }, [
    ['User', email ?? user_id],
    ['Groups', groups.join(', ') || null],
    ['Own policy', showPolicy(policy)],
    ['May call', models.join(' ')],
  ]);
}

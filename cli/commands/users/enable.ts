import { User } from '../../../shared/api/users.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { printChangedUser } from './columns.ts';
import { keysOf } from './disable.ts';
import { findUser, labelOf, userPath } from './find-user.ts';

export async function run({ arguments: [who = ''] }: CommandInput, context: Context): Promise<void> {
  const api = await context.sessionApi();
  const { user_id } = await findUser(api, who);
  const user = await api.post(`${userPath(user_id)}/enable`, User, undefined);
  printChangedUser(context, user, `Enabled ${labelOf(user)} and ${keysOf(user.active_keys)}`);
}

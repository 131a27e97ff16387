import { User } from '../../../shared/api/users.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { printChangedUser } from './columns.ts';
import { findUser, labelOf, userPath } from './find-user.ts';
import { printTemporaryPassword } from './temporary-password.ts';

/** Again, for who has not signed in while the first invitation held. */
export async function run({ arguments: [who = ''], options }: CommandInput, context: Context): Promise<void> {
  const api = await context.sessionApi();
  const found = await findUser(api, who);
  const invite = options.isOn('invite');
  const user = await api.post(`${userPath(found.user_id)}/invite`, User, invite ? {} : { invite: false });
  if (invite) printChangedUser(context, user, `Invited ${labelOf(user)} again; the password sent before holds no more`);
  else await printTemporaryPassword(context, user);
}

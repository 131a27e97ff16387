import { User } from '../../../shared/api/users.ts';
import { isUsername } from '../../../shared/api-key.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { printUser } from './columns.ts';
import { findUser, userPath } from './find-user.ts';

export async function run({ arguments: [who = ''] }: CommandInput, context: Context): Promise<void> {
  const api = await context.sessionApi();
  // A list says less of somebody than they themselves.
  const id = isUsername(who) ? who : (await findUser(api, who)).user_id;
  printUser(context, await api.get(userPath(id), User));
}

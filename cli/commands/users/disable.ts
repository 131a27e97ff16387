import { User } from '../../../shared/api/users.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { formatCount } from '../../output/count.ts';
import { stripControl } from '../../output/strip-control.ts';
import { confirm } from '../../prompt.ts';
import { printChangedUser } from './columns.ts';
import { findUser, labelOf, userPath } from './find-user.ts';

/** Sign-ins and keys stop; enabling brings both back. */
export async function run({ arguments: [who = ''] }: CommandInput, context: Context): Promise<void> {
  const api = await context.sessionApi();
  const found = await findUser(api, who);
  const label = labelOf(found);
  await confirm(context, stripControl(`Disable ${label}? ${keysOf(found.active_keys)} stop working.`));
  const user = await api.post(`${userPath(found.user_id)}/disable`, User, undefined);
  const suspended = keysOf(user.suspended_keys ?? user.active_keys);
  printChangedUser(context, user, `Disabled ${label}; ${suspended} work no more until they are enabled`);
}

export function keysOf(count: number): string {
  return count === 1 ? '1 active key' : `${formatCount(count)} active keys`;
}

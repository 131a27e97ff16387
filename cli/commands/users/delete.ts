import { DeletedUser } from '../../../shared/api/users.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { printChanged } from '../../output/print.ts';
import { stripControl } from '../../output/strip-control.ts';
import { confirmTyped } from '../../prompt.ts';
import { keysOf } from './disable.ts';
import { findUser, labelOf, userPath } from './find-user.ts';

/** For ever: whoever is to come back should be disabled. */
export async function run({ arguments: [who = ''] }: CommandInput, context: Context): Promise<void> {
  const api = await context.sessionApi();
  const found = await findUser(api, who);
  const label = stripControl(labelOf(found));
  const question = `Delete ${label} and ${keysOf(found.active_keys)}, for ever? (users disable can be undone.)`;
  await confirmTyped(context, question, label);
  const deleted = await api.delete(userPath(found.user_id), DeletedUser);
  context.io.success(`Deleted ${label} and ${keysOf(deleted.deleted_keys)}; ledger and trail stay`);
  printChanged(context, [deleted], ({ user_id, deleted_keys }) => [user_id, 'deleted', String(deleted_keys)]);
}

import { User } from '../../../shared/api/users.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { stripControl } from '../../output/strip-control.ts';
import { confirm } from '../../prompt.ts';
import { printChangedUser } from './columns.ts';
import { findUser, labelOf, userPath } from './find-user.ts';

/** For a lost authenticator app. Until another is set up a password alone signs in, so it asks. */
export async function run({ arguments: [who = ''] }: CommandInput, context: Context): Promise<void> {
  const api = await context.sessionApi();
  const found = await findUser(api, who);
  const label = labelOf(found);
  const question = `Forget the second factor of ${label}? Their sessions end, and their password alone signs in.`;
  await confirm(context, stripControl(question));
  const user = await api.post(`${userPath(found.user_id)}/reset-mfa`, User, undefined);
  printChangedUser(context, user, `${label} can set up another authenticator app: pennyworth mfa enroll`);
}

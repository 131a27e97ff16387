import type { SetPolicy } from '../../../../shared/api/policy.ts';
import { User } from '../../../../shared/api/users.ts';
import type { CommandInput } from '../../../command.ts';
import type { Context } from '../../../context.ts';
import { UsageError } from '../../../errors.ts';
import { changePolicy, parsePolicy } from '../../keys/limits.ts';
import { findUser, userPath } from '../find-user.ts';
import { printPolicy } from './show.ts';

/** What is not named stays as it is. */
export async function run({ arguments: [who = ''], options }: CommandInput, context: Context): Promise<void> {
  const change = parsePolicy(options);
  if (change === undefined) {
    throw new UsageError('there is nothing to change', {
      hint: 'for example: pennyworth users policy set ada@example.com --models "claude-*" --budget 50/month',
    });
  }
  const api = await context.sessionApi();
  const { user_id, policy: before } = await findUser(api, who);
  const policy: SetPolicy | null = change === null ? null : changePolicy(before, change);
  const user = await api.patch(userPath(user_id), User, { policy });
  context.io.success('Changed; in force with their next call that spends');
  printPolicy(context, user);
}

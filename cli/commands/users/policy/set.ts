import type { SetPolicy } from '../../../../shared/api/policy.ts';
import { User } from '../../../../shared/api/users.ts';
import type { CommandInput, OptionValues } from '../../../command.ts';
import type { Context } from '../../../context.ts';
import { UsageError } from '../../../errors.ts';
import { parseModels } from '../../keys/settings.ts';
import { findUser, userPath } from '../find-user.ts';
import { printPolicy } from './show.ts';

/** A policy is set whole: what is not named is not in it. */
export async function run({ arguments: [who = ''], options }: CommandInput, context: Context): Promise<void> {
  const policy = parsePolicy(options);
  const api = await context.sessionApi();
  const { user_id } = await findUser(api, who);
  const user = await api.patch(userPath(user_id), User, { policy });
  context.io.success('Changed; in force with their next call that spends');
  printPolicy(context, user);
}

function parsePolicy(options: OptionValues): SetPolicy | null {
  const models = options.findList('models');
  const team = options.find('team');
  const takeAway = options.isOn('none');
  if (takeAway === (models !== undefined || team !== undefined)) {
    throw new UsageError('say what the policy is: --models, --team, or --none to take it away', {
      hint: 'for example: pennyworth users policy set ada@example.com --models "claude-*"',
    });
  }
  if (takeAway) return null;
  return {
    ...(models ? { models: parseModels(models, '--models') } : {}),
    ...(team === undefined ? {} : { team }),
  };
}

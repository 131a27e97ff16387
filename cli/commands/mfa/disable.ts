import { findSecondFactor, ownAccount, setPreference } from '../../auth/second-factor.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { confirm } from '../../prompt.ts';

/** From then on a password alone signs in. The app's secret is worthless after that; enrolling makes a new one. */
export async function run(_input: CommandInput, context: Context): Promise<void> {
  const account = await ownAccount(context);
  const { methods } = await findSecondFactor(account);
  if (methods.length === 0) {
    context.io.note('No second factor is set up.');
    return;
  }
  await confirm(context, 'Sign-ins will need the password alone, and admin commands will be refused. Switch it off?');
  await setPreference(account, false);
  context.io.success('The second factor is switched off');
}

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
  context.io.note('Without it a password alone signs in, and admin commands are refused.');
  await confirm(context, 'Switch the second factor off?');
  await setPreference(account, false);
  context.io.success('The second factor is switched off');
}

import { Answers } from '../../auth/answers.ts';
import { showSecret } from '../../auth/enrolment.ts';
import { findSecondFactor, newSecret, ownAccount, setPreference, verifyCode } from '../../auth/second-factor.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { confirm } from '../../prompt.ts';
import { printStatus } from './print-status.ts';

/** Sets up an authenticator app, or another in place of it: the old one holds until a code of the new one came. */
export async function run(input: CommandInput, context: Context): Promise<void> {
  const answers = await Answers.open(input, context);
  try {
    answers.requireCode();
    const account = await ownAccount(context);
    const before = await findSecondFactor(account);
    if (before.methods.length > 0) await confirm(context, 'A second factor is set up already. Replace it?');
    await showSecret(context, answers, { account: before.account, secret: await newSecret(account) });
    await answers.code(account.client.endpoint, (code) => verifyCode(account, code));
    await setPreference(account, true);
    context.io.success('The second factor is set up: from now on a sign-in asks for a code');
    context.io.note('Admin commands accept it within a minute; nobody has to sign in again.');
    if (context.globals.format === 'json') printStatus(context, await findSecondFactor(account));
  } finally {
    await answers.close();
  }
}

import { findSecondFactor, ownAccount } from '../../auth/second-factor.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { printStatus } from './print-status.ts';

export async function run(_input: CommandInput, context: Context): Promise<void> {
  const status = await findSecondFactor(await ownAccount(context));
  printStatus(context, status);
  if (status.methods.length === 0) context.io.nextStep('pennyworth mfa enroll');
}

import type { SecondFactor } from '../../auth/second-factor.ts';
import type { Context } from '../../context.ts';
import { printRecord } from '../../output/print.ts';

/** Cognito's names, in words of people. */
const names: Record<string, string> = { SOFTWARE_TOKEN_MFA: 'authenticator app', SMS_MFA: 'SMS', EMAIL_OTP: 'e-mail' };

export function printStatus(context: Context, { account, methods, preferred }: SecondFactor): void {
  const record = { account, mfa: methods.length > 0, methods, preferred };
  const told = methods.map((method) => (Object.hasOwn(names, method) ? names[method] : method)).join(', ');
  printRecord(context, record, [
    ['Account', account],
    ['Second factor', told || 'none'],
  ]);
}

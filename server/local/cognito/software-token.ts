import { randomBytes } from 'node:crypto';
import { encodeBase32, totpCode, totpStep } from '../../../shared/totp.ts';

/** What an authenticator app and the pool share about one person. */
export interface SoftwareToken {
  /** Base32. */
  readonly secret: string;
  readonly deviceName?: string | undefined;
  /** Steps whose codes were taken and could still be sent again. */
  readonly usedSteps: readonly number[];
}

/** 256 bits, 52 characters, as Cognito hands them out. */
export function createSecret(): string {
  return encodeBase32(randomBytes(32));
}

/** How many steps an app's clock may be off, both ways. */
const toleratedSteps = 1;

/** The token after its code was taken; else why it was not. A code is taken once (RFC 6238, section 5.2). */
export function takeCode(token: SoftwareToken, code: string, now: number): SoftwareToken | 'wrong' | 'used' {
  const current = totpStep(now);
  for (let step = current - toleratedSteps; step <= current + toleratedSteps; step++) {
    if (totpCode(token.secret, step) !== code) continue;
    if (token.usedSteps.includes(step)) return 'used';
    const usedSteps = [...token.usedSteps.filter((used) => used >= current - toleratedSteps), step];
    return { ...token, usedSteps };
  }
  return 'wrong';
}

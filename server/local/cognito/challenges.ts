import { randomBytes } from 'node:crypto';

/** What a sign-in that is under way waits for. They are kept in memory only: a restart ends a sign-in that is half done. */
export type Challenge =
  | {
      readonly name: 'PASSWORD_VERIFIER';
      readonly clientId: string;
      /** USER_ID_FOR_SRP, which the client signs. */
      readonly username: string;
      /** Undefined for a person who does not exist. */
      readonly userKey: string | undefined;
      readonly key: Buffer;
    }
  | Step<'NEW_PASSWORD_REQUIRED'>
  | Step<'SOFTWARE_TOKEN_MFA'>
  | Step<'SELECT_MFA_TYPE'>
  | (Step<'EMAIL_OTP'> & {
      /** That was mailed. */
      readonly code: string;
    })
  | (Step<'MFA_SETUP'> & {
      /** Whether a code of the new token was right: only then it leads to tokens. */
      readonly isVerified: boolean;
    });

/** Who has given their password, to which app client. */
export interface Step<Name extends string> {
  readonly name: Name;
  readonly clientId: string;
  readonly username: string;
  readonly userKey: string;
}

export type Found<Name extends Challenge['name']> =
  | { readonly state: 'open'; readonly challenge: Extract<Challenge, { name: Name }> }
  | { readonly state: 'unknown' | 'expired' | 'used' };

export interface Challenges {
  /** A secret that stands for the challenge: base64, usable once. */
  open(challenge: Challenge, lifetimeMs: number): string;
  find<Name extends Challenge['name']>(name: Name, secret: string): Found<Name>;
  /** From now on the secret is known as used. */
  use(secret: string): void;
}

/** How long an expired or used secret is told apart from an invented one. */
const rememberedMs = 15 * 60_000;

export function createChallenges(now: () => number): Challenges {
  const entries = new Map<string, { readonly challenge: Challenge; readonly expiresAt: number; used: boolean }>();
  const forgetOld = () => {
    for (const [secret, entry] of entries) {
      if (entry.expiresAt + rememberedMs > now()) return;
      entries.delete(secret);
    }
  };
  return {
    open(challenge, lifetimeMs) {
      forgetOld();
      const secret = randomBytes(48).toString('base64');
      entries.set(secret, { challenge, expiresAt: now() + lifetimeMs, used: false });
      return secret;
    },
    find(name, secret) {
      const entry = entries.get(secret);
      if (entry === undefined || !isNamed(entry.challenge, name)) return { state: 'unknown' };
      if (entry.used) return { state: 'used' };
      if (entry.expiresAt <= now()) return { state: 'expired' };
      return { state: 'open', challenge: entry.challenge };
    },
    use(secret) {
      const entry = entries.get(secret);
      if (entry !== undefined) entry.used = true;
    },
  };
}

function isNamed<Name extends Challenge['name']>(
  challenge: Challenge,
  name: Name,
): challenge is Extract<Challenge, { name: Name }> {
  return challenge.name === name;
}

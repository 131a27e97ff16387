import { randomInt } from 'node:crypto';
import { AwsFault } from '../emulator.ts';
import { type PasswordPolicy, passwordPolicyOf, temporaryDaysOf } from './pool-settings.ts';
import { createCredentials } from './srp.ts';
import type { Pool, User } from './state.ts';

// The characters Cognito counts as symbols: "User pool password requirements" in its developer guide. A space counts
// too, but not as the first or last character.
const symbols = '^$*.[]{}()?"!@#%&/\\,><\':;|_~`=+-';
const kinds = {
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  lower: 'abcdefghijklmnopqrstuvwxyz',
  digit: '0123456789',
  symbol: symbols,
};

/** @throws AwsFault InvalidPasswordException naming the first rule that is broken. */
function checkPassword(policy: PasswordPolicy, password: string): void {
  const has = (characters: string) => [...password].some((character) => characters.includes(character));
  const refuse = (reason: string) =>
    new AwsFault('InvalidPasswordException', `Password did not conform with policy: ${reason}`);
  if ([...password].length < policy.MinimumLength) throw refuse('Password not long enough');
  if (policy.RequireUppercase && !has(kinds.upper)) throw refuse('Password must have uppercase characters');
  if (policy.RequireLowercase && !has(kinds.lower)) throw refuse('Password must have lowercase characters');
  if (policy.RequireNumbers && !has(kinds.digit)) throw refuse('Password must have numeric characters');
  if (policy.RequireSymbols && !has(`${symbols} `)) throw refuse('Password must have symbol characters');
}

/** One that fits every policy of up to 20 characters. */
export function generatePassword(policy: PasswordPolicy): string {
  const pick = (characters: string) => characters.charAt(randomInt(characters.length));
  const start = Object.values(kinds).map(pick);
  const all = Object.values(kinds).join('');
  const length = Math.max(20, policy.MinimumLength);
  return [...start, ...Array.from({ length: length - start.length }, () => pick(all))].join('');
}

/** The fields of a user that a permanent password sets. @throws AwsFault InvalidPasswordException */
export function permanentPassword(
  pool: Pool,
  username: string,
  password: string,
): Pick<User, 'salt' | 'verifier' | 'status' | 'temporaryUntil'> {
  checkPassword(passwordPolicyOf(pool.settings), password);
  return { ...createCredentials(pool.id, username, password), status: 'CONFIRMED', temporaryUntil: undefined };
}

/** The same for one that must be changed at the first sign-in. @throws AwsFault InvalidPasswordException */
export function temporaryPassword(
  pool: Pool,
  username: string,
  password: string,
  now: number,
): Pick<User, 'salt' | 'verifier' | 'status' | 'temporaryUntil'> {
  const policy = passwordPolicyOf(pool.settings);
  checkPassword(policy, password);
  return {
    ...createCredentials(pool.id, username, password),
    status: 'FORCE_CHANGE_PASSWORD',
    temporaryUntil: now + temporaryDaysOf(pool.settings) * 86_400_000,
  };
}

import { notAuthorized, wrongPassword } from './faults.ts';
import type { LoginStep } from './login-pages.ts';
import type { LoginRequest } from './login-request.ts';
import { takeSoftwareToken } from './mfa-challenges.ts';
import type { Context } from './operation.ts';
import { takeNewPassword } from './sign-in.ts';
import { isPassword } from './srp.ts';
import type { User } from './state.ts';
import { findUser } from './users.ts';

/** Whose form this is: the password, the code of the app or the new password in it was right. @throws AwsFault */
export function takeLoginStep(context: Context, request: LoginRequest, step: LoginStep, form: URLSearchParams): User {
  const { client } = request;
  const session = form.get('session') ?? '';
  switch (step) {
    case 'login':
      return takePassword(context, request, form);
    case 'mfa': {
      const USERNAME = usernameOf(context.challenges.find('SOFTWARE_TOKEN_MFA', session));
      const SOFTWARE_TOKEN_MFA_CODE = form.get('code') ?? '';
      return takeSoftwareToken(context, client, session, { USERNAME, SOFTWARE_TOKEN_MFA_CODE });
    }
    case 'newPassword': {
      const USERNAME = usernameOf(context.challenges.find('NEW_PASSWORD_REQUIRED', session));
      return takeNewPassword(context, client, session, { USERNAME, NEW_PASSWORD: form.get('new_password') ?? '' });
    }
  }
}

function takePassword(context: Context, { pool }: LoginRequest, form: URLSearchParams): User {
  const user = findUser(context, pool, form.get('username') ?? '');
  const password = form.get('password') ?? '';
  if (user === undefined || !isPassword(user, pool.id, user.username, password)) throw wrongPassword();
  if (user.temporaryUntil !== undefined && user.temporaryUntil <= context.now()) {
    throw notAuthorized('Temporary password has expired and must be reset by an administrator.');
  }
  return user;
}

type Found =
  | { readonly state: 'open'; readonly challenge: { readonly username: string } }
  | { readonly state: 'unknown' | 'expired' | 'used' };

/** A form of a session that is over is refused by its session, whatever the name. */
function usernameOf(found: Found): string {
  return found.state === 'open' ? found.challenge.username : '-';
}

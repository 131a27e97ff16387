import { AuthError, ConfigError, RefusedError, UpstreamError } from '../errors.ts';

/** The `code` of an error after which another code of an authenticator app may be tried. */
export const wrongCode = 'wrong_code';

const attempts = 'Cognito takes no more attempts now';
const wrong = (message: string) =>
  new AuthError(message, { hint: 'wait for the next code of the app, then try again', code: wrongCode });

/**
 * Cognito has one fault for everything that is not let in, and tells what it was only in its message: the messages as
 * the service writes them (seen in the AWS SDKs' issues and re:Post; the API reference does not list them).
 */
const refusals: readonly (readonly [RegExp, () => Error])[] = [
  [
    /user is disabled/i,
    () =>
      new AuthError('this account is disabled', { hint: 'ask your administrator to enable it', code: 'user_disabled' }),
  ],
  [
    /temporary password has expired/i,
    () =>
      new AuthError('the invitation has expired: its temporary password holds no more', {
        hint: 'ask your administrator for a new invitation',
        code: 'invitation_expired',
      }),
  ],
  [
    /invalid session for the user/i,
    () =>
      new AuthError('this sign-in took too long or was used already', {
        hint: 'pennyworth login',
        code: 'sign_in_expired',
      }),
  ],
  [
    /attempts exceeded/i,
    () => new RefusedError(attempts, { hint: 'wait some minutes, then try again', code: 'too_many_attempts' }),
  ],
];

/** The refusals of Cognito that a person can do something about; AWS API reference, InitiateAuth, "Errors". */
const faults: Record<string, (message: string) => Error> = {
  NotAuthorizedException: (message) =>
    refusals.find(([text]) => text.test(message))?.[1]() ??
    new AuthError(message, { hint: 'pennyworth login', code: 'not_authorized' }),
  UserNotFoundException: () =>
    new AuthError('Incorrect username or password.', { hint: 'pennyworth login', code: 'not_authorized' }),
  RefreshTokenReuseException: () =>
    new AuthError('the session was used elsewhere and has ended', {
      hint: 'pennyworth login',
      code: 'session_expired',
    }),
  PasswordResetRequiredException: () =>
    new AuthError('this password must be reset first', {
      hint: 'ask your administrator for a new temporary password',
      code: 'password_reset_required',
    }),
  UserNotConfirmedException: () =>
    new AuthError('this person is not confirmed yet', { hint: 'ask your administrator', code: 'not_confirmed' }),
  InvalidPasswordException: (message) =>
    new AuthError(message, { hint: 'choose another password and sign in again', code: 'invalid_password' }),
  PasswordHistoryPolicyViolationException: () =>
    new AuthError('this password was used before', {
      hint: 'choose another password and sign in again',
      code: 'invalid_password',
    }),
  CodeMismatchException: () => wrong('the code of the authenticator app is wrong'),
  // VerifySoftwareToken's own name for the same.
  EnableSoftwareTokenMFAException: () => wrong('the code of the authenticator app is wrong'),
  ExpiredCodeException: () => wrong('the code of the authenticator app was used already or is too old'),
  SoftwareTokenMFANotFoundException: () =>
    new ConfigError('this user pool takes no authenticator app', { hint: 'ask the operator of the gateway' }),
  ResourceNotFoundException: () =>
    new ConfigError('the gateway names a user pool or client that does not exist', {
      hint: 'ask the operator of the gateway',
    }),
  TooManyRequestsException: () => new RefusedError(attempts, { hint: 'wait a minute, then try again' }),
  LimitExceededException: () => new RefusedError(attempts, { hint: 'wait a while, then try again' }),
  TooManyFailedAttemptsException: () => new RefusedError(attempts, { hint: 'wait a while, then try again' }),
};

/** A fault of Cognito by its name, as the error a command ends with. */
export function toSignInError(name: string, message: string): Error {
  const make = Object.hasOwn(faults, name) ? faults[name] : undefined;
  if (make) return make(message);
  return new UpstreamError(`Amazon Cognito failed: ${name || 'unknown fault'}: ${message}`, {
    hint: 'try again later',
  });
}

import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
  type IAuthenticationCallback,
  type ICognitoStorage,
} from 'amazon-cognito-identity-js';
import { AuthError, CliError, UpstreamError } from '../errors.ts';
import type { Tokens } from './cognito.ts';
import { toSignInError } from './faults.ts';

/** Its default storage is the browser's; ours forgets everything when the command ends. */
class MemoryStorage implements ICognitoStorage {
  readonly #items = new Map<string, string>();
  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }
  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }
  removeItem(key: string): void {
    this.#items.delete(key);
  }
  clear(): void {
    this.#items.clear();
  }
}

/** Gets what a challenge asks for and uses it; whether a refused one is followed by another is decided here too. */
type Answer = <T>(use: (text: string) => Promise<T>) => Promise<T>;

export interface SignIn {
  readonly endpoint: string;
  readonly userPoolId: string;
  readonly clientId: string;
  /** E-mail or username. */
  readonly username: string;
  readonly password: string;
  readonly timeoutMs: number;
  readonly trace: (line: string) => void;
  /** Asked only when Cognito wants a new password. */
  readonly newPassword: Answer;
  /** The code of an authenticator app that is set up. */
  readonly code: Answer;
  /** The first code of an app that must be set up now, with this secret (base32). */
  enrolmentCode<T>(secret: string, use: (code: string) => Promise<T>): Promise<T>;
}

/** `username` is Cognito's own name of the person, also when they signed in by e-mail. */
export interface SignedIn {
  readonly username: string;
  readonly tokens: Tokens;
  /** Whether a code was asked for, and whether the app was set up in this sign-in. */
  readonly secondFactor: 'none' | 'used' | 'enrolled';
}

/** What Cognito wants next. */
type Step =
  | { readonly kind: 'done'; readonly session: CognitoUserSession }
  | { readonly kind: 'newPassword' | 'code' | 'enrolment' }
  | { readonly kind: 'choice'; readonly methods: string };

const softwareToken = 'SOFTWARE_TOKEN_MFA';

/**
 * Signs in by SRP (RFC 2945 as Cognito varies it): the password never leaves this process. Each challenge is answered
 * as it comes, in whatever order.
 * @throws AuthError for wrong credentials and for a challenge we have no answer to; UpstreamError for the network;
 * whatever an answer throws
 */
export async function signIn(options: SignIn): Promise<SignedIn> {
  const storage = new MemoryStorage();
  const { endpoint, userPoolId, clientId, username, timeoutMs } = options;
  const pool = new CognitoUserPool({ UserPoolId: userPoolId, ClientId: clientId, endpoint, Storage: storage });
  const user = new CognitoUser({ Username: username, Pool: pool, Storage: storage });
  const ask = (begin: (callbacks: IAuthenticationCallback) => void) => nextStep(timeoutMs, begin);

  const details = new AuthenticationDetails({ Username: username, Password: options.password });
  let step = await ask((callbacks) => user.authenticateUser(details, callbacks));
  let secondFactor: SignedIn['secondFactor'] = 'none';
  for (;;) {
    options.trace(`< cognito sign-in ${step.kind}`);
    switch (step.kind) {
      case 'done':
        return toSignedIn(step.session, secondFactor);
      case 'newPassword':
        step = await options.newPassword((password) =>
          ask((callbacks) => user.completeNewPasswordChallenge(password, {}, callbacks)),
        );
        break;
      case 'choice':
        if (!step.methods.includes(softwareToken)) throw unanswerable('a choice of second factors');
        step = await ask((callbacks) => user.sendMFASelectionAnswer(softwareToken, callbacks));
        break;
      case 'code':
        step = await options.code((code) => ask((callbacks) => user.sendMFACode(code, callbacks, softwareToken)));
        secondFactor = 'used';
        break;
      case 'enrolment': {
        const secret = await settle<string>(timeoutMs, (resolve, reject) =>
          user.associateSoftwareToken({ associateSecretCode: resolve, onFailure: reject }),
        );
        step = await options.enrolmentCode(secret, (code) =>
          ask((callbacks) => user.verifySoftwareToken(code, 'pennyworth', callbacks)),
        );
        secondFactor = 'enrolled';
        break;
      }
    }
  }
}

function nextStep(timeoutMs: number, begin: (callbacks: IAuthenticationCallback) => void): Promise<Step> {
  return settle<Step>(timeoutMs, (resolve, reject) => {
    const refuse = (challenge: string) => () => reject(unanswerable(challenge));
    begin({
      onSuccess: (session) => resolve({ kind: 'done', session }),
      onFailure: reject,
      newPasswordRequired: () => resolve({ kind: 'newPassword' }),
      totpRequired: () => resolve({ kind: 'code' }),
      mfaSetup: () => resolve({ kind: 'enrolment' }),
      selectMFAType: (_name, parameters: unknown) =>
        resolve({ kind: 'choice', methods: JSON.stringify(parameters ?? '') }),
      mfaRequired: refuse('a code by SMS'),
      customChallenge: refuse('an own challenge'),
    });
  });
}

/** The library's requests have no time limit, and its errors no types. */
function settle<T>(
  timeoutMs: number,
  begin: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const slow = { hint: 'check the network, then try again', code: 'timeout' };
    const timer = setTimeout(() => reject(new UpstreamError('Amazon Cognito did not answer in time', slow)), timeoutMs);
    begin(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error) => {
        clearTimeout(timer);
        reject(toFailure(error));
      },
    );
  });
}

function unanswerable(challenge: string): AuthError {
  return new AuthError(`this account asks for ${challenge}, which this version cannot answer`, {
    hint: 'update pennyworth, or ask your administrator',
    code: 'challenge_not_supported',
  });
}

function toSignedIn(session: CognitoUserSession, secondFactor: SignedIn['secondFactor']): SignedIn {
  const access = session.getAccessToken();
  const username: unknown = access.payload['username'];
  if (typeof username !== 'string') {
    throw new UpstreamError('the access token names no user', { hint: 'ask the operator of the gateway' });
  }
  return {
    username,
    secondFactor,
    tokens: {
      accessToken: access.getJwtToken(),
      idToken: session.getIdToken().getJwtToken(),
      refreshToken: session.getRefreshToken().getToken(),
      expiresInSeconds: access.getExpiration() - access.getIssuedAt(),
    },
  };
}

function toFailure(error: unknown): Error {
  if (error instanceof CliError) return error;
  if (!(error instanceof Error)) return toSignInError('', String(error));
  if (error.message === 'Network error') {
    return new UpstreamError('Amazon Cognito cannot be reached', {
      hint: 'check the network, then try again',
      code: 'network',
      cause: error,
    });
  }
  // The library looks for tokens in whatever it does not know, such as the challenge EMAIL_OTP, and finds none.
  if (error instanceof TypeError) {
    return new UpstreamError(
      'Amazon Cognito asks for something, or answers in a way, that this version does not know',
      {
        hint: 'update pennyworth, or ask your administrator which second factor your account has',
        code: 'bad_answer',
        cause: error,
      },
    );
  }
  return toSignInError(error.name, error.message);
}

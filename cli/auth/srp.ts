import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
  type IAuthenticationCallback,
  type ICognitoStorage,
} from 'amazon-cognito-identity-js';
import { AuthError, UpstreamError } from '../errors.ts';
import { type Tokens, toSignInError } from './cognito.ts';

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

export interface SignIn {
  readonly endpoint: string;
  readonly userPoolId: string;
  readonly clientId: string;
  /** E-mail or username. */
  readonly username: string;
  readonly password: string;
  readonly timeoutMs: number;
  /** Asked only when Cognito wants a new password; its refusal of one ends the sign-in. */
  newPassword(): Promise<string>;
}

/** `username` is Cognito's own name of the person, also when they signed in by e-mail. */
export interface SignedIn {
  readonly username: string;
  readonly tokens: Tokens;
}

/**
 * Signs in by SRP (RFC 2945 as Cognito varies it): the password never leaves this process.
 * @throws AuthError for wrong credentials and for a challenge we have no answer to; UpstreamError for the network
 */
export function signIn(options: SignIn): Promise<SignedIn> {
  const storage = new MemoryStorage();
  const { endpoint, userPoolId, clientId } = options;
  const pool = new CognitoUserPool({ UserPoolId: userPoolId, ClientId: clientId, endpoint, Storage: storage });
  const user = new CognitoUser({ Username: options.username, Pool: pool, Storage: storage });
  return new Promise((resolve, reject) => {
    const limit = limitOf(options.timeoutMs, reject);
    const callbacks = {
      onSuccess: (session: CognitoUserSession) => {
        limit.end();
        try {
          resolve(toSignedIn(session));
        } catch (error) {
          reject(error);
        }
      },
      onFailure: (error: unknown) => {
        limit.end();
        reject(toFailure(error));
      },
      ...refusedChallenges((error) => {
        limit.end();
        reject(error);
      }),
      newPasswordRequired: () => {
        // A person thinks longer than a network may take.
        limit.end();
        options.newPassword().then((password) => {
          limit.begin();
          user.completeNewPasswordChallenge(password, {}, callbacks);
        }, reject);
      },
    } satisfies IAuthenticationCallback;
    limit.begin();
    user.authenticateUser(
      new AuthenticationDetails({ Username: options.username, Password: options.password }),
      callbacks,
    );
  });
}

/** The library's requests have no time limit. */
function limitOf(timeoutMs: number, reject: (error: Error) => void) {
  let timer: NodeJS.Timeout | undefined;
  return {
    begin: () => {
      const slow = { hint: 'check the network, then try again', code: 'timeout' };
      timer = setTimeout(() => reject(new UpstreamError('Amazon Cognito did not answer in time', slow)), timeoutMs);
    },
    end: () => clearTimeout(timer),
  };
}

function refusedChallenges(reject: (error: Error) => void) {
  const refuse = (challenge: string) => () =>
    reject(
      new AuthError(`this account asks for ${challenge}, which this version cannot answer`, {
        hint: 'update pennyworth, or ask your administrator',
        code: 'challenge_not_supported',
      }),
    );
  return {
    totpRequired: refuse('a code of an authenticator app'),
    mfaSetup: refuse('a second factor to be set up'),
    mfaRequired: refuse('a code by SMS'),
    selectMFAType: refuse('a choice of second factors'),
    customChallenge: refuse('an own challenge'),
  };
}

function toSignedIn(session: CognitoUserSession): SignedIn {
  const access = session.getAccessToken();
  const username: unknown = access.payload['username'];
  if (typeof username !== 'string') {
    throw new UpstreamError('the access token names no user', { hint: 'ask the operator of the gateway' });
  }
  return {
    username,
    tokens: {
      accessToken: access.getJwtToken(),
      idToken: session.getIdToken().getJwtToken(),
      refreshToken: session.getRefreshToken().getToken(),
      expiresInSeconds: access.getExpiration() - access.getIssuedAt(),
    },
  };
}

function toFailure(error: unknown): Error {
  if (!(error instanceof Error)) return toSignInError('', String(error));
  if (error.message === 'Network error') {
    return new UpstreamError('Amazon Cognito cannot be reached', {
      hint: 'check the network, then try again',
      code: 'network',
      cause: error,
    });
  }
  return toSignInError(error.name, error.message);
}

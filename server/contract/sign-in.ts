import { setTimeout as sleep } from 'node:timers/promises';
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
} from 'amazon-cognito-identity-js';
import { totpCode, totpStep } from '../../shared/totp.ts';
import { memoryStorage } from '../local/memory-storage.ts';

interface Pool {
  readonly user_pool_id: string;
  readonly client_id: string;
  readonly endpoints: Readonly<Record<string, string>>;
}

interface Person {
  readonly username: string;
  readonly password: string;
  readonly totp_secret?: string | null;
}

/**
 * Signs in by SRP with the genuine client library; the access token. A code is good once, so the admin may have to wait
 * up to a minute for theirs: tests that need no sign-in of their own take the `adminToken` that is provided.
 */
export function signIn(pool: Pool, person: Person): Promise<string> {
  const Storage = memoryStorage();
  const userPool = new CognitoUserPool({
    UserPoolId: pool.user_pool_id,
    ClientId: pool.client_id,
    endpoint: pool.endpoints['cognito_identity_provider'] ?? '',
    Storage,
  });
  const user = new CognitoUser({ Username: person.username, Pool: userPool, Storage });
  const details = new AuthenticationDetails({ Username: person.username, Password: person.password });
  return new Promise((resolve, reject) => {
    const onSuccess = (session: CognitoUserSession) => resolve(session.getAccessToken().getJwtToken());
    user.authenticateUser(details, {
      onSuccess,
      totpRequired: () => sendUnusedCode(user, person.totp_secret ?? '').then(onSuccess, reject),
      onFailure: reject,
      newPasswordRequired: () => reject(new Error('a new password is required')),
    });
  });
}

function sendUnusedCode(user: CognitoUser, secret: string): Promise<CognitoUserSession> {
  return unusedCode(secret, async (code) => {
    try {
      return await new Promise<CognitoUserSession>((onSuccess, onFailure) => {
        user.sendMFACode(code, { onSuccess, onFailure }, 'SOFTWARE_TOKEN_MFA');
      });
    } catch (error) {
      if (error instanceof Error && error.name === 'ExpiredCodeException') return undefined;
      throw error;
    }
  });
}

/** @param send undefined: this code was used already */
export async function unusedCode<T>(secret: string, send: (code: string) => Promise<T | undefined>): Promise<T> {
  for (let step = totpStep(Date.now()); ; step++) {
    // The next step's code is good already: clocks may differ by one.
    while (totpStep(Date.now()) < step - 1) await sleep(500);
    const sent = await send(totpCode(secret, step));
    if (sent !== undefined) return sent;
    if (step > totpStep(Date.now()) + 1) throw new Error('each code was used already');
  }
}

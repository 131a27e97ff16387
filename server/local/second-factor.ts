import {
  AdminGetUserCommand,
  AdminSetUserMFAPreferenceCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
} from 'amazon-cognito-identity-js';
import { totpCode, totpStep } from '../../shared/totp.ts';
import { memoryStorage } from './memory-storage.ts';
import type { LocalPerson, Pool } from './provision.ts';

const factor = 'SOFTWARE_TOKEN_MFA';

/** The secret that an earlier run wrote down. */
interface KnownSecret {
  /** Base32. */
  readonly secret: string | null;
  /** Called before there is a new one: a run that is killed now must not leave the old one written down. */
  forget(): void;
}

/**
 * An authenticator app for a person, set up as they would do it themselves: nobody else can in Cognito.
 * @param known Stays while Cognito asks this person for codes; where the two no longer agree there is a new one.
 * @param endpoint Of Cognito; AWS's own when undefined.
 * @returns the secret, base32
 */
export async function provisionSecondFactor(
  pool: Pool,
  person: LocalPerson,
  known: KnownSecret,
  endpoint: string | undefined,
): Promise<string> {
  const cognito = new CognitoIdentityProviderClient({});
  const target = { UserPoolId: pool.userPoolId, Username: person.username };
  try {
    const { UserMFASettingList: factors = [] } = await cognito.send(new AdminGetUserCommand(target));
    if (factors.includes(factor)) {
      if (known.secret !== null) return known.secret;
      const off = { SoftwareTokenMfaSettings: { Enabled: false, PreferredMfa: false } };
      await cognito.send(new AdminSetUserMFAPreferenceCommand({ ...target, ...off }));
    }
    if (known.secret !== null) known.forget();
    // The sign-in needs the password that dev.json names, also where somebody has changed it since.
    await cognito.send(new AdminSetUserPasswordCommand({ ...target, Password: person.password, Permanent: true }));
  } finally {
    cognito.destroy();
  }
  return enrol(pool, person, endpoint);
}

async function enrol(pool: Pool, person: LocalPerson, endpoint: string | undefined): Promise<string> {
  const Storage = memoryStorage();
  const Pool = new CognitoUserPool({
    UserPoolId: pool.userPoolId,
    ClientId: pool.clientId,
    ...(endpoint !== undefined && { endpoint }),
    Storage,
  });
  const user = new CognitoUser({ Username: person.username, Pool, Storage });
  await signIn(user, person);
  const secret = await new Promise<string>((resolve, reject) => {
    user.associateSoftwareToken({ associateSecretCode: resolve, onFailure: reject });
  });
  await verify(user, secret);
  await new Promise<void>((resolve, reject) => {
    const choice = { PreferredMfa: true, Enabled: true };
    user.setUserMfaPreference(null, choice, (error) => (error ? reject(error) : resolve()));
  });
  await new Promise<void>((resolve) => {
    user.signOut(() => resolve());
  });
  return secret;
}

function signIn(user: CognitoUser, person: LocalPerson): Promise<CognitoUserSession> {
  const refuse = (reject: (error: Error) => void) => () =>
    reject(new Error('the sign-in asks for more than a password'));
  return new Promise((resolve, reject) => {
    user.authenticateUser(new AuthenticationDetails({ Username: person.username, Password: person.password }), {
      onSuccess: resolve,
      onFailure: reject,
      newPasswordRequired: refuse(reject),
      totpRequired: refuse(reject),
      mfaSetup: refuse(reject),
      mfaRequired: refuse(reject),
      selectMFAType: refuse(reject),
    });
  });
}

/** By the code of the step that is over, if Cognito still takes it: the one of now is then good for a first sign-in. */
async function verify(user: CognitoUser, secret: string): Promise<void> {
  const send = (step: number) =>
    new Promise<void>((resolve, reject) => {
      user.verifySoftwareToken(totpCode(secret, step), 'dev.json', { onSuccess: () => resolve(), onFailure: reject });
    });
  try {
    await send(totpStep(Date.now()) - 1);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'EnableSoftwareTokenMFAException') throw error;
    await send(totpStep(Date.now()));
  }
}

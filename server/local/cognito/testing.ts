import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  type AttributeType,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
} from 'amazon-cognito-identity-js';
import type { Emulator } from '../emulator.ts';
import { memoryStorage } from '../memory-storage.ts';
import { startCognito } from '../services-for-tests.ts';
import type { CognitoOptions } from './emulator.ts';

// What the tests share: an emulator, the genuine AWS SDK and the genuine SRP client of browsers against it.

export const goodPassword = 'Correct horse 1!';

export interface TestPool {
  readonly url: string;
  readonly sdk: CognitoIdentityProviderClient;
  readonly calls: ReadonlyMap<string, number>;
  readonly userPoolId: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  close(): Promise<void>;
}

export function connect(url: string, credentials = { accessKeyId: 'local', secretAccessKey: 'local' }) {
  return new CognitoIdentityProviderClient({ endpoint: url, region: 'us-west-2', credentials, maxAttempts: 1 });
}

interface PoolSettings {
  readonly pool?: Partial<CreateUserPoolCommandInput>;
  readonly client?: Partial<CreateUserPoolClientCommandInput>;
}

/** An emulator of its own, which ends with the pool. */
export async function startPool(
  settings: PoolSettings & { readonly emulator?: CognitoOptions } = {},
): Promise<TestPool> {
  return createPool(await startCognito(settings.emulator ?? {}), settings);
}

/** A pool and an app client like the ones of the local stack, unless a test says otherwise. */
export async function createPool(emulator: Emulator, settings: PoolSettings = {}): Promise<TestPool> {
  const sdk = connect(emulator.url);
  const { UserPool } = await sdk.send(
    new CreateUserPoolCommand({
      PoolName: 'test',
      AliasAttributes: ['email'],
      Schema: ['k01', 'k02', 'policy'].map((Name) => ({ Name, AttributeDataType: 'String', Mutable: true })),
      ...settings.pool,
    }),
  );
  const userPoolId = required(UserPool?.Id);
  const { UserPoolClient } = await sdk.send(
    new CreateUserPoolClientCommand({
      UserPoolId: userPoolId,
      ClientName: 'test',
      ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'],
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 },
      PreventUserExistenceErrors: 'ENABLED',
      ReadAttributes: ['email', 'email_verified', 'name', 'locale'],
      WriteAttributes: ['name', 'locale'],
      ...settings.client,
    }),
  );
  return {
    url: emulator.url,
    sdk,
    calls: emulator.calls,
    userPoolId,
    clientId: required(UserPoolClient?.ClientId),
    clientSecret: UserPoolClient?.ClientSecret,
    close: async () => {
      sdk.destroy();
      await emulator.close();
    },
  };
}

export function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the answer lacks a member that the test needs');
  return value;
}

/** With a permanent password, unless a temporary one is named. */
export async function createUser(
  pool: TestPool,
  username: string,
  settings: {
    readonly email?: string;
    readonly attributes?: AttributeType[];
    readonly temporaryPassword?: string;
  } = {},
): Promise<void> {
  const email = settings.email ?? `${username}@example.com`;
  const target = { UserPoolId: pool.userPoolId, Username: username };
  await pool.sdk.send(
    new AdminCreateUserCommand({
      ...target,
      MessageAction: 'SUPPRESS',
      TemporaryPassword: settings.temporaryPassword,
      UserAttributes: [
        { Name: 'email', Value: email },
        { Name: 'email_verified', Value: 'true' },
        ...(settings.attributes ?? []),
      ],
    }),
  );
  if (settings.temporaryPassword !== undefined) return;
  await pool.sdk.send(new AdminSetUserPasswordCommand({ ...target, Password: goodPassword, Permanent: true }));
}

export type SignIn =
  | { readonly kind: 'tokens'; readonly session: CognitoUserSession; readonly user: CognitoUser }
  | { readonly kind: 'new-password'; readonly attributes: unknown; readonly user: CognitoUser }
  | { readonly kind: 'totp' | 'mfa-setup' | 'select-mfa'; readonly parameters: unknown; readonly user: CognitoUser };

/** By the genuine SRP client. Rejects with the service's error, its name in `code`. */
export function signIn(pool: TestPool, name: string, password: string): Promise<SignIn> {
  const user = createCognitoUser(pool, name);
  return new Promise((resolve, reject) => {
    user.authenticateUser(new AuthenticationDetails({ Username: name, Password: password }), {
      onSuccess: (session) => resolve({ kind: 'tokens', session, user }),
      onFailure: reject,
      newPasswordRequired: (attributes: unknown) => resolve({ kind: 'new-password', attributes, user }),
      totpRequired: (_name: string, parameters: unknown) => resolve({ kind: 'totp', parameters, user }),
      mfaSetup: (_name: string, parameters: unknown) => resolve({ kind: 'mfa-setup', parameters, user }),
      selectMFAType: (_name: string, parameters: unknown) => resolve({ kind: 'select-mfa', parameters, user }),
    });
  });
}

export async function signInForTokens(
  pool: TestPool,
  name: string,
): Promise<{ readonly access: string; readonly id: string; readonly refresh: string }> {
  const result = await signIn(pool, name, goodPassword);
  if (result.kind !== 'tokens') throw new Error('a new password was asked for');
  return {
    access: result.session.getAccessToken().getJwtToken(),
    id: result.session.getIdToken().getJwtToken(),
    refresh: result.session.getRefreshToken().getToken(),
  };
}

export function completeNewPassword(user: CognitoUser, password: string): Promise<CognitoUserSession> {
  return new Promise((resolve, reject) => {
    user.completeNewPasswordChallenge(password, {}, { onSuccess: resolve, onFailure: reject });
  });
}

export function sendCode(user: CognitoUser, code: string): Promise<CognitoUserSession> {
  return new Promise((resolve, reject) => {
    user.sendMFACode(code, { onSuccess: resolve, onFailure: reject }, 'SOFTWARE_TOKEN_MFA');
  });
}

/** A secret for an authenticator app, not verified yet. */
export function associate(user: CognitoUser): Promise<string> {
  return new Promise((resolve, reject) => {
    user.associateSoftwareToken({ associateSecretCode: resolve, onFailure: reject });
  });
}

/** By somebody who has signed in, or who is asked to set up a second factor. */
export function verify(user: CognitoUser, code: string): Promise<CognitoUserSession> {
  return new Promise((resolve, reject) => {
    user.verifySoftwareToken(code, 'phone', { onSuccess: resolve, onFailure: reject });
  });
}

/** Somebody with a password and an authenticator app, which they have turned on; its secret. */
export async function createUserWithApp(
  pool: TestPool,
  username: string,
  codeOf: (secret: string) => string,
  PreferredMfa = true,
): Promise<string> {
  await createUser(pool, username);
  const { user } = await signIn(pool, username, goodPassword);
  const secret = await associate(user);
  await verify(user, codeOf(secret));
  await new Promise<void>((resolve, reject) => {
    user.setUserMfaPreference(null, { PreferredMfa, Enabled: true }, (error) => (error ? reject(error) : resolve()));
  });
  return secret;
}

function createCognitoUser(pool: TestPool, name: string): CognitoUser {
  const storage = memoryStorage();
  const Pool = new CognitoUserPool({
    UserPoolId: pool.userPoolId,
    ClientId: pool.clientId,
    endpoint: pool.url,
    Storage: storage,
  });
  return new CognitoUser({ Username: name, Pool, Storage: storage });
}

/** The claims of a token, unchecked. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(required(token.split('.')[1]), 'base64url').toString());
}

import {
  AdminGetUserCommand,
  AdminSetUserMFAPreferenceCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startCognito } from './cognito/emulator.ts';
import type { Emulator } from './emulator.ts';
import { type LocalPerson, type Pool, provisionPerson, provisionPool } from './provision.ts';
import { provisionSecondFactor } from './second-factor.ts';

let emulator: Emulator;
let pool: Pool;
let admin: LocalPerson;
let cognito: CognitoIdentityProviderClient;

beforeAll(async () => {
  emulator = await startCognito({});
  vi.stubEnv('AWS_ENDPOINT_URL', emulator.url);
  vi.stubEnv('AWS_REGION', 'us-west-2');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  cognito = new CognitoIdentityProviderClient({});
  pool = await provisionPool({});
  admin = await provisionPerson(pool, 'admin@example.com', ['admin'], undefined);
});
afterAll(async () => {
  cognito.destroy();
  await emulator.close();
  vi.unstubAllEnvs();
});

async function provision(secret: string | null, forget: () => void = vi.fn()): Promise<string> {
  return provisionSecondFactor(pool, admin, { secret, forget }, emulator.url);
}

const target = () => ({ UserPoolId: pool.userPoolId, Username: admin.username });
const factors = async () => (await cognito.send(new AdminGetUserCommand(target()))).UserMFASettingList;
const turnOff = () => {
  const SoftwareTokenMfaSettings = { Enabled: false, PreferredMfa: false };
  return cognito.send(new AdminSetUserMFAPreferenceCommand({ ...target(), SoftwareTokenMfaSettings }));
};

test('what was written down stays while it is asked for; what is lost or turned off is made anew', async () => {
  const forget = vi.fn();
  const first = await provision(null, forget);
  expect(await factors()).toEqual(['SOFTWARE_TOKEN_MFA']);
  expect(await provision(first, forget)).toBe(first);
  expect(forget).not.toHaveBeenCalled();
  const second = await provision(null);
  expect(second).not.toBe(first);
  await turnOff();
  const third = await provision(second, forget);
  expect(third).not.toBe(second);
  expect(forget).toHaveBeenCalledOnce();
});

test('an old secret is forgotten before there is a new one, so that a kill between the two leaves none', async () => {
  await turnOff();
  const killed = () => {
    throw new Error('killed');
  };
  await expect(provision('OLD', killed)).rejects.toThrow('killed');
  expect(await factors()).toBeUndefined();
});

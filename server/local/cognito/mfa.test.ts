import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AdminGetUserCommand,
  AdminSetUserMFAPreferenceCommand,
  AdminSetUserPasswordCommand,
  AssociateSoftwareTokenCommand,
  GetUserCommand,
  GetUserPoolMfaConfigCommand,
  RespondToAuthChallengeCommand,
  SetUserMFAPreferenceCommand,
  SetUserPoolMfaConfigCommand,
  type SetUserPoolMfaConfigCommandInput,
  UpdateUserPoolCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { CognitoUser } from 'amazon-cognito-identity-js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { totpCode, totpStep } from '../../../shared/totp.ts';
import { startCognito } from './emulator.ts';
import {
  associate,
  createUser,
  createUserWithApp,
  goodPassword,
  sendCode,
  signIn,
  signInForTokens,
  startPool,
  type TestPool,
  verify,
} from './testing.ts';

let pool: TestPool;
let offsetMs = 0;
const now = () => Date.now() + offsetMs;
const codeNow = (secret: string, steps = 0) => totpCode(secret, totpStep(now()) + steps);

/** To the middle of a later step, so that no test runs across the end of one. */
function nextStep(steps = 1): void {
  offsetMs += 30_000 * steps + 15_000 - (now() % 30_000);
}

async function configure(settings: Partial<SetUserPoolMfaConfigCommandInput>) {
  return pool.sdk.send(new SetUserPoolMfaConfigCommand({ UserPoolId: pool.userPoolId, ...settings }));
}

beforeAll(async () => {
  pool = await startPool({ emulator: { now } });
});
beforeEach(async () => {
  offsetMs = 0;
  nextStep();
  await configure({ MfaConfiguration: 'OPTIONAL', SoftwareTokenMfaConfiguration: { Enabled: true } });
});
afterAll(() => pool.close());

const target = (Username: string) => ({ UserPoolId: pool.userPoolId, Username });
const setting = (Enabled: boolean, PreferredMfa = Enabled) => ({ SoftwareTokenMfaSettings: { Enabled, PreferredMfa } });
const mfaOf = async (username: string) => {
  const { UserMFASettingList, PreferredMfaSetting } = await pool.sdk.send(new AdminGetUserCommand(target(username)));
  return [UserMFASettingList, PreferredMfaSetting];
};
const mismatch = { code: 'CodeMismatchException', message: 'Invalid code received for user' };
const used = { code: 'ExpiredCodeException', message: 'Your software token has already been used once.' };
const notVerified = {
  code: 'EnableSoftwareTokenMFAException',
  message: 'Code mismatch and fail enable Software Token MFA',
};
const noDelivery = {
  name: 'InvalidParameterException',
  message: 'User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA',
};

/** Signed in, and asked for a code. */
async function challenge(username: string, password = goodPassword): Promise<CognitoUser> {
  const result = await signIn(pool, username, password);
  expect(result).toMatchObject({ kind: 'totp', parameters: { USER_ID_FOR_SRP: username } });
  return result.user;
}

async function enrol(username: string, at = pool): Promise<string> {
  const secret = await createUserWithApp(at, username, codeNow);
  nextStep();
  return secret;
}

describe('an authenticator app', () => {
  test('is set up by somebody who has signed in, and asked for from then on', async () => {
    await createUser(pool, 'anna');
    const { access } = await signInForTokens(pool, 'anna');
    const { user } = await signIn(pool, 'anna', goodPassword);
    const secret = await associate(user);
    expect(secret).toMatch(/^[A-Z2-7]{52}$/);
    await expect(verify(user, '000000')).rejects.toMatchObject(notVerified);
    await expect(verify(user, codeNow(secret, 2))).rejects.toMatchObject(notVerified);
    const preferred = pool.sdk.send(new SetUserMFAPreferenceCommand({ AccessToken: access, ...setting(true) }));
    await expect(preferred).rejects.toMatchObject(noDelivery);
    expect(await verify(user, codeNow(secret))).toEqual({ Status: 'SUCCESS' });
    expect(await mfaOf('anna')).toEqual([undefined, undefined]);
    expect(await signIn(pool, 'anna', goodPassword)).toMatchObject({ kind: 'tokens' });
    await pool.sdk.send(new SetUserMFAPreferenceCommand({ AccessToken: access, ...setting(true) }));
    expect(await mfaOf('anna')).toEqual([['SOFTWARE_TOKEN_MFA'], 'SOFTWARE_TOKEN_MFA']);
    expect(await pool.sdk.send(new GetUserCommand({ AccessToken: access }))).toMatchObject({
      UserMFASettingList: ['SOFTWARE_TOKEN_MFA'],
      PreferredMfaSetting: 'SOFTWARE_TOKEN_MFA',
    });
    nextStep();
    const result = await signIn(pool, 'anna@example.com', goodPassword);
    expect(result).toMatchObject({ kind: 'totp', parameters: { FRIENDLY_DEVICE_NAME: 'phone' } });
    const session = await sendCode(result.user, codeNow(secret));
    expect(session.getAccessToken().payload).toMatchObject({ username: 'anna' });
  });

  test('has codes that are good for a step before and after, each of them once', async () => {
    const secret = await enrol('berta');
    for (const steps of [-2, 2]) {
      await expect(sendCode(await challenge('berta'), codeNow(secret, steps))).rejects.toMatchObject(mismatch);
    }
    nextStep();
    for (const steps of [0, 1, -1]) {
      await sendCode(await challenge('berta'), codeNow(secret, steps));
      await expect(sendCode(await challenge('berta'), codeNow(secret, steps))).rejects.toMatchObject(used);
    }
  });

  test('has a first code that is used up by the set-up itself', async () => {
    await createUser(pool, 'carl');
    const { user } = await signIn(pool, 'carl', goodPassword);
    const secret = await associate(user);
    await verify(user, codeNow(secret));
    await pool.sdk.send(new AdminSetUserMFAPreferenceCommand({ ...target('carl'), ...setting(true) }));
    await expect(sendCode(await challenge('carl'), codeNow(secret))).rejects.toMatchObject(used);
  });

  test('may be asked again after a wrong code, and no more after the right one', async () => {
    const secret = await enrol('dora');
    const user = await challenge('dora');
    for (const code of ['000000', 'abcdef', '1']) await expect(sendCode(user, code)).rejects.toMatchObject(mismatch);
    await sendCode(user, codeNow(secret));
    await expect(sendCode(user, codeNow(secret, 1))).rejects.toMatchObject({
      code: 'NotAuthorizedException',
      message: 'Invalid session for the user, session can only be used once.',
    });
  });

  test('is replaced only when a code of the new one is right', async () => {
    const old = await enrol('emil');
    const user = await challenge('emil');
    await sendCode(user, codeNow(old));
    const secret = await associate(user);
    nextStep();
    await sendCode(await challenge('emil'), codeNow(old));
    await verify(user, codeNow(secret));
    nextStep();
    await expect(sendCode(await challenge('emil'), codeNow(old))).rejects.toMatchObject(mismatch);
    await sendCode(await challenge('emil'), codeNow(secret));
  });

  test('is asked for after a temporary password was replaced', async () => {
    const secret = await enrol('frida');
    await pool.sdk.send(new AdminSetUserPasswordCommand({ ...target('frida'), Password: 'Temporary horse 1!' }));
    const { user } = await signIn(pool, 'frida', 'Temporary horse 1!');
    const asked = new Promise<void>((resolve, reject) => {
      user.completeNewPasswordChallenge(
        'Lasting horse 2!',
        {},
        {
          onSuccess: () => reject(new Error('no code was asked for')),
          onFailure: reject,
          totpRequired: () => resolve(),
        },
      );
    });
    await asked;
    await sendCode(user, codeNow(secret));
  });

  test('is turned off and on again by its owner or an administrator', async () => {
    const secret = await enrol('gustav');
    await pool.sdk.send(new AdminSetUserMFAPreferenceCommand({ ...target('gustav'), ...setting(false) }));
    expect(await mfaOf('gustav')).toEqual([undefined, undefined]);
    const { access } = await signInForTokens(pool, 'gustav');
    await pool.sdk.send(new SetUserMFAPreferenceCommand({ AccessToken: access, ...setting(true, false) }));
    expect(await mfaOf('gustav')).toEqual([['SOFTWARE_TOKEN_MFA'], undefined]);
    await sendCode(await challenge('gustav'), codeNow(secret));
    await createUser(pool, 'hanna');
    const foreign = pool.sdk.send(new AdminSetUserMFAPreferenceCommand({ ...target('hanna'), ...setting(true) }));
    await expect(foreign).rejects.toMatchObject(noDelivery);
  });

  test('is the same after a restart, and so are the codes that were taken', async () => {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'cognito-totp-'));
    const first = await startPool({ emulator: { now, dataDir } });
    await first.sdk.send(
      new SetUserPoolMfaConfigCommand({
        UserPoolId: first.userPoolId,
        MfaConfiguration: 'OPTIONAL',
        SoftwareTokenMfaConfiguration: { Enabled: true },
      }),
    );
    const secret = await enrol('nora', first);
    await sendCode((await signIn(first, 'nora', goodPassword)).user, codeNow(secret));
    await first.close();
    const emulator = await startCognito({ now, dataDir });
    const { user } = await signIn({ ...first, url: emulator.url }, 'nora', goodPassword);
    await expect(sendCode(user, codeNow(secret))).rejects.toMatchObject(used);
    await sendCode(user, codeNow(secret, 1));
    await emulator.close();
    rmSync(dataDir, { recursive: true });
  });

  test('belongs to one person: a session of another does not take its code', async () => {
    const secret = await enrol('ida');
    await enrol('jens');
    const user = await challenge('jens');
    await expect(sendCode(user, codeNow(secret))).rejects.toMatchObject(mismatch);
    const answer = pool.sdk.send(
      new RespondToAuthChallengeCommand({
        ClientId: pool.clientId,
        ChallengeName: 'SOFTWARE_TOKEN_MFA',
        Session: 'x'.repeat(64),
        ChallengeResponses: { USERNAME: 'ida', SOFTWARE_TOKEN_MFA_CODE: codeNow(secret) },
      }),
    );
    await expect(answer).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  });

  test.for(['12345', '1234567', 'abcdef'])('is verified with six digits, not %s', async (UserCode, { expect }) => {
    const answer = pool.sdk.send(new VerifySoftwareTokenCommand({ Session: 'x'.repeat(64), UserCode }));
    await expect(answer).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining("at 'userCode' failed to satisfy constraint"),
    });
  });
});

describe('a pool that demands a second factor', () => {
  beforeEach(() => configure({ MfaConfiguration: 'ON' }));

  test('has it set up within the sign-in, also after a first password', async () => {
    await createUser(pool, 'karl', { temporaryPassword: 'Temporary horse 1!' });
    const { user } = await signIn(pool, 'karl', 'Temporary horse 1!');
    const parameters = await new Promise((resolve, reject) => {
      user.completeNewPasswordChallenge(
        'Lasting horse 2!',
        {},
        {
          onSuccess: () => reject(new Error('no set-up was asked for')),
          onFailure: reject,
          mfaSetup: (_name: string, parameters: unknown) => resolve(parameters),
        },
      );
    });
    expect(parameters).toMatchObject({ MFAS_CAN_SETUP: '["SOFTWARE_TOKEN_MFA"]' });
    const setup = await signIn(pool, 'karl', 'Lasting horse 2!');
    expect(setup.kind).toBe('mfa-setup');
    const secret = await associate(setup.user);
    await expect(verify(setup.user, '000000')).rejects.toMatchObject(notVerified);
    const session = await verify(setup.user, codeNow(secret));
    expect(session.getAccessToken().payload).toMatchObject({ username: 'karl' });
    expect(await mfaOf('karl')).toEqual([['SOFTWARE_TOKEN_MFA'], undefined]);
    nextStep();
    await sendCode(await challenge('karl', 'Lasting horse 2!'), codeNow(secret));
  });

  test('gives no tokens for a session in which nothing was verified', async () => {
    await createUser(pool, 'lena');
    const { user } = await signIn(pool, 'lena', goodPassword);
    await associate(user);
    const Session: unknown = Reflect.get(user, 'Session');
    const answer = pool.sdk.send(
      new RespondToAuthChallengeCommand({
        ClientId: pool.clientId,
        ChallengeName: 'MFA_SETUP',
        Session: String(Session),
        ChallengeResponses: { USERNAME: 'lena' },
      }),
    );
    await expect(answer).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  });
});

describe('the settings of a pool', () => {
  test('are shown as they were set, and an update that names no MFA turns it off', async () => {
    const target = { UserPoolId: pool.userPoolId };
    const show = async () => {
      const { $metadata: _, ...shown } = await pool.sdk.send(new GetUserPoolMfaConfigCommand(target));
      return shown;
    };
    expect(await show()).toEqual({ MfaConfiguration: 'OPTIONAL', SoftwareTokenMfaConfiguration: { Enabled: true } });
    await pool.sdk.send(new UpdateUserPoolCommand(target));
    expect(await show()).toMatchObject({ MfaConfiguration: 'OFF' });
    await pool.sdk.send(new UpdateUserPoolCommand({ ...target, MfaConfiguration: 'OPTIONAL' }));
    expect(await show()).toMatchObject({ MfaConfiguration: 'OPTIONAL' });
  });

  test('offer no authenticator app while MFA is off', async () => {
    await configure({ MfaConfiguration: 'OFF' });
    await createUser(pool, 'mia');
    const { access } = await signInForTokens(pool, 'mia');
    await expect(pool.sdk.send(new AssociateSoftwareTokenCommand({ AccessToken: access }))).rejects.toMatchObject({
      name: 'SoftwareTokenMFANotFoundException',
      message: 'Software Token MFA has not been enabled by the userPool',
    });
  });

  test.for<[string, Partial<SetUserPoolMfaConfigCommandInput>]>([
    ["can't disable all MFAs", { MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: false } }],
    ["can't turn off MFA", { MfaConfiguration: 'OFF', SoftwareTokenMfaConfiguration: { Enabled: true } }],
    ['not available in the local emulator', { MfaConfiguration: 'ON', SmsMfaConfiguration: {} }],
  ])('are refused where they contradict each other: %s', async ([reason, settings], { expect }) => {
    await expect(configure(settings)).rejects.toThrow(reason);
  });

  test('ask for one by SMS where a pool is made with a second factor', async () => {
    const made = startPool({ pool: { MfaConfiguration: 'ON' } });
    await expect(made).rejects.toThrow(
      'SMS configuration and Auto verification for phone_number are required when MFA is required/optional',
    );
  });
});

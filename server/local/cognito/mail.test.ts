import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AdminCreateUserCommand,
  type AdminCreateUserCommandInput,
  AdminGetUserCommand,
  AdminResetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  ConfirmForgotPasswordCommand,
  CreateUserPoolCommand,
  ForgotPasswordCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  completeNewPassword,
  createUser,
  goodPassword,
  required,
  signIn,
  startPool,
  type TestPool,
} from './testing.ts';

let dataDir: string;
let pool: TestPool;
let offsetMs = 0;
const logged = vi.spyOn(process.stderr, 'write');

beforeEach(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'cognito-mail-'));
  logged.mockClear().mockReturnValue(true);
  offsetMs = 0;
  pool = await startPool({
    emulator: { dataDir, now: () => Date.now() + offsetMs },
    pool: {
      AdminCreateUserConfig: {
        AllowAdminCreateUserOnly: true,
        InviteMessageTemplate: { EmailSubject: 'Welcome', EmailMessage: 'You are {username}, say {####}.' },
      },
    },
  });
});
afterEach(async () => {
  await pool.close();
  rmSync(dataDir, { recursive: true });
});

const target = (Username: string) => ({ UserPoolId: pool.userPoolId, Username });
const file = () => path.join(dataDir, 'mail.jsonl');
const mails = (): { time: string; to: string; subject: string; body: string }[] =>
  readFileSync(file(), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

function invite(username: string, settings: Partial<AdminCreateUserCommandInput> = {}) {
  const UserAttributes = [
    { Name: 'email', Value: `${username}@example.com` },
    { Name: 'email_verified', Value: 'true' },
  ];
  const DesiredDeliveryMediums = ['EMAIL' as const];
  return pool.sdk.send(
    new AdminCreateUserCommand({ ...target(username), UserAttributes, DesiredDeliveryMediums, ...settings }),
  );
}

const passwordIn = (body: string) => required(/say (.*)\.$/.exec(body)?.[1]);

describe('an invitation', () => {
  test('is a line in a file for its owner only, and its password leads in', async () => {
    await invite('anna');
    const [mail] = mails();
    expect(mail).toMatchObject({ to: 'anna@example.com', subject: 'Welcome', body: expect.stringContaining('anna') });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    const password = passwordIn(required(mail).body);
    expect(logged.mock.calls.map(([line]) => line)).toEqual([
      `pennyworth: a mail for "anna@example.com" lies in ${file()}\n`,
    ]);
    const { user } = await signIn(pool, 'anna', password);
    await completeNewPassword(user, goodPassword);
  });

  test('goes out again with another password, also after it has expired, and not to somebody who came in', async () => {
    await invite('berta');
    offsetMs = 8 * 86_400_000;
    pool.sdk.config.systemClockOffset = offsetMs;
    const resend = () =>
      pool.sdk.send(
        new AdminCreateUserCommand({
          ...target('berta'),
          MessageAction: 'RESEND',
          DesiredDeliveryMediums: ['EMAIL'],
        }),
      );
    const { User } = await resend();
    expect(User).toMatchObject({ Username: 'berta', UserStatus: 'FORCE_CHANGE_PASSWORD' });
    const [first, second] = mails();
    offsetMs = 0;
    pool.sdk.config.systemClockOffset = 0;
    await expect(signIn(pool, 'berta', passwordIn(required(first).body))).rejects.toMatchObject({
      code: 'NotAuthorizedException',
      message: 'Incorrect username or password.',
    });
    const { user } = await signIn(pool, 'berta', passwordIn(required(second).body));
    await completeNewPassword(user, goodPassword);
    await expect(resend()).rejects.toMatchObject({
      name: 'UnsupportedUserStateException',
      message: 'Resend not possible. berta status is not FORCE_CHANGE_PASSWORD',
    });
  });

  test.for<[string, Partial<AdminCreateUserCommandInput>]>([
    ['when it is suppressed', { MessageAction: 'SUPPRESS' }],
    ['when nobody asks for e-mail', { DesiredDeliveryMediums: undefined }],
  ])('is not written %s', async ([, settings], { expect }) => {
    await invite('carl', settings);
    expect(mails).toThrow('ENOENT');
  });

  test('needs an address', async () => {
    await expect(invite('dora', { UserAttributes: [] })).rejects.toMatchObject({
      name: 'CodeDeliveryFailureException',
    });
  });

  test('has Cognito’s own words where a pool has none, and says what it was given', async () => {
    const { UserPool } = await pool.sdk.send(new CreateUserPoolCommand({ PoolName: 'plain' }));
    await invite('emil', { UserPoolId: required(UserPool?.Id), TemporaryPassword: 'Given $& horse 1!' });
    expect(mails()[0]).toMatchObject({
      subject: 'Your temporary password',
      body: 'Your username is emil and temporary password is Given $& horse 1!.',
    });
  });

  test('expires by the older setting too, and both at once are refused', async () => {
    const AdminCreateUserConfig = { UnusedAccountValidityDays: 1 };
    const short = await startPool({
      emulator: { now: () => Date.now() + offsetMs },
      pool: { AdminCreateUserConfig, Policies: { PasswordPolicy: { MinimumLength: 8 } } },
    });
    await createUser(short, 'frida', { temporaryPassword: 'Temporary horse 1!' });
    offsetMs = -1000;
    expect(await signIn(short, 'frida', 'Temporary horse 1!')).toMatchObject({ kind: 'new-password' });
    const policy = { Policies: { PasswordPolicy: { TemporaryPasswordValidityDays: 3 } } };
    const both = pool.sdk.send(new CreateUserPoolCommand({ PoolName: 'x', AdminCreateUserConfig, ...policy }));
    await expect(both).rejects.toThrow('Please use TemporaryPasswordValidityDays in PasswordPolicy');
    await short.close();
  });
});

describe('a password that is reset', () => {
  const confirm = (Username: string, ConfirmationCode: string) =>
    pool.sdk.send(
      new ConfirmForgotPasswordCommand({
        ClientId: pool.clientId,
        Username,
        ConfirmationCode,
        Password: 'Other horse 2!',
      }),
    );
  const forgot = (Username: string) => pool.sdk.send(new ForgotPasswordCommand({ ClientId: pool.clientId, Username }));
  const codeIn = () => required(/(\d{6})$/.exec(required(mails().at(-1)).body)?.[1]);
  const expired = { name: 'ExpiredCodeException', message: 'Invalid code provided, please request a code again.' };

  test('by an administrator is good no more; the code that was mailed leads to a new one, once', async () => {
    await createUser(pool, 'anna');
    await pool.sdk.send(new AdminResetUserPasswordCommand(target('anna')));
    expect(await pool.sdk.send(new AdminGetUserCommand(target('anna')))).toMatchObject({
      UserStatus: 'RESET_REQUIRED',
    });
    await expect(signIn(pool, 'anna', goodPassword)).rejects.toMatchObject({
      code: 'PasswordResetRequiredException',
      message: 'Password reset required for the user',
    });
    const code = codeIn();
    const other = code === '000000' ? '000001' : '000000';
    await expect(confirm('anna', other)).rejects.toMatchObject({
      name: 'CodeMismatchException',
      message: 'Invalid verification code provided, please try again.',
    });
    await confirm('anna', code);
    expect(await signIn(pool, 'anna', 'Other horse 2!')).toMatchObject({ kind: 'tokens' });
    await expect(confirm('anna', code)).rejects.toMatchObject(expired);
  });

  test('by its owner stays good until the code comes, which is good for an hour', async () => {
    await createUser(pool, 'berta');
    expect(await forgot('berta')).toMatchObject({
      CodeDeliveryDetails: { AttributeName: 'email', DeliveryMedium: 'EMAIL', Destination: 'b***@e***' },
    });
    expect(await signIn(pool, 'berta', goodPassword)).toMatchObject({ kind: 'tokens' });
    offsetMs = 3_600_001;
    await expect(confirm('berta', codeIn())).rejects.toMatchObject(expired);
  });

  test('of nobody looks like anybody’s', async () => {
    const [first, second] = [await forgot('nobody'), await forgot('nobody')];
    expect(first.CodeDeliveryDetails).toEqual(second.CodeDeliveryDetails);
    expect(first.CodeDeliveryDetails?.Destination).toMatch(/^[a-f]\*{3}@[a-f]\*{3}$/);
    expect(mails).toThrow('ENOENT');
    await expect(confirm('nobody', '123456')).rejects.toMatchObject(expired);
  });

  test('must be one already, and of somebody who can be reached', async () => {
    await createUser(pool, 'carl', { temporaryPassword: 'Temporary horse 1!' });
    const reset = (name: string) => pool.sdk.send(new AdminResetUserPasswordCommand(target(name)));
    await expect(reset('carl')).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: 'User password cannot be reset in the current state.',
    });
    await createUser(pool, 'dora');
    const UserAttributes = [{ Name: 'email_verified', Value: 'false' }];
    await pool.sdk.send(new AdminUpdateUserAttributesCommand({ ...target('dora'), UserAttributes }));
    await expect(reset('dora')).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'Cannot reset password for the user as there is no registered/verified email or phone_number',
    });
  });
});

import { beforeEach, describe, test } from 'vitest';
import { fault } from '../../testing/cognito.ts';
import { exampleUser } from '../../testing/examples.ts';
import { answer } from '../../testing/gateway.ts';
import { setUpTerminal } from '../../testing/set-up.ts';

const { gateway, terminal } = setUpTerminal();

const secret = 'JBSWY3DPEHPK3PXP';
const uri = `otpauth://totp/Pennyworth:ada%40example.com?secret=${secret}&issuer=Pennyworth`;
const person = (methods?: readonly string[]) =>
  answer(200, {
    Username: exampleUser,
    UserAttributes: [{ Name: 'email', Value: 'ada@example.com' }],
    ...(methods && { UserMFASettingList: methods, PreferredMfaSetting: methods[0] }),
  });
const accessToken = { AccessToken: 'access-token-of-ada' };

describe('mfa status', () => {
  test.for([
    ['none', undefined, { mfa: false, methods: [], preferred: null }],
    [
      'authenticator app',
      ['SOFTWARE_TOKEN_MFA'],
      { mfa: true, methods: ['SOFTWARE_TOKEN_MFA'], preferred: 'SOFTWARE_TOKEN_MFA' },
    ],
  ] as const)('says %s', async ([word, methods, record], { expect }) => {
    gateway.on('GetUser', person(methods));
    const piped = await terminal.run(['mfa', 'status']);
    expect([piped.code, piped.out]).toEqual([0, `Account\tada@example.com\nSecond factor\t${word}\n`]);
    expect(piped.err).toBe(record.mfa ? '' : '  → pennyworth mfa enroll\n');
    const json = await terminal.run(['mfa', 'status', '--json']);
    expect(JSON.parse(json.out)).toEqual({ account: 'ada@example.com', ...record });
    expect(gateway.received[0]?.body).toEqual(accessToken);
  });

  test('of a session that ended elsewhere leads to a new sign-in', async ({ expect }) => {
    gateway.on('GetUser', fault('NotAuthorizedException', 'Access Token has been revoked'));
    expect(await terminal.run(['mfa', 'status'])).toEqual({
      code: 4,
      out: '',
      err: 'Error: Access Token has been revoked\n  → pennyworth login\n',
    });
  });
});

describe('mfa enroll', () => {
  const enroll = (args: readonly string[] = [], input = '123456\n') =>
    terminal.run(['mfa', 'enroll', '--mfa-code', '-', ...args], { input });
  beforeEach(() => {
    gateway.on('GetUser', person());
    gateway.on('AssociateSoftwareToken', answer(200, { SecretCode: secret }));
    gateway.on('VerifySoftwareToken', answer(200, { Status: 'SUCCESS' }));
    gateway.on('SetUserMFAPreference', answer(200, {}));
  });

  test('gives a program the address, takes a code, and makes sign-ins ask for one', async ({ expect }) => {
    const outcome = await enroll();
    expect([outcome.code, outcome.out]).toEqual([0, `${uri}\n`]);
    expect(outcome.err).toContain('✔ The second factor is set up');
    expect(gateway.received.slice(1).map(({ body }) => body)).toEqual([
      accessToken,
      { ...accessToken, UserCode: '123456', FriendlyDeviceName: 'pennyworth' },
      { ...accessToken, SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true } },
    ]);
    const json = await enroll(['--json']);
    const [first = '', second = ''] = json.out.split('\n');
    expect([JSON.parse(first), JSON.parse(second)]).toEqual([
      { secret, otpauth_uri: uri },
      { account: 'ada@example.com', mfa: false, methods: [], preferred: null },
    ]);
  });

  test('changes nothing where the code is wrong or missing, or nobody can be asked', async ({ expect }) => {
    gateway.on('VerifySoftwareToken', fault('EnableSoftwareTokenMFAException', 'Code mismatch'));
    expect(await enroll()).toMatchObject({ code: 4, err: expect.stringContaining('authenticator app is wrong') });
    expect(await enroll([], '')).toMatchObject({ code: 2, err: expect.stringContaining('stdin holds no code') });
    gateway.received.length = 0;
    expect(await terminal.run(['mfa', 'enroll'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--mfa-code -'),
    });
    expect(gateway.received).toEqual([]);
  });

  test('replaces an app only where that is confirmed', async ({ expect }) => {
    gateway.on('GetUser', person(['SOFTWARE_TOKEN_MFA']));
    expect(await enroll()).toMatchObject({ code: 2, out: '', err: expect.stringContaining('add --yes') });
    expect(gateway.received.length).toBe(1);
    expect((await enroll(['--yes'])).code).toBe(0);
  });

  test('shows no code and no secret in --debug', async ({ expect }) => {
    const { err } = await enroll(['--debug']);
    expect(err).toContain('> cognito VerifySoftwareToken');
    expect(err).not.toMatch(new RegExp(`123456|${secret}|access-token`));
  });
});

describe('mfa disable', () => {
  test('asks, then switches it off', async ({ expect }) => {
    gateway.on('GetUser', person(['SOFTWARE_TOKEN_MFA']));
    gateway.on('SetUserMFAPreference', answer(200, {}));
    expect((await terminal.run(['mfa', 'disable'])).code).toBe(2);
    expect(gateway.received.length).toBe(1);
    expect(await terminal.run(['mfa', 'disable', '--yes'])).toMatchObject({ code: 0, out: '' });
    expect(gateway.received.at(-1)?.body).toEqual({
      ...accessToken,
      SoftwareTokenMfaSettings: { Enabled: false, PreferredMfa: false },
    });
  });

  test('does nothing where there is none', async ({ expect }) => {
    gateway.on('GetUser', person());
    expect(await terminal.run(['mfa', 'disable'])).toEqual({
      code: 0,
      out: '',
      err: 'No second factor is set up.\n',
    });
  });
});

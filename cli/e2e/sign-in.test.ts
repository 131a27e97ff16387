import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import {
  AdminAddUserToGroupCommand,
  AdminDisableUserCommand,
  AdminEnableUserCommand,
  AdminResetUserPasswordCommand,
  SetUserMFAPreferenceCommand,
  SetUserPoolMfaConfigCommand,
  type SetUserPoolMfaConfigCommandInput,
  type UserPoolMfaType,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { totpCode, totpStep } from '../../shared/totp.ts';
import { environmentFor, inTerminal, program, runPiped } from '../testing/built-program.ts';
import { changeSession, LocalPeople, password, stored } from '../testing/local-people.ts';
import { scanQr } from '../testing/scan-qr.ts';

// Signing in with the built command against the local stack: genuine SRP, codes and pictures.

let people: LocalPeople;
beforeAll(async () => {
  people = await LocalPeople.start();
});
afterAll(() => people.stop());

function demandSecondFactor(MfaConfiguration: UserPoolMfaType, more: Partial<SetUserPoolMfaConfigCommandInput> = {}) {
  const { user_pool_id: UserPoolId } = people.dev;
  const SoftwareTokenMfaConfiguration = { Enabled: true };
  const config = { UserPoolId, MfaConfiguration, SoftwareTokenMfaConfiguration, ...more };
  return people.cognito.send(new SetUserPoolMfaConfigCommand(config));
}

/** Enrols as a program does: it is told the address, and writes the code then. The secret. */
async function enrolPiped(config: string): Promise<string> {
  const env = environmentFor(config);
  const child = spawn(process.execPath, [program, 'mfa', 'enroll', '--mfa-code', '-'], { env, stdio: 'pipe' });
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  const secret = new URL(String(line).trim()).searchParams.get('secret') ?? '';
  child.stdin.write(`${firstCodeOf(secret)}\n`);
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error(`enrolment ended with ${status}`);
  return secret;
}

const codeAt = (secret: string, offset: number) => totpCode(secret, totpStep(Date.now()) + offset);
/** Each code is good once: that of now sets an app up, that of the next step, which is taken already, signs in. */
const firstCodeOf = (secret: string) => codeAt(secret, 0);
const codeOf = (secret: string) => codeAt(secret, 1);
/** Six digits that are no code of these minutes. */
function wrongCodeOf(secret: string): string {
  const good = [-2, -1, 0, 1, 2, 3].map((offset) => codeAt(secret, offset));
  return (
    ['000000', '111111', '222222', '333333', '444444', '555555', '666666'].find((code) => !good.includes(code)) ?? ''
  );
}

describe('piped', () => {
  test('a second factor is set up, asked for, and good once; nothing shows a secret or an escape', async ({
    expect,
  }) => {
    const { config, login } = await people.invite('piped@example.com');
    const signIn = (code: string) =>
      runPiped([...login, '--password-stdin', '--mfa-code', '-'], config, `${password}\n${code}\n`);
    const first = runPiped([...login, '--password-stdin'], config, password);
    expect(first).toMatchObject({ status: 0, stdout: '' });
    const secret = await enrolPiped(config);
    const status = runPiped(['mfa', 'status', '--json'], config);
    expect(JSON.parse(status.stdout)).toEqual({
      account: 'piped@example.com',
      mfa: true,
      methods: ['SOFTWARE_TOKEN_MFA'],
      preferred: 'SOFTWARE_TOKEN_MFA',
    });
    const without = runPiped([...login, '--password-stdin'], config, password);
    expect(without).toMatchObject({ status: 2, stderr: expect.stringContaining('--mfa-code -') });
    const code = codeOf(secret);
    const wrong = signIn(wrongCodeOf(secret));
    expect(wrong).toMatchObject({
      status: 4,
      stdout: '',
      stderr: expect.stringContaining('authenticator app is wrong'),
    });
    const right = signIn(code);
    expect(right, right.stderr).toMatchObject({ status: 0, stdout: '' });
    const again = signIn(code);
    expect(again).toMatchObject({ status: 4, stderr: expect.stringContaining('used already') });
    const debugged = runPiped(['mfa', 'disable', '--yes', '--debug'], config);
    expect(debugged.status, debugged.stderr).toBe(0);
    expect(runPiped([...login, '--password-stdin'], config, password).status).toBe(0);
    for (const { stdout, stderr } of [first, status, without, wrong, right, again, debugged]) {
      expect(stdout + stderr).not.toContain('\u001b');
      for (const text of [password, secret, code, stored(config).profiles.default.refresh_token]) {
        expect(stdout + stderr).not.toContain(text);
      }
    }
    for (const text of [password, secret, code]) expect(people.log()).not.toContain(text);
  });

  test('a new password and a code are asked for in one sign-in', async ({ expect }) => {
    const { Username, config, login } = await people.invite('both@example.com');
    expect(runPiped([...login, '--password-stdin'], config, password).status).toBe(0);
    const secret = await enrolPiped(config);
    await people.setPassword(Username, 'Temporary-3', false);
    const switches = ['--password-stdin', '--new-password-stdin', '--mfa-code', '-'];
    const outcome = runPiped([...login, ...switches], config, `Temporary-3\nChosen-again-4\n${codeOf(secret)}\n`);
    expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
  });

  test('of two second factors the app is chosen, and one that is not known here is said to be', async ({ expect }) => {
    const { config, login } = await people.invite('choice@example.com');
    await demandSecondFactor('OPTIONAL', { EmailMfaConfiguration: { Message: '{####}', Subject: 'Code' } });
    try {
      expect(runPiped([...login, '--password-stdin'], config, password).status).toBe(0);
      const secret = await enrolPiped(config);
      const prefer = (app: boolean) =>
        people.cognito.send(
          new SetUserMFAPreferenceCommand({
            AccessToken: stored(config).profiles.default.access_token,
            SoftwareTokenMfaSettings: { Enabled: app, PreferredMfa: false },
            EmailMfaSettings: { Enabled: true, PreferredMfa: false },
          }),
        );
      await prefer(true);
      const signIn = () =>
        runPiped(
          [...login, '--password-stdin', '--mfa-code', '-', '--debug'],
          config,
          `${password}\n${codeOf(secret)}\n`,
        );
      const chosen = signIn();
      expect(chosen, chosen.stderr).toMatchObject({ status: 0, stderr: expect.stringContaining('sign-in choice\n') });
      await prefer(false);
      const unknown = signIn();
      expect(unknown, unknown.stderr).toMatchObject({ status: 7, stdout: '' });
      expect(unknown.stderr).toContain('that this version does not know');
    } finally {
      await demandSecondFactor('OPTIONAL');
    }
  });

  test('a disabled person is told so, at the sign-in and at the next renewal', async ({ expect }) => {
    const { Username, UserPoolId, config, login } = await people.invite('disabled@example.com');
    expect(runPiped([...login, '--password-stdin'], config, password).status).toBe(0);
    await people.cognito.send(new AdminDisableUserCommand({ UserPoolId, Username }));
    changeSession(config, { expires_at: new Date(0).toISOString() });
    const told = { status: 4, stderr: expect.stringContaining('this account is disabled\n  → ask your administrator') };
    expect(runPiped([...login, '--password-stdin', '-q'], config, password)).toMatchObject(told);
    expect(runPiped(['whoami'], config)).toMatchObject(told);
    await people.cognito.send(new AdminEnableUserCommand({ UserPoolId, Username }));
    expect(runPiped([...login, '--password-stdin'], config, password).status).toBe(0);
  });

  test('a person whose password must be reset is told what to ask for, and signs in with what they get', async ({
    expect,
  }) => {
    const { Username, UserPoolId, config, login } = await people.invite('reset@example.com');
    await people.cognito.send(new AdminResetUserPasswordCommand({ UserPoolId, Username }));
    expect(runPiped([...login, '--password-stdin', '-q'], config, password)).toMatchObject({
      status: 4,
      stderr: 'Error: this password must be reset first\n  → ask your administrator for a new temporary password\n',
    });
    await people.setPassword(Username, 'Temporary-5', false);
    const switches = ['--password-stdin', '--new-password-stdin'];
    const outcome = runPiped([...login, ...switches], config, 'Temporary-5\nChosen-again-6\n');
    expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
  });

  test('an admin without a second factor is told how to get one', async ({ expect }) => {
    const { Username, UserPoolId, config, login } = await people.invite('chief@example.com');
    await people.cognito.send(new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName: 'admin' }));
    const outcome = runPiped([...login, '--password-stdin'], config, password);
    expect(outcome).toMatchObject({ status: 0, stderr: expect.stringContaining('→ pennyworth mfa enroll') });
  });
});

test('the local stack’s admin signs in with a code, and admin routes take the session', async ({ expect }) => {
  const { admin, url } = people.dev;
  const config = people.machine();
  const args = ['login', url, '--username', admin.email, '--password-stdin', '--mfa-code', '-'];
  const outcome = runPiped(args, config, `${admin.password}\n${codeOf(admin.totp_secret ?? '')}\n`);
  expect(outcome, outcome.stderr).toMatchObject({ status: 0, stderr: expect.stringContaining('(admin)') });
  expect(outcome.stderr).not.toContain('mfa enroll');
  expect(JSON.parse(runPiped(['whoami', '--json'], config).stdout)).toMatchObject({ groups: ['admin'], mfa: true });
  const headers = { authorization: `Bearer ${stored(config).profiles.default.access_token}` };
  expect((await fetch(`${url}/v1/keys?all=true`, { headers })).status).not.toBe(403);
});

// `script` is part of util-linux; other systems spell it otherwise.
describe.runIf(process.platform === 'linux')('in a terminal', () => {
  const prompt = 'Code of your authenticator app:';

  /** The address in the picture on the screen. */
  function scanScreen(screen: string): string {
    const lines = screen.split(/\r?\n/).filter((line) => line.includes('\u001b[107m'));
    return scanQr(lines.map(stripVTControlCharacters).join('\n'), true);
  }
  const secretOn = (screen: string) => new URL(scanScreen(screen)).searchParams.get('secret') ?? '';

  test('an app is set up by its picture, with a slip; the next sign-in asks for a code', async ({ expect }) => {
    const { config, login } = await people.invite('terminal@example.com');
    const signedIn = await inTerminal(login, config, [['Password:', `${password}\r`]]);
    expect(signedIn, signedIn.screen).toMatchObject({ status: 0 });
    let secret = '';
    const enrolled = await inTerminal(['mfa', 'enroll'], config, [
      [
        prompt,
        (screen) => {
          secret = secretOn(screen);
          return `${wrongCodeOf(secret)}\r`;
        },
      ],
      [['2 tries left', prompt], () => `${firstCodeOf(secret)}\r`],
    ]);
    expect(enrolled, enrolled.screen).toMatchObject({ status: 0 });
    expect(enrolled.screen).toContain(`or type the secret: ${secret.slice(0, 4)} ${secret.slice(4, 8)} `);
    expect(enrolled.screen).toContain('authenticator app is wrong; 2 tries left');
    expect(enrolled.screen).toContain('The second factor is set up');
    const replaced = await inTerminal(['mfa', 'enroll'], config, [['Replace it?', 'n\r']]);
    expect(replaced, replaced.screen).toMatchObject({ status: 130 });
    const again = await inTerminal(login, config, [
      ['Password:', `${password}\r`],
      [prompt, () => `${wrongCodeOf(secret)}\r`],
      [['2 tries left', prompt], () => `${codeOf(secret)}\r`],
    ]);
    expect(again, again.screen).toMatchObject({ status: 0 });
    expect(again.screen).not.toContain(password);
    const refused = await inTerminal(login, config, [
      ['Password:', `${password}\r`],
      [prompt, () => `${wrongCodeOf(secret)}\r`],
      [['2 tries left', prompt], () => `${wrongCodeOf(secret)}\r`],
      [['one try left', prompt], () => `${wrongCodeOf(secret)}\r`],
    ]);
    expect(refused, refused.screen).toMatchObject({ status: 4 });
    const left = await inTerminal(login, config, [
      ['Password:', `${password}\r`],
      [prompt, '\u0003'],
    ]);
    expect(left, left.screen).toMatchObject({ status: 130 });
    const off = await inTerminal(['mfa', 'disable'], config, [['Switch the second factor off?', 'y\r']]);
    expect(off, off.screen).toMatchObject({ status: 0, screen: expect.stringContaining('switched off') });
  });

  test.for([
    ['too narrow', { columns: 44 }],
    ['not of UTF-8', { env: { LANG: 'C', LC_ALL: 'C' } }],
  ] as const)('a terminal that is %s shows the address and the secret as text', async ([name, look], { expect }) => {
    const { config, login } = await people.invite(`${name.replaceAll(' ', '-')}@example.com`);
    // In a terminal the switch changes nothing: what is typed would be shown.
    const signedIn = await inTerminal([...login, '--password-stdin'], config, [['Password:', `${password}\r`]]);
    expect(signedIn, signedIn.screen).toMatchObject({ status: 0 });
    const secretIn = (screen: string) => /secret=([A-Z2-7]{52})&/.exec(screen.replaceAll(/\s/g, ''))?.[1] ?? '';
    const replies = [[prompt, (screen: string) => `${firstCodeOf(secretIn(screen))}\r`]] as const;
    const enrolled = await inTerminal(['mfa', 'enroll'], config, replies, look);
    expect(enrolled, enrolled.screen).toMatchObject({ status: 0 });
    expect(enrolled.screen).not.toMatch(/[█▀▄]/);
  });

  test('where a pool demands it, a new person chooses a password and sets an app up in one sign-in', async ({
    expect,
  }) => {
    const { config, login } = await people.invite('demanded@example.com', true);
    await demandSecondFactor('ON');
    try {
      const outcome = await inTerminal(login, config, [
        ['Password:', 'Temporary-1\r'],
        ['New password:', 'short\r'],
        ['New password again:', 'short\r'],
        [['2 tries left', 'New password:'], `${password}\r`],
        ['New password again:', `${password}\r`],
        [prompt, (screen) => `${firstCodeOf(secretOn(screen))}\r`],
      ]);
      expect(outcome, outcome.screen).toMatchObject({ status: 0 });
      expect(outcome.screen).toContain('This account must have a second factor.');
      expect(JSON.parse(runPiped(['mfa', 'status', '--json'], config).stdout)).toMatchObject({
        mfa: true,
        preferred: 'SOFTWARE_TOKEN_MFA',
      });
    } finally {
      await demandSecondFactor('OPTIONAL');
    }
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminDisableUserCommand,
  AdminEnableUserCommand,
  AdminResetUserPasswordCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  GetTokensFromRefreshTokenCommand,
  SetUserPoolMfaConfigCommand,
  type UserPoolMfaType,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type LocalStack, startStack } from '../../bin/local-stack.ts';
import { totpCode, totpStep } from '../../shared/totp.ts';
import { environmentFor, inTerminal, program, runPiped } from '../testing/built-program.ts';
import { scanQr } from '../testing/scan-qr.ts';

// Signing in with the built command against the local stack: genuine SRP, codes, rotation and revocation.

let stack: LocalStack;
let cognito: CognitoIdentityProviderClient;
const folders: string[] = [];
beforeAll(async () => {
  stack = await startStack();
  const { endpoints, region } = stack.dev;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  cognito = new CognitoIdentityProviderClient({
    endpoint: endpoints['cognito_identity_provider'] ?? '',
    region,
    credentials,
  });
});
afterAll(async () => {
  cognito.destroy();
  await stack.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function demandSecondFactor(MfaConfiguration: UserPoolMfaType) {
  const { user_pool_id: UserPoolId } = stack.dev;
  const SoftwareTokenMfaConfiguration = { Enabled: true };
  return cognito.send(new SetUserPoolMfaConfigCommand({ UserPoolId, MfaConfiguration, SoftwareTokenMfaConfiguration }));
}

function machine(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'pennyworth-sign-in-'));
  folders.push(folder);
  return folder;
}

const password = 'Chosen-by-me-2';

/** A person whose password holds (or, temporary, must be changed), with a machine of their own. */
async function invite(email: string, temporary = false) {
  const { user_pool_id: UserPoolId, url } = stack.dev;
  const Username = crypto.randomUUID();
  const UserAttributes = [
    { Name: 'email', Value: email },
    { Name: 'email_verified', Value: 'true' },
  ];
  const invitation = { UserPoolId, Username, TemporaryPassword: 'Temporary-1', UserAttributes };
  await cognito.send(new AdminCreateUserCommand({ ...invitation, MessageAction: 'SUPPRESS' }));
  if (!temporary) await setPassword(Username, password, true);
  return { Username, UserPoolId, config: machine(), login: ['login', url, '--username', email] };
}

async function setPassword(Username: string, Password: string, Permanent: boolean): Promise<void> {
  const { user_pool_id: UserPoolId } = stack.dev;
  await cognito.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password, Permanent }));
}

/** Enrols as a program does: it is told the address, and writes the code then. The secret. */
async function enrolPiped(config: string): Promise<string> {
  const env = environmentFor(config);
  const child = spawn(process.execPath, [program, 'mfa', 'enroll', '--mfa-code', '-'], { env, stdio: 'pipe' });
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  const secret = new URL(String(line).trim()).searchParams.get('secret') ?? '';
  child.stdin.write(`${codeOf(secret, -1)}\n`);
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error(`enrolment ended with ${status}`);
  return secret;
}

/** The code of now, of the step before or of the next: each is good once. */
const codeOf = (secret: string, offset = 0) => totpCode(secret, totpStep(Date.now()) + offset);
/** Six digits that are no code of these minutes. */
function wrongCodeOf(secret: string): string {
  const good = [-2, -1, 0, 1, 2, 3].map((offset) => codeOf(secret, offset));
  return (
    ['000000', '111111', '222222', '333333', '444444', '555555', '666666'].find((code) => !good.includes(code)) ?? ''
  );
}

const stored = (config: string) => JSON.parse(readFileSync(path.join(config, 'credentials.json'), 'utf8'));

/** Changes what is kept of the sign-in, as time or another address would. */
function changeSession(config: string, change: Readonly<Record<string, string>>): void {
  const document = stored(config);
  Object.assign(document.profiles.default, change);
  writeFileSync(path.join(config, 'credentials.json'), JSON.stringify(document));
}
const ended = { expires_at: new Date(0).toISOString() };

describe('piped', () => {
  test('a second factor is set up, asked for, and good once; nothing shows a secret or an escape', async ({
    expect,
  }) => {
    const { config, login } = await invite('piped@example.com');
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
    for (const text of [password, secret, code]) expect(stack.log()).not.toContain(text);
  });

  test('a new password and a code are asked for in one sign-in', async ({ expect }) => {
    const { Username, config, login } = await invite('both@example.com');
    expect(runPiped([...login, '--password-stdin'], config, password).status).toBe(0);
    const secret = await enrolPiped(config);
    await setPassword(Username, 'Temporary-3', false);
    const switches = ['--password-stdin', '--new-password-stdin', '--mfa-code', '-'];
    const outcome = runPiped([...login, ...switches], config, `Temporary-3\nChosen-again-4\n${codeOf(secret)}\n`);
    expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
  });

  test('a disabled person is told so, at the sign-in and at the next renewal', async ({ expect }) => {
    const { Username, UserPoolId, config, login } = await invite('disabled@example.com');
    expect(runPiped([...login, '--password-stdin'], config, password).status).toBe(0);
    await cognito.send(new AdminDisableUserCommand({ UserPoolId, Username }));
    changeSession(config, ended);
    const told = { status: 4, stderr: expect.stringContaining('this account is disabled\n  → ask your administrator') };
    expect(runPiped([...login, '--password-stdin', '-q'], config, password)).toMatchObject(told);
    expect(runPiped(['whoami'], config)).toMatchObject(told);
    await cognito.send(new AdminEnableUserCommand({ UserPoolId, Username }));
    expect(runPiped([...login, '--password-stdin'], config, password).status).toBe(0);
  });

  test('a person whose password must be reset is told what to ask for, and signs in with what they get', async ({
    expect,
  }) => {
    const { Username, UserPoolId, config, login } = await invite('reset@example.com');
    await cognito.send(new AdminResetUserPasswordCommand({ UserPoolId, Username }));
    expect(runPiped([...login, '--password-stdin', '-q'], config, password)).toMatchObject({
      status: 4,
      stderr: 'Error: this password must be reset first\n  → ask your administrator for a new temporary password\n',
    });
    await setPassword(Username, 'Temporary-5', false);
    const switches = ['--password-stdin', '--new-password-stdin'];
    const outcome = runPiped([...login, ...switches], config, 'Temporary-5\nChosen-again-6\n');
    expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
  });

  test('an admin without a second factor is told how to get one', async ({ expect }) => {
    const { Username, UserPoolId, config, login } = await invite('chief@example.com');
    await cognito.send(new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName: 'admin' }));
    const outcome = runPiped([...login, '--password-stdin'], config, password);
    expect(outcome).toMatchObject({ status: 0, stderr: expect.stringContaining('→ pennyworth mfa enroll') });
  });
});

test('the local stack’s admin signs in with a code, and admin routes take the session', async ({ expect }) => {
  const { admin, url } = stack.dev;
  const config = machine();
  const args = ['login', url, '--username', admin.email, '--password-stdin', '--mfa-code', '-'];
  const outcome = runPiped(args, config, `${admin.password}\n${codeOf(admin.totp_secret ?? '')}\n`);
  expect(outcome, outcome.stderr).toMatchObject({ status: 0, stderr: expect.stringContaining('(admin)') });
  expect(outcome.stderr).not.toContain('mfa enroll');
  expect(JSON.parse(runPiped(['whoami', '--json'], config).stdout)).toMatchObject({ groups: ['admin'], mfa: true });
  const headers = { authorization: `Bearer ${stored(config).profiles.default.access_token}` };
  expect((await fetch(`${url}/v1/keys?all=true`, { headers })).status).not.toBe(403);
});

describe('sessions', () => {
  /** Stands between the command and Cognito: counts renewals, and loses the answers it is told to lose. */
  async function startProxy(lose: number) {
    const target = stack.dev.endpoints['cognito_identity_provider'] ?? '';
    const seen = { renewals: 0, lose };
    const server = createServer(async (request, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece);
      const operation = String(request.headers['x-amz-target']);
      const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': operation };
      const answer = await fetch(target, { method: 'POST', headers, body: Buffer.concat(pieces) });
      const text = await answer.text();
      if (operation.endsWith('GetTokensFromRefreshToken')) {
        seen.renewals++;
        if (seen.renewals <= seen.lose) {
          response.destroy();
          return;
        }
      }
      response.writeHead(answer.status, { 'content-type': headers['content-type'] }).end(text);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    return { seen, url: `http://127.0.0.1:${port}/`, close: () => server.close() };
  }

  const startWhoami = (config: string) =>
    spawn(process.execPath, [program, 'whoami', '--json'], { env: environmentFor(config), stdio: 'ignore' });

  test.for([
    ['two processes renew once', 0, 1],
    ['an answer that was lost costs no sign-in', 2, 3],
  ] as const)('%s, and the newest refresh token is kept', async ([, lose, renewals], { expect }) => {
    const { config, login } = await invite(`renew-${lose}@example.com`);
    expect(runPiped([...login, '--password-stdin'], config, password).status).toBe(0);
    const before = stored(config).profiles.default.refresh_token;
    const proxy = await startProxy(lose);
    try {
      changeSession(config, { ...ended, cognito_endpoint: proxy.url });
      const children = [startWhoami(config), startWhoami(config)];
      const codes = await Promise.all(children.map((child) => once(child, 'exit')));
      expect(codes.map(([code]) => code)).toEqual([0, 0]);
      expect(proxy.seen.renewals).toBe(renewals);
      expect(stored(config).profiles.default.refresh_token).not.toBe(before);
      // What is kept is good for the next one.
      changeSession(config, ended);
      const next = startWhoami(config);
      expect(await once(next, 'exit')).toEqual([0, null]);
      expect(proxy.seen.renewals).toBe(renewals + 1);
    } finally {
      proxy.close();
    }
  });

  test('logout ends this one, logout --all those of every machine', async ({ expect }) => {
    const { config: first, login } = await invite('many@example.com');
    const [second, third] = [machine(), machine()];
    for (const config of [first, second, third]) {
      expect(runPiped([...login, '--password-stdin'], config, password).status).toBe(0);
    }
    const [one, two] = [first, second].map((config) => stored(config).profiles.default.refresh_token);
    const renew = (RefreshToken: string) =>
      cognito.send(new GetTokensFromRefreshTokenCommand({ RefreshToken, ClientId: stack.dev.client_id }));
    expect(runPiped(['logout'], first).status).toBe(0);
    await expect(renew(one)).rejects.toThrow(/revoked/);
    expect(runPiped(['mfa', 'status'], second).status).toBe(0);
    expect(runPiped(['logout', '--all'], third).status).toBe(0);
    await expect(renew(two)).rejects.toThrow(/revoked/);
    expect(runPiped(['mfa', 'status'], second).status).toBe(4);
    changeSession(second, ended);
    expect(runPiped(['whoami'], second)).toMatchObject({
      status: 4,
      stderr: expect.stringContaining('pennyworth login'),
    });
    expect(runPiped(['logout', '--all'], second).status).toBe(4);
    expect(runPiped(['logout'], second).status).toBe(0);
  });
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
    const { config, login } = await invite('terminal@example.com');
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
      [['2 tries left', prompt], () => `${codeOf(secret, -1)}\r`],
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
    const { config, login } = await invite(`${name.replaceAll(' ', '-')}@example.com`);
    // In a terminal the switch changes nothing: what is typed would be shown.
    const signedIn = await inTerminal([...login, '--password-stdin'], config, [['Password:', `${password}\r`]]);
    expect(signedIn, signedIn.screen).toMatchObject({ status: 0 });
    const secretIn = (screen: string) => /secret=([A-Z2-7]{52})&/.exec(screen.replaceAll(/\s/g, ''))?.[1] ?? '';
    const replies = [[prompt, (screen: string) => `${codeOf(secretIn(screen))}\r`]] as const;
    const enrolled = await inTerminal(['mfa', 'enroll'], config, replies, look);
    expect(enrolled, enrolled.screen).toMatchObject({ status: 0 });
    expect(enrolled.screen).not.toMatch(/[█▀▄]/);
  });

  test('where a pool demands it, a new person chooses a password and sets an app up in one sign-in', async ({
    expect,
  }) => {
    const { config, login } = await invite('demanded@example.com', true);
    await demandSecondFactor('ON');
    try {
      const outcome = await inTerminal(login, config, [
        ['Password:', 'Temporary-1\r'],
        ['New password:', 'short\r'],
        ['New password again:', 'short\r'],
        [['2 tries left', 'New password:'], `${password}\r`],
        ['New password again:', `${password}\r`],
        [prompt, (screen) => `${codeOf(secretOn(screen), -1)}\r`],
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

import { statSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'vitest';
import {
  challenge,
  challengeAnswers,
  fault,
  newPasswordChallenge,
  scriptedTokens,
  scriptSignIn,
  signedIn,
  versionAt,
} from '../testing/cognito.ts';
import { exampleMe, secretTokens, signInFiles } from '../testing/examples.ts';
import { answer, refusal } from '../testing/gateway.ts';
import { setUpTerminal } from '../testing/set-up.ts';
import { testNow } from '../testing/terminal.ts';

// A sign-in that succeeds needs a Cognito that knows SRP: that is tested against the local stack, end to end.

const { gateway, terminal } = setUpTerminal({ isSignedIn: false });

const login = (args: readonly string[], input = 'hunter2\n') =>
  terminal.run(['login', gateway.url, ...args], { input });
const withPassword = ['--username', 'ada@example.com', '--password-stdin'];

describe('login', () => {
  test('sends the name and never the password', async ({ expect }) => {
    scriptSignIn(gateway, []);
    gateway.on(
      'InitiateAuth',
      answer(400, { __type: 'NotAuthorizedException', message: 'Incorrect username or password.' }),
    );
    const outcome = await login(withPassword);
    expect(outcome).toEqual({
      code: 4,
      out: '',
      err: `Gateway ${new URL(gateway.url).host}, pennyworth 1.2.0, us-west-2\nError: Incorrect username or password.\n  → pennyworth login\n`,
    });
    expect(gateway.received[1]?.body).toMatchObject({
      AuthFlow: 'USER_SRP_AUTH',
      ClientId: 'client1',
      AuthParameters: { USERNAME: 'ada@example.com', SRP_A: expect.stringMatching(/^[0-9a-f]{700,}$/) },
    });
    expect(JSON.stringify(gateway.received)).not.toContain('hunter2');
  });

  test.for([
    ['UserNotFoundException', 4, 'Incorrect username or password.'],
    ['PasswordResetRequiredException', 4, 'this password must be reset first'],
    ['ResourceNotFoundException', 3, 'the gateway names a user pool or client that does not exist'],
    ['TooManyRequestsException', 5, 'Cognito takes no more attempts now'],
    ['InternalErrorException', 7, 'Amazon Cognito failed: InternalErrorException: Oh'],
  ] as const)('tells %s with code %s', async ([name, code, message], { expect }) => {
    scriptSignIn(gateway, []);
    gateway.on('InitiateAuth', answer(400, { __type: name, message: 'Oh' }));
    const outcome = await login([...withPassword, '-q']);
    expect([outcome.code, outcome.err.split('\n')[0]]).toEqual([code, `Error: ${message}`]);
  });

  test('survives a Cognito that talks nonsense, is silent or gone', async ({ expect }) => {
    scriptSignIn(gateway, []);
    gateway.on('InitiateAuth', answer(200, { hello: 'world' }));
    expect((await login(withPassword)).code).toBe(7);
    gateway.on('InitiateAuth', () => {});
    const silent = await login([...withPassword, '--timeout', '0.3']);
    expect([silent.code, silent.err]).toEqual([7, expect.stringContaining('did not answer in time')]);
    gateway.on('GET /v1/version', answer(200, versionAt('http://127.0.0.1:1')));
    const gone = await login(withPassword);
    expect([gone.code, gone.err]).toEqual([7, expect.stringContaining('cannot be reached')]);
  });

  test('gives no password to an address that is neither Cognito nor this machine', async ({ expect }) => {
    gateway.on('GET /v1/version', answer(200, versionAt('https://evil.example.com')));
    const { code, err } = await login(withPassword);
    expect([code, err]).toEqual([3, expect.stringContaining('cannot be trusted with a sign-in')]);
  });

  test.for([
    ['no name', ['--password-stdin'], 'x\n', 2, 'E-mail or username is missing, and nobody can be asked here'],
    ['no password', ['--username', 'ada'], '', 2, 'Password is missing, and nobody can be asked here'],
    ['an empty stdin', withPassword, '', 2, 'stdin holds no password'],
    ['one line for two', [...withPassword, '--new-password-stdin'], 'one\n', 2, 'stdin holds no password'],
  ] as const)('with %s ends at once', async ([, args, input, code, message], { expect }) => {
    scriptSignIn(gateway, []);
    const outcome = await login([...args, '-q'], input);
    expect([outcome.code, outcome.err.split('\n')[0]]).toEqual([code, `Error: ${message}`]);
  });

  test('needs an address it can trust', async ({ expect }) => {
    expect((await terminal.run(['login', 'http://abc.example.com'])).code).toBe(3);
    expect((await terminal.run(['login'])).err).toContain('pennyworth login https://<gateway>');
    gateway.on('GET /v1/version', refusal(404, 'not_found', 'No such path.'));
    expect((await login(withPassword)).code).toBe(6);
  });
});

describe('after the password', () => {
  const withCode = [...withPassword, '--mfa-code', '-'];
  const code = challenge('SOFTWARE_TOKEN_MFA', { FRIENDLY_DEVICE_NAME: 'phone' });

  test('a code is asked for, and what is typed around its digits does not matter', async ({ expect }) => {
    scriptSignIn(gateway, [code, signedIn]);
    gateway.on('GET /v1/me', answer(200, exampleMe));
    const outcome = await login(withCode, 'hunter2\n123 456\r\n');
    expect(outcome).toMatchObject({ code: 0, out: '', err: expect.stringContaining('✔ Signed in as ada@example.com') });
    expect(outcome.err).not.toContain('mfa enroll');
    expect(challengeAnswers(gateway)[1]).toMatchObject({
      name: 'SOFTWARE_TOKEN_MFA',
      responses: { USERNAME: 'ada-1', SOFTWARE_TOKEN_MFA_CODE: '123456' },
    });
    expect(terminal.stored()['default']?.['refresh_token']).toBe(scriptedTokens.RefreshToken);
  });

  test('a choice of second factors is answered with the app, and SMS alone is not known here', async ({ expect }) => {
    scriptSignIn(gateway, [
      challenge('SELECT_MFA_TYPE', { MFAS_CAN_CHOOSE: '["SMS_MFA","SOFTWARE_TOKEN_MFA"]' }),
      code,
      signedIn,
    ]);
    gateway.on('GET /v1/me', answer(200, exampleMe));
    expect((await login(withCode, 'hunter2\n123456')).code).toBe(0);
    expect(challengeAnswers(gateway)[1]).toMatchObject({ responses: { ANSWER: 'SOFTWARE_TOKEN_MFA' } });
    scriptSignIn(gateway, [challenge('SELECT_MFA_TYPE', { MFAS_CAN_CHOOSE: '["SMS_MFA","EMAIL_OTP"]' })]);
    const refused = await login(withCode, 'hunter2\n123456');
    expect([refused.code, refused.err]).toEqual([4, expect.stringContaining('a choice of second factors')]);
  });

  test('a new password comes before the code', async ({ expect }) => {
    scriptSignIn(gateway, [newPasswordChallenge, code, signedIn]);
    gateway.on('GET /v1/me', answer(200, exampleMe));
    const outcome = await login([...withCode, '--new-password-stdin'], 'hunter2\nhunter3\n123456\n');
    expect(outcome.code).toBe(0);
    expect(challengeAnswers(gateway).map(({ name }) => name)).toEqual([
      'PASSWORD_VERIFIER',
      'NEW_PASSWORD_REQUIRED',
      'SOFTWARE_TOKEN_MFA',
    ]);
    expect(challengeAnswers(gateway)[1]?.responses).toMatchObject({ NEW_PASSWORD: 'hunter3' });
    expect(outcome.err).not.toMatch(/hunter|123456/);
  });

  test('a second factor that must be set up now is told to the program, whose code finishes it', async ({ expect }) => {
    scriptSignIn(gateway, [challenge('MFA_SETUP', { MFAS_CAN_SETUP: '["SOFTWARE_TOKEN_MFA"]' }), signedIn]);
    gateway.on('AssociateSoftwareToken', answer(200, { SecretCode: 'JBSWY3DPEHPK3PXP', Session: 'session-2' }));
    gateway.on('VerifySoftwareToken', answer(200, { Status: 'SUCCESS', Session: 'session-3' }));
    gateway.on('SetUserMFAPreference', answer(200, {}));
    gateway.on('GET /v1/me', answer(200, exampleMe));
    const outcome = await login(withCode, 'hunter2\n123456\n');
    expect([outcome.code, outcome.out]).toEqual([
      0,
      'otpauth://totp/Pennyworth:ada%40example.com?secret=JBSWY3DPEHPK3PXP&issuer=Pennyworth\n',
    ]);
    expect(gateway.received.map(({ body }) => body)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ Session: 'session-2', UserCode: '123456' }),
        expect.objectContaining({ SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true } }),
      ]),
    );
  });

  test.for([
    ['a wrong code', [code, fault('CodeMismatchException')], '1', 4, 'the code of the authenticator app is wrong'],
    ['a code that was used', [code, fault('ExpiredCodeException')], '1', 4, 'used already or is too old'],
    [
      'a session that ran out',
      [code, fault('NotAuthorizedException', 'Invalid session for the user, session is expired.')],
      '1',
      4,
      'took too long',
    ],
    ['a disabled account', [fault('NotAuthorizedException', 'User is disabled.')], '1', 4, 'this account is disabled'],
    [
      'an expired invitation',
      [fault('NotAuthorizedException', 'Temporary password has expired and must be reset by an administrator.')],
      '1',
      4,
      'the invitation has expired',
    ],
    ['a password to be reset', [fault('PasswordResetRequiredException')], '1', 4, 'this password must be reset first'],
    ['too many tries', [fault('NotAuthorizedException', 'Password attempts exceeded')], '1', 5, 'no more attempts'],
    ['a code by SMS', [challenge('SMS_MFA')], '1', 4, 'a code by SMS, which this version cannot answer'],
    ['no line for the code', [code], '', 2, 'stdin holds no code'],
    ['a line that is no code', [code], 'x', 2, 'does not hold six digits'],
  ] as const)('%s ends it with a next step', async ([, replies, line, status, message], { expect }) => {
    scriptSignIn(gateway, replies);
    const outcome = await login(withCode, `hunter2\n${line.replace('1', '123456\n')}`);
    expect([outcome.code, outcome.out]).toEqual([status, '']);
    expect(outcome.err).toMatch(/^Gateway .*\nError: .*\n {2}→ .+\n$/);
    expect(outcome.err).toContain(message);
    expect(outcome.err).not.toMatch(/hunter2|123456/);
  });

  test('an account that asks for a code says how to give it', async ({ expect }) => {
    scriptSignIn(gateway, [code]);
    const { code: status, err } = await login([...withPassword, '-q']);
    expect([status, err]).toEqual([
      2,
      'Error: a code of your authenticator app is needed, and nobody can be asked here\n' +
        '  → add --mfa-code - and pipe the code, as the line after the passwords\n',
    ]);
  });

  test('a code on the command line is refused and not repeated', async ({ expect }) => {
    const { code: status, err } = await login([...withPassword, '--mfa-code', '123456']);
    expect([status, err]).toEqual([2, expect.stringContaining('everybody on this machine can read a command line')]);
    expect(err).not.toContain('123456');
  });

  test.for([
    [40, 'behind'],
    [-40, 'ahead of'],
  ] as const)('a clock that is off is named as the likely cause (%i s)', async ([offset, where], { expect }) => {
    const date = new Date(testNow + offset * 1000).toUTCString();
    gateway.on('GET /', answer(404, {}, { date }));
    for (const replies of [[code, fault('CodeMismatchException')], [fault('NotAuthorizedException', 'Incorrect.')]]) {
      scriptSignIn(gateway, replies);
      const { err } = await login(withCode, 'hunter2\n123456\n');
      expect(err).toContain(`The clock of this machine is 40 s ${where} Cognito's.`);
      expect(err).toContain('→ set the clock of this machine');
    }
  });

  test('an admin without a second factor is told what it is needed for', async ({ expect }) => {
    scriptSignIn(gateway, [signedIn]);
    gateway.on('GET /v1/me', answer(200, exampleMe));
    const { code: status, err } = await login(withPassword);
    expect([status, err]).toEqual([0, expect.stringContaining('Admin commands need a second factor')]);
    expect(err).toContain('→ pennyworth mfa enroll\n');
  });

  test('a session that the gateway does not take is ended, and so is the one that another takes the place of', async ({
    expect,
  }) => {
    const revoked = () => gateway.received.flatMap(({ body }) => Object(body).Token ?? []);
    signInFiles(terminal.folder, gateway.url);
    gateway.on('RevokeToken', answer(200, {}));
    scriptSignIn(gateway, [signedIn, signedIn]);
    gateway.on('GET /v1/me', refusal(401, 'invalid_api_key', 'No.'));
    expect((await login([...withPassword, '--profile', 'work'])).code).toBe(4);
    expect([revoked(), terminal.stored()]).toEqual([
      [scriptedTokens.RefreshToken],
      { work: expect.objectContaining({ refresh_token: secretTokens[2] }) },
    ]);
    gateway.received.length = 0;
    gateway.on('GET /v1/me', answer(200, exampleMe));
    expect((await login([...withPassword, '--profile', 'work'])).code).toBe(0);
    expect(revoked()).toEqual([secretTokens[2]]);
    // Where that cannot be done, the new one is good all the same.
    scriptSignIn(gateway, [signedIn]);
    gateway.on('RevokeToken', fault('TooManyRequestsException'));
    const { code, err } = await login([...withPassword, '--profile', 'work']);
    expect([code, err]).toEqual([0, expect.stringContaining('the session before could not be ended at Cognito')]);
  });

  test('--debug shows no secret', async ({ expect }) => {
    scriptSignIn(gateway, [newPasswordChallenge, code, fault('CodeMismatchException')]);
    const args = [...withCode, '--new-password-stdin', '--debug'];
    const { err } = await login(args, 'hunter2\nhunter3\n123456\n');
    expect(err).toContain('AuthError: the code of the authenticator app is wrong');
    expect(err).not.toMatch(/hunter|123456|session-of/);
  });
});

describe('logout', () => {
  const stored = () => terminal.stored();

  test('revokes at Cognito, then forgets', async ({ expect }) => {
    signInFiles(terminal.folder, gateway.url);
    gateway.on('RevokeToken', answer(200, {}));
    const { code, out, err } = await terminal.run(['logout']);
    expect([code, out, err]).toEqual([0, '', `✔ Signed out of ${new URL(gateway.url).host}\n`]);
    expect(gateway.received[0]?.body).toEqual({ Token: secretTokens[2], ClientId: 'client1' });
    expect(stored()).toEqual({});
    expect(statSync(path.join(terminal.folder, 'credentials.json')).mode & 0o777).toBe(0o600);
    expect(await terminal.run(['logout'])).toMatchObject({
      code: 0,
      err: 'Nobody was signed in with the profile "work".\n',
    });
  });

  test('forgets also where Cognito is gone, and warns', async ({ expect }) => {
    signInFiles(terminal.folder, 'http://127.0.0.1:1');
    const { code, err } = await terminal.run(['logout']);
    expect([code, stored()]).toEqual([0, {}]);
    expect(err).toContain('Warning: the session could not be ended at Cognito (Amazon Cognito cannot be reached)');
  });

  test('--all ends every session of the person, with a token that holds', async ({ expect }) => {
    signInFiles(terminal.folder, gateway.url, new Date(testNow - 1000).toISOString());
    gateway.on('GetTokensFromRefreshToken', signedIn);
    gateway.on('GlobalSignOut', answer(200, {}));
    const { code, err } = await terminal.run(['logout', '--all']);
    expect([code, err, stored()]).toEqual([0, expect.stringContaining('here and on every other machine'), {}]);
    expect(gateway.received[1]?.body).toEqual({ AccessToken: scriptedTokens.AccessToken });
  });

  test('--all forgets nothing where it could not be done', async ({ expect }) => {
    signInFiles(terminal.folder, 'http://127.0.0.1:1');
    expect((await terminal.run(['logout', '--all'])).code).toBe(7);
    signInFiles(terminal.folder, gateway.url);
    gateway.on('GlobalSignOut', fault('NotAuthorizedException', 'Access Token has been revoked'));
    const { code, err } = await terminal.run(['logout', '--all']);
    expect([code, err]).toEqual([4, expect.stringContaining('pennyworth login, then pennyworth logout --all')]);
    expect(Object.keys(stored())).toEqual(['work']);
  });

  test('--all-profiles ends the session of each', async ({ expect }) => {
    signInFiles(terminal.folder, gateway.url);
    scriptSignIn(gateway, [signedIn]);
    gateway.on('GET /v1/me', answer(200, exampleMe));
    expect((await login([...withPassword, '--profile', 'home'])).code).toBe(0);
    expect(Object.keys(stored())).toEqual(['work', 'home']);
    gateway.on('RevokeToken', answer(200, {}));
    gateway.received.length = 0;
    expect((await terminal.run(['logout', '--all-profiles'])).code).toBe(0);
    expect([stored(), gateway.received.length]).toEqual([{}, 2]);
    expect((await terminal.run(['logout', '--all-profiles'])).err).toBe('Nobody was signed in.\n');
  });
});

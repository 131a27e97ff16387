import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from 'vitest';
import { secretTokens, signInFiles } from '../testing/examples.ts';
import { answer, refusal, ScriptedGateway } from '../testing/gateway.ts';
import { Terminal } from '../testing/terminal.ts';

// A sign-in that succeeds needs a Cognito that knows SRP: that is tested against the local stack, end to end.

const gateway = new ScriptedGateway();
let terminal: Terminal;
beforeAll(() => gateway.start());
afterAll(() => gateway.stop());
beforeEach(() => {
  gateway.reset();
  terminal = new Terminal();
});
afterEach(() => terminal.remove());

const version = () => ({
  name: 'pennyworth',
  version: '1.2.0',
  git_sha: null,
  region: 'us-west-2',
  user_pool_id: 'us-west-2_AbC123',
  client_id: 'client1',
  cognito_endpoint: gateway.url,
  mcp_client_id: null,
});
const login = (args: readonly string[], input = 'hunter2\n') =>
  terminal.run(['login', gateway.url, ...args], { input });
const withPassword = ['--username', 'ada@example.com', '--password-stdin'];

describe('login', () => {
  test('sends the name and never the password', async ({ expect }) => {
    gateway.on('GET /v1/version', answer(200, version()));
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
    gateway.on('GET /v1/version', answer(200, version()));
    gateway.on('InitiateAuth', answer(400, { __type: name, message: 'Oh' }));
    const outcome = await login([...withPassword, '-q']);
    expect([outcome.code, outcome.err.split('\n')[0]]).toEqual([code, `Error: ${message}`]);
  });

  test('survives a Cognito that talks nonsense, is silent or gone', async ({ expect }) => {
    gateway.on('GET /v1/version', answer(200, version()));
    gateway.on('InitiateAuth', answer(200, { hello: 'world' }));
    expect((await login(withPassword)).code).toBe(7);
    gateway.on('InitiateAuth', () => {});
    const silent = await login([...withPassword, '--timeout', '0.3']);
    expect([silent.code, silent.err]).toEqual([7, expect.stringContaining('did not answer in time')]);
    gateway.on('GET /v1/version', answer(200, { ...version(), cognito_endpoint: 'http://127.0.0.1:1' }));
    const gone = await login(withPassword);
    expect([gone.code, gone.err]).toEqual([7, expect.stringContaining('cannot be reached')]);
  });

  test('gives no password to an address that is neither Cognito nor this machine', async ({ expect }) => {
    gateway.on('GET /v1/version', answer(200, { ...version(), cognito_endpoint: 'https://evil.example.com' }));
    const { code, err } = await login(withPassword);
    expect([code, err]).toEqual([3, expect.stringContaining('cannot be trusted with a sign-in')]);
  });

  test.for([
    ['no name', ['--password-stdin'], 'x\n', 2, 'E-mail or username is missing, and nobody can be asked here'],
    ['no password', ['--username', 'ada'], '', 2, 'Password is missing, and nobody can be asked here'],
    ['an empty stdin', withPassword, '', 2, 'stdin holds no password'],
    ['one line for two', [...withPassword, '--new-password-stdin'], 'one\n', 2, 'stdin holds no password'],
  ] as const)('with %s ends at once', async ([, args, input, code, message], { expect }) => {
    gateway.on('GET /v1/version', answer(200, version()));
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

describe('logout', () => {
  const stored = () => JSON.parse(readFileSync(path.join(terminal.folder, 'credentials.json'), 'utf8')).profiles;

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
    const { code, err } = await terminal.run(['logout', '--all']);
    expect([code, stored()]).toEqual([0, {}]);
    expect(err).toContain('Warning: the session could not be ended at Cognito (Amazon Cognito cannot be reached)');
  });
});

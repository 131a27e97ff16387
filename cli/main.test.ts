import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import path from 'node:path';
import { beforeEach, describe, test } from 'vitest';
import packageFile from '../package.json' with { type: 'json' };
import { exampleKey, exampleMe, exampleModel, signInFiles } from './testing/examples.ts';
import { answer } from './testing/gateway.ts';
import { setUpTerminal } from './testing/set-up.ts';

// The program as a process of its own: exit codes, signals, pipes that break, a closed stdin.

const program = path.join(import.meta.dirname, 'main.ts');
const { gateway, terminal } = setUpTerminal({ isSignedIn: false });

function start(argv: readonly string[], env: Readonly<Record<string, string>> = {}, keepsStdin = false) {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [program, ...argv], {
    stdio: 'pipe',
    env: { PATH, HOME, PENNYWORTH_CONFIG_DIR: terminal.folder, ...env },
  });
  if (!keepsStdin) child.stdin.end();
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, out, err }));
  return { child, ended };
}

test('prints its version', async ({ expect }) => {
  const shown = { code: 0, signal: null, out: `${packageFile.version}\n`, err: '' };
  expect(await start(['--version']).ended).toEqual(shown);
});

test.for([
  [['login', 'http://127.0.0.1:1'], 7],
  [['login'], 2],
  [['logout'], 0],
  [['logout', '--all'], 0],
  [['mfa', 'status'], 3],
  [['mfa', 'enroll'], 2],
  [['mfa', 'enroll', '--mfa-code', '-'], 3],
  [['mfa', 'disable'], 3],
  [['whoami'], 3],
  [['keys', 'create', 'x'], 3],
  [['keys', 'list'], 3],
  [['keys', 'show', 'x'], 3],
  [['keys', 'revoke', 'x'], 3],
  [['usage'], 3],
  [['usage', 'calls'], 3],
  [['models', 'list'], 3],
  [['chat'], 2],
  [['chat', 'hi'], 3],
  [['deploy', 'doctor'], 3],
  [['dev', '--port', 'x'], 2],
] as const)('%j with a closed stdin and nothing set up ends at once with %s', async ([argv, code], { expect }) => {
  const startedAt = performance.now();
  const outcome = await start(argv).ended;
  expect([outcome.code, outcome.out]).toEqual([code, '']);
  expect(outcome.err).not.toMatch(/\p{Cc}(?<!\n)/u);
  expect(outcome.err).toMatch(/.\n$/);
  expect(outcome.err).not.toMatch(/ {4}at |Warning: Detected|node:/);
  // A hang guard: the bar is 2 s on a quiet machine.
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

test('colours a pipe only when it is forced to', async ({ expect }) => {
  const plain = await start(['keyz']).ended;
  const forced = await start(['keyz'], { FORCE_COLOR: '1' }).ended;
  expect([plain.err.split(' ')[0], forced.err.split(' ')[0]]).toEqual(['Error:', '\u001b[31mError:\u001b[39m']);
});

test('two processes whose token has ended renew it once, and both go on', async ({ expect }) => {
  signInFiles(terminal.folder, gateway.url, new Date(Date.now() - 1000).toISOString());
  gateway.on('GetTokensFromRefreshToken', (request, response) => {
    const renewed = { AccessToken: 'access-1', IdToken: 'id-1', RefreshToken: 'refresh-1', ExpiresIn: 3600 };
    // Slowly, so that both are there before the first has its answer.
    setTimeout(() => answer(200, { AuthenticationResult: renewed })(request, response), 500);
  });
  gateway.on('GET /v1/me', answer(200, exampleMe));
  const outcomes = await Promise.all([start(['whoami']).ended, start(['whoami']).ended]);
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
  const of = (path: string) => gateway.received.filter((request) => request.path === path);
  expect(of('/').map(({ body }) => body)).toEqual([{ RefreshToken: 'refresh-token-of-ada', ClientId: 'client1' }]);
  expect(of('/v1/me').map(({ authorization }) => authorization)).toEqual(['Bearer access-1', 'Bearer access-1']);
  expect(terminal.stored()['work']).toMatchObject({ refresh_token: 'refresh-1', access_token: 'access-1' });
});

test('killed while it waits for new tokens, it leaves the old ones for the next', async ({ expect }) => {
  signInFiles(terminal.folder, gateway.url, new Date(Date.now() - 1000).toISOString());
  const { child, ended } = start(['whoami']);
  gateway.on('GetTokensFromRefreshToken', () => child.kill('SIGKILL'));
  expect((await ended).signal).toBe('SIGKILL');
  const renewed = { AccessToken: 'access-1', IdToken: 'id-1', RefreshToken: 'refresh-1', ExpiresIn: 3600 };
  gateway.on('GetTokensFromRefreshToken', answer(200, { AuthenticationResult: renewed }));
  gateway.on('GET /v1/me', answer(200, exampleMe));
  const startedAt = performance.now();
  expect((await start(['whoami']).ended).code).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(8_000);
});

test('an open stdin that says nothing more does not hold a command that is done', async ({ expect }) => {
  signInFiles(terminal.folder, gateway.url, new Date(Date.now() + 3600_000).toISOString());
  gateway.on('GetUser', answer(200, { Username: 'ada' }));
  gateway.on('AssociateSoftwareToken', answer(200, { SecretCode: 'JBSWY3DPEHPK3PXP' }));
  gateway.on('VerifySoftwareToken', answer(200, { Status: 'SUCCESS' }));
  gateway.on('SetUserMFAPreference', answer(200, {}));
  const { child, ended } = start(['mfa', 'enroll', '--mfa-code', '-'], {}, true);
  child.stdout.once('data', () => child.stdin.write('123456\n'));
  expect(await ended).toMatchObject({ code: 0, out: expect.stringMatching(/^otpauth:.*\n$/) });
});

describe('signed in', () => {
  beforeEach(() => signInFiles(terminal.folder, gateway.url, new Date(Date.now() + 3600_000).toISOString()));

  test('ends quietly when its reader leaves', async ({ expect }) => {
    const names = Array.from({ length: 20_000 }, (_, index) => ({ ...exampleKey, name: `key ${index}` }));
    gateway.on('GET /v1/keys', answer(200, { data: names, next: null }));
    const { child, ended } = start(['keys', 'list']);
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await ended).toMatchObject({ code: 0, err: '' });
  });

  test('writes everything into a slow pipe before it ends', async ({ expect }) => {
    const models = Array.from({ length: 3_000 }, (_, index) => ({ ...exampleModel, id: `model-${index}` }));
    gateway.on('GET /v1/models', answer(200, { object: 'list', data: models }));
    const { child, ended } = start(['models', 'list', '--json']);
    child.stdout.pause();
    setTimeout(() => child.stdout.resume(), 300);
    const { code, out } = await ended;
    expect([code, JSON.parse(out).data.length]).toEqual([0, 3_000]);
  });

  test('a command that failed does not wait for a request it gave up', async ({ expect }) => {
    gateway.on('GET /v1/keys', () => {});
    const startedAt = performance.now();
    expect(await start(['keys', 'list', '--timeout', '0.3']).ended).toMatchObject({ code: 7 });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test('SIGINT stops an answer with 0, and any other command as signals do', async ({ expect }) => {
    gateway.on('POST /v1/chat/completions', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[{"delta":{"content":"Once"}}]}\n\n');
    });
    const chat = start(['chat', '-m', 'm', 'Tell']);
    chat.child.stdout.once('data', () => chat.child.kill('SIGINT'));
    expect(await chat.ended).toEqual({
      code: 0,
      signal: null,
      out: 'Once\n',
      err: 'Stopped. The gateway still bills the answer to its end.\n',
    });
    gateway.on('GET /v1/keys', () => setTimeout(() => list.child.kill('SIGINT'), 20));
    const list = start(['keys', 'list']);
    expect(await list.ended).toMatchObject({ code: null, signal: 'SIGINT', out: '' });
  });

  test('goes through the proxy of the environment, but not to this machine', async ({ expect }) => {
    const asked: string[] = [];
    const proxy = createServer().on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      socket.end('HTTP/1.1 502 No\r\n\r\n');
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const address = proxy.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port}`, HTTP_PROXY: `http://127.0.0.1:${port}` };
    gateway.on('GET /v1/keys', answer(200, { data: [], next: null }));
    expect(await start(['keys', 'list'], env).ended).toMatchObject({ code: 0, err: '' });
    const remote = { ...env, PENNYWORTH_URL: 'https://gateway.invalid', PENNYWORTH_API_KEY: 'pnw_x' };
    expect(await start(['models', 'list'], remote).ended).toMatchObject({ code: 7 });
    expect(asked).toEqual(['gateway.invalid:443']);
    proxy.close();
  });
});

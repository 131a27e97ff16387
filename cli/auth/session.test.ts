import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from 'vitest';
import { AuthError, FailedError } from '../errors.ts';
import { fault } from '../testing/cognito.ts';
import { signInFiles, testSession } from '../testing/examples.ts';
import { answer, ScriptedGateway } from '../testing/gateway.ts';
import { testNow } from '../testing/terminal.ts';
import { CredentialsFile } from './credentials-file.ts';
import { withLock } from './lock.ts';
import { Session } from './session.ts';

const cognito = new ScriptedGateway();
let folder: string;
beforeAll(() => cognito.start());
afterAll(() => cognito.stop());
beforeEach(() => {
  cognito.reset();
  folder = mkdtempSync(path.join(tmpdir(), 'pennyworth-session-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const inSeconds = (seconds: number) => new Date(testNow + seconds * 1000).toISOString();
const session = (now = testNow) =>
  new Session({
    file: new CredentialsFile(folder),
    profile: 'work',
    url: cognito.url,
    timeoutMs: 2000,
    trace: () => {},
    now: () => now,
  });

const renewed = { AccessToken: 'access-1', IdToken: 'id-1', RefreshToken: 'refresh-1', ExpiresIn: 3600 };

/** Answers each refresh with tokens of its own, as a pool with rotation does: an old refresh token is worthless. */
function rotate(): void {
  let current = 'refresh-token-of-ada';
  let count = 0;
  cognito.on('GetTokensFromRefreshToken', (request, response) => {
    const { RefreshToken: sent } = Object(request.body);
    if (sent !== current) {
      answer(400, { __type: 'RefreshTokenReuseException', message: 'Refresh token reuse' })(request, response);
      return;
    }
    count++;
    current = `refresh-${count}`;
    const result = { AccessToken: `access-${count}`, IdToken: `id-${count}`, RefreshToken: current, ExpiresIn: 3600 };
    answer(200, { AuthenticationResult: result })(request, response);
  });
}

describe('an access token', () => {
  test('is used as long as five minutes are left', async ({ expect }) => {
    signInFiles(folder, cognito.url, inSeconds(301));
    expect(await session().bearer()).toBe('access-token-of-ada');
    expect(cognito.received).toEqual([]);
  });

  test('is renewed before it ends, and the new refresh token is kept', async ({ expect }) => {
    signInFiles(folder, cognito.url, inSeconds(299));
    rotate();
    expect(await session().bearer()).toBe('access-1');
    expect(await session(testNow + 3500_000).bearer()).toBe('access-2');
    expect(await session(testNow + 3500_000).getStored()).toMatchObject({
      id_token: 'id-2',
      refresh_token: 'refresh-2',
    });
  });

  test('keeps its refresh token where the pool does not rotate', async ({ expect }) => {
    signInFiles(folder, cognito.url, inSeconds(0));
    const result = { AccessToken: 'a', IdToken: 'i', ExpiresIn: 3600 };
    cognito.on('GetTokensFromRefreshToken', answer(200, { AuthenticationResult: result }));
    await session().bearer();
    expect((await session().getStored()).refresh_token).toBe('refresh-token-of-ada');
  });

  test('is renewed once, however many commands need it at once', async ({ expect }) => {
    signInFiles(folder, cognito.url, inSeconds(-10));
    rotate();
    const tokens = await Promise.all(Array.from({ length: 8 }, () => session().bearer()));
    expect([new Set(tokens), cognito.received.length]).toEqual([new Set(['access-1']), 1]);
  });

  test('holds to its end where Cognito is out of reach', async ({ expect }) => {
    signInFiles(folder, cognito.url, inSeconds(60));
    cognito.on('GetTokensFromRefreshToken', answer(500, { __type: 'InternalErrorException', message: 'x' }));
    expect(await session().bearer()).toBe('access-token-of-ada');
    await expect(session(testNow + 61_000).bearer()).rejects.toMatchObject({ exit: 7 });
  });

  test('whose answer was lost is asked for again at once, while the old refresh token is still good', async ({
    expect,
  }) => {
    signInFiles(folder, cognito.url, inSeconds(-10));
    let asked = 0;
    cognito.on('GetTokensFromRefreshToken', (request, response) => {
      asked++;
      if (asked < 3) response.destroy();
      else answer(200, { AuthenticationResult: renewed })(request, response);
    });
    expect(await session().bearer()).toBe('access-1');
    expect([asked, (await session().getStored()).refresh_token]).toEqual([3, 'refresh-1']);
  });

  test('of a disabled person says so', async ({ expect }) => {
    signInFiles(folder, cognito.url, inSeconds(-10));
    cognito.on('GetTokensFromRefreshToken', fault('NotAuthorizedException', 'User is disabled.'));
    await expect(session().bearer()).rejects.toMatchObject({ exit: 4, code: 'user_disabled' });
  });

  test('of a session that has ended is an error that says so, and the file stays', async ({ expect }) => {
    signInFiles(folder, cognito.url, inSeconds(-10));
    cognito.on('GetTokensFromRefreshToken', answer(400, { __type: 'NotAuthorizedException', message: 'Revoked' }));
    await expect(session().bearer()).rejects.toBeInstanceOf(AuthError);
    expect((await session().getStored()).access_token).toBe('access-token-of-ada');
  });
});

describe('credentials.json', () => {
  test('is its owner’s only, and leaves nothing beside it', async ({ expect }) => {
    const file = new CredentialsFile(path.join(folder, 'deep', 'er'));
    await file.update(async () => new Map([['work', testSession(cognito.url)]]));
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file.path)).mode & 0o777).toBe(0o700);
    expect(readdirSync(path.dirname(file.path))).toEqual(['credentials.json']);
    expect(await file.read()).toEqual(new Map([['work', testSession(cognito.url)]]));
  });

  test('is not touched when a change fails or changes nothing', async ({ expect }) => {
    signInFiles(folder, cognito.url);
    const file = new CredentialsFile(folder);
    const before = statSync(file.path).ino;
    await expect(file.update(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await file.update(async (sessions) => sessions);
    expect([statSync(file.path).ino, readdirSync(folder).toSorted()]).toEqual([
      before,
      ['config.json', 'credentials.json'],
    ]);
  });

  test('loses no change of two that come at once', async ({ expect }) => {
    const file = new CredentialsFile(folder);
    const add = (name: string) => file.update(async (all) => new Map(all).set(name, testSession(cognito.url)));
    await Promise.all(['a', 'b', 'c', 'd'].map(add));
    expect([...(await file.read()).keys()].toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });
});

test('kill -9 at any moment leaves a whole file, and the next command needs no patience', async ({ expect }) => {
  const file = new CredentialsFile(folder);
  const long = { ...testSession(cognito.url), id_token: 'x'.repeat(100_000) };
  await file.update(async () => new Map([['0', long]]));
  const module = path.join(import.meta.dirname, 'credentials-file.ts');
  const writer = `const { CredentialsFile } = await import(${JSON.stringify(module)});
    const file = new CredentialsFile(${JSON.stringify(folder)});
    console.log('ready');
    for (let n = 1; ; n++) await file.update(async (all) => new Map([[String(n), [...all.values()][0]]]));`;
  const startedAt = performance.now();
  for (let kill = 0; kill < 8; kill++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', writer], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await sleep(5 + kill * 7);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect([...(await file.read()).values()]).toEqual([long]);
    await file.update(async (all) => new Map(all));
  }
  // Each lock of a dead owner would have cost 10 s.
  expect(performance.now() - startedAt).toBeLessThan(30_000);
  const longAgo = Date.now() / 1000 - 11;
  for (const name of readdirSync(folder)) utimesSync(path.join(folder, name), longAgo, longAgo);
  await file.update(async (all) => new Map(all));
  expect(readdirSync(folder)).toEqual(['credentials.json']);
});

describe('the lock', () => {
  const lock = () => path.join(folder, 'x.lock');

  test('of a dead process is broken after 10 s', async ({ expect }) => {
    writeFileSync(lock(), '99999-dead');
    const longAgo = Date.now() / 1000 - 11;
    utimesSync(lock(), longAgo, longAgo);
    expect(await withLock(lock(), async () => readFileSync(lock(), 'utf8'))).toMatch(new RegExp(` ${process.pid} `));
    expect(readdirSync(folder)).toEqual([]);
  });

  test('of a process of this machine that is gone is broken at once', async ({ expect }) => {
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    writeFileSync(lock(), `${hostname()} ${pid} x`);
    const startedAt = performance.now();
    await withLock(lock(), async () => {});
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    writeFileSync(lock(), `another-machine ${pid} x`);
    const waiting = withLock(lock(), async () => 'mine');
    await sleep(300);
    expect(readFileSync(lock(), 'utf8')).toBe(`another-machine ${pid} x`);
    rmSync(lock());
    expect(await waiting).toBe('mine');
  });

  test('of long work stays fresh, so that nobody takes it for dead', async ({ expect }) => {
    await withLock(lock(), async () => {
      const longAgo = Date.now() / 1000 - 9;
      utimesSync(lock(), longAgo, longAgo);
      await expect.poll(() => statSync(lock()).mtimeMs, { timeout: 20_000 }).toBeGreaterThan(Date.now() - 5_000);
    });
  });

  test('of a living one is waited for', async ({ expect }) => {
    const order: string[] = [];
    const slow = withLock(lock(), async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      order.push('first');
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await withLock(lock(), async () => {
      order.push('second');
    });
    await slow;
    expect(order).toEqual(['first', 'second']);
  });

  test('is released after an error, and only by its owner', async ({ expect }) => {
    await expect(withLock(lock(), () => Promise.reject(new FailedError('x', { hint: 'y' })))).rejects.toThrow('x');
    await withLock(lock(), async () => writeFileSync(lock(), 'of another'));
    expect(readFileSync(lock(), 'utf8')).toBe('of another');
  });
});

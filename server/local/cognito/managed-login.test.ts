import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AdminDisableUserCommand,
  AdminEnableUserCommand,
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolDomainCommand,
  DeleteResourceServerCommand,
  DeleteUserPoolDomainCommand,
  DescribeResourceServerCommand,
  DescribeUserPoolClientCommand,
  DescribeUserPoolDomainCommand,
  GetUserCommand,
  ListResourceServersCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startCognito } from './emulator.ts';
import { claimsOf, connect, createPool, createUser, goodPassword, required, type TestPool } from './testing.ts';

// The OAuth half of Cognito, held to its developer guide: the words of its errors, exact addresses, codes for one use.

const callback = 'https://api.example.com/oauth/callback';
const resource = 'https://api.example.com/mcp';
const folder = mkdtempSync(path.join(tmpdir(), 'pennyworth-login-'));
let pool: TestPool;
let clientId: string;
let offsetMs = 0;

beforeAll(async () => {
  pool = await createPool(await startCognito({ dataDir: folder, now: () => Date.now() + offsetMs }));
  const UserPoolId = pool.userPoolId;
  const Scopes = [{ ScopeName: 'use', ScopeDescription: 'Use it' }];
  await pool.sdk.send(new CreateResourceServerCommand({ UserPoolId, Identifier: resource, Name: 'mcp', Scopes }));
  clientId = await createClient({});
  await createUser(pool, 'anna');
});
afterEach(() => {
  offsetMs = 0;
});
afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true, force: true });
});

async function createClient(change: Partial<CreateUserPoolClientCommandInput>): Promise<string> {
  const { UserPoolClient } = await pool.sdk.send(
    new CreateUserPoolClientCommand({
      UserPoolId: pool.userPoolId,
      ClientName: 'mcp',
      ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'],
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', `${resource}/use`],
      CallbackURLs: [callback],
      ...change,
    }),
  );
  return required(UserPoolClient?.ClientId);
}

describe('domains', () => {
  const Domain = 'people-of-tests';
  test('nothing is served before there is one, which is one a pool', async () => {
    expect((await authorize()).status).toBe(400);
    const domain = { UserPoolId: pool.userPoolId, Domain };
    const create = (change: object = {}) => pool.sdk.send(new CreateUserPoolDomainCommand({ ...domain, ...change }));
    await expect(create({ Domain: 'my-cognito' })).rejects.toThrow('Domain cannot contain reserved word: cognito');
    await create({ ManagedLoginVersion: 2 });
    await expect(create()).rejects.toThrow('already');
    await expect(create({ Domain: 'another' })).rejects.toThrow('already has a domain');
    const { DomainDescription } = await pool.sdk.send(new DescribeUserPoolDomainCommand({ Domain }));
    expect(DomainDescription).toMatchObject({ ...domain, Status: 'ACTIVE', ManagedLoginVersion: 2 });
    const unknown = await pool.sdk.send(new DescribeUserPoolDomainCommand({ Domain: 'unknown' }));
    expect(unknown.DomainDescription).toEqual({});
    await expect(pool.sdk.send(new DeleteUserPoolDomainCommand({ ...domain, Domain: 'unknown' }))).rejects.toThrow(
      'No such domain',
    );
    expect((await authorize()).status).toBe(302);
  });
});

describe('app clients', () => {
  test.each<[Partial<CreateUserPoolClientCommandInput>, string]>([
    [{ CallbackURLs: ['http://example.com/'] }, 'Invalid redirect URI'],
    [{ CallbackURLs: ['https://example.com/#x'] }, 'Invalid redirect URI'],
    [{ CallbackURLs: ['no address'] }, 'Invalid redirect URI'],
    [{ AllowedOAuthScopes: ['https://other/use'] }, 'Invalid scope requested: https://other/use'],
    [{ AllowedOAuthScopes: [] }, 'are required'],
    [{ AllowedOAuthFlows: ['implicit'] }, 'not available'],
  ])('%j is refused', async (change, message) => {
    await expect(createClient(change)).rejects.toThrow(message);
  });

  test('take loopback and a program’s own scheme, and show them again', async () => {
    const CallbackURLs = ['http://localhost:1/', 'http://127.0.0.1:2/', 'http://[::1]:3/', 'cursor://x/y'];
    const ClientId = await createClient({ CallbackURLs });
    const shown = await pool.sdk.send(new DescribeUserPoolClientCommand({ UserPoolId: pool.userPoolId, ClientId }));
    expect(shown.UserPoolClient).toMatchObject({ CallbackURLs, AllowedOAuthFlows: ['code'] });
  });
});

test('resource servers are there once, and go', async () => {
  const named = { UserPoolId: pool.userPoolId, Identifier: 'other' };
  const create = () => pool.sdk.send(new CreateResourceServerCommand({ ...named, Name: 'x' }));
  await create();
  await expect(create()).rejects.toThrow('already exists');
  const { ResourceServers } = await pool.sdk.send(
    new ListResourceServersCommand({ UserPoolId: pool.userPoolId, MaxResults: 50 }),
  );
  expect(ResourceServers?.map(({ Identifier }) => Identifier)).toEqual([resource, 'other']);
  await pool.sdk.send(new DeleteResourceServerCommand(named));
  await expect(pool.sdk.send(new DescribeResourceServerCommand(named))).rejects.toThrow('does not exist');
});

const verifier = randomBytes(32).toString('base64url');

function query(change: Readonly<Record<string, string | undefined>> = {}): URLSearchParams {
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: callback,
    scope: `${resource}/use`,
    state: 'ours',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    resource,
    ...change,
  };
  const entries = Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return new URLSearchParams(entries);
}

const authorize = (change?: Readonly<Record<string, string | undefined>>, cookie = '') =>
  fetch(`${pool.url}/oauth2/authorize?${query(change)}`, { redirect: 'manual', headers: { cookie } });

function step(form: Readonly<Record<string, string>>, change?: Readonly<Record<string, string | undefined>>) {
  const body = new URLSearchParams(form);
  return fetch(`${pool.url}/login?${query(change)}`, { method: 'POST', body, redirect: 'manual' });
}

async function signIn(username = 'anna', change?: Readonly<Record<string, string | undefined>>) {
  const response = await step({ step: 'login', username, password: goodPassword }, change);
  const location = response.headers.get('location');
  if (location === null) throw new Error(await response.text());
  const told = new URL(location).searchParams;
  return { location, code: told.get('code') ?? '', state: told.get('state'), headers: response.headers };
}

async function token(change: Readonly<Record<string, string | undefined>>) {
  const form = { client_id: clientId, redirect_uri: callback, code_verifier: verifier, ...change };
  const entries = Object.entries(form).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const response = await fetch(`${pool.url}/oauth2/token`, { method: 'POST', body: new URLSearchParams(entries) });
  const body: Record<string, string> = JSON.parse(await response.text());
  return { status: response.status, body };
}
const byCode = (code: string, change: Readonly<Record<string, string | undefined>> = {}) =>
  token({ grant_type: 'authorization_code', code, ...change });
const byRefresh = (refresh: string | undefined) => token({ grant_type: 'refresh_token', refresh_token: refresh });

describe('authorize', () => {
  test.each([
    [{ redirect_uri: `${callback}/` }, 'redirect_mismatch'],
    [{ redirect_uri: undefined }, 'redirect_mismatch'],
    [{ client_id: 'unknown' }, 'Client does not exist'],
  ])('with %j tells the person, and redirects nobody', async (change, text) => {
    const response = await authorize(change);
    expect([response.status, response.headers.get('location')]).toEqual([400, null]);
    expect(await response.text()).toContain(text);
  });

  test.each([
    [{ response_type: undefined }, 'invalid_request'],
    [{ response_type: 'token' }, 'unauthorized_client'],
    [{ code_challenge_method: undefined }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ scope: 'email' }, 'invalid_scope'],
    [{ resource: 'https://unknown.example' }, 'invalid_target'],
    [{ prompt: 'none' }, 'invalid_request'],
  ])('with %j tells the client', async (change, error) => {
    const response = await authorize(change);
    const location = response.headers.get('location') ?? '';
    expect(location.startsWith(callback)).toBe(true);
    expect([new URL(location).searchParams.get('error'), new URL(location).searchParams.get('state')]).toEqual([
      error,
      'ours',
    ]);
  });

  test('leads to the form, and a browser that is signed in past it', async () => {
    expect((await authorize()).headers.get('location')).toMatch(/^\/login\?/);
    const { headers } = await signIn();
    const cookie = headers.get('set-cookie')?.split(';')[0] ?? '';
    expect((await authorize({}, cookie)).headers.get('location')).toContain(`${callback}?code=`);
    const anew = (await authorize({ prompt: 'login' }, cookie)).headers.get('location') ?? '';
    expect(anew).toMatch(/^\/login\?.*prompt=login/);
    offsetMs = 3_600_001;
    expect((await authorize({}, cookie)).headers.get('location')).toMatch(/^\/login\?/);
  });
});

describe('the form', () => {
  test('takes the right password only, of people who may sign in', async () => {
    const wrong = await step({ step: 'login', username: 'anna', password: 'wrong' });
    expect([wrong.status, await wrong.text()]).toEqual([
      400,
      expect.stringContaining('Incorrect username or password.'),
    ]);
    expect((await step({ step: 'login', username: 'nobody', password: goodPassword })).status).toBe(400);
    const target = { UserPoolId: pool.userPoolId, Username: 'anna' };
    await pool.sdk.send(new AdminDisableUserCommand(target));
    expect(await (await step({ step: 'login', username: 'anna', password: goodPassword })).text()).toContain(
      'disabled',
    );
    await pool.sdk.send(new AdminEnableUserCommand(target));
    expect((await signIn('anna@example.com')).state).toBe('ours');
  });

  test('has whoever was invited choose a password of their own', async () => {
    await createUser(pool, 'newcomer', { temporaryPassword: goodPassword });
    const asked = await step({ step: 'login', username: 'newcomer', password: goodPassword });
    const session = /name="session" value="([^"]*)"/.exec(await asked.text())?.[1] ?? '';
    const weak = await step({ step: 'newPassword', session, new_password: 'weak' });
    expect(await weak.text()).toContain('Password did not conform with policy');
    const done = await step({ step: 'newPassword', session, new_password: 'Another horse 2!' });
    expect(done.headers.get('location')).toContain(`${callback}?code=`);
    expect((await step({ step: 'newPassword', session, new_password: 'Another horse 3!' })).status).toBe(400);
  });
});

describe('the token endpoint', () => {
  test('gives tokens that say what was granted and no more', async () => {
    const { status, body } = await byCode((await signIn()).code);
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
    expect(body['id_token']).toBeUndefined();
    expect(claimsOf(required(body['access_token']))).toMatchObject({
      aud: resource,
      scope: `${resource}/use`,
      client_id: clientId,
      username: 'anna',
    });
    // Without aws.cognito.signin.user.admin a person's own data are closed to it.
    await expect(pool.sdk.send(new GetUserCommand({ AccessToken: body['access_token'] }))).rejects.toThrow(
      'required scopes',
    );
    const openId = await byCode((await signIn('anna', { scope: 'openid', resource: undefined })).code);
    expect(claimsOf(required(openId.body['id_token']))).toMatchObject({ aud: clientId, token_use: 'id' });
    expect(claimsOf(required(openId.body['access_token']))).not.toHaveProperty('aud');
  });

  test('takes a code once, for five minutes, from who asked for it', async () => {
    const { code } = await signIn();
    expect((await byCode(code)).status).toBe(200);
    expect(await byCode(code)).toEqual({ status: 400, body: { error: 'invalid_grant' } });
    for (const change of [{ code_verifier: 'x' }, { code_verifier: undefined }, { redirect_uri: 'https://x' }]) {
      expect(await byCode((await signIn()).code, change)).toEqual({ status: 400, body: { error: 'invalid_grant' } });
    }
    const late = await signIn();
    offsetMs = 300_000;
    expect(await byCode(late.code)).toEqual({ status: 400, body: { error: 'invalid_grant' } });
    expect(await byCode('x', { client_id: 'x' })).toEqual({ status: 400, body: { error: 'invalid_client' } });
    expect(await byCode('x', { client_id: pool.clientId })).toEqual({
      status: 400,
      body: { error: 'unauthorized_client' },
    });
    expect(await token({ grant_type: 'password' })).toEqual({ status: 400, body: { error: 'unsupported_grant_type' } });
    expect(await token({})).toEqual({ status: 400, body: { error: 'invalid_request' } });
  });

  test('rotates refresh tokens, keeps what was granted, and forgets what is revoked', async () => {
    const first = (await byCode((await signIn()).code)).body;
    const second = (await byRefresh(first['refresh_token'])).body;
    expect(claimsOf(required(second['access_token']))).toMatchObject({ aud: resource, scope: `${resource}/use` });
    expect(second['refresh_token']).not.toBe(first['refresh_token']);
    expect((await byRefresh(first['refresh_token'])).body).toMatchObject({ error: 'invalid_grant' });
    const revoke = (sent: string | undefined) =>
      fetch(`${pool.url}/oauth2/revoke`, {
        method: 'POST',
        body: new URLSearchParams({ client_id: clientId, token: sent ?? '' }),
      });
    expect((await revoke(second['access_token'])).status).toBe(400);
    expect((await revoke(second['refresh_token'])).status).toBe(200);
    expect((await byRefresh(second['refresh_token'])).body).toMatchObject({ error: 'invalid_grant' });
  });
});

test('all of it is there after a restart', async () => {
  const { refresh_token: refresh } = (await byCode((await signIn()).code)).body;
  await pool.close();
  const emulator = await startCognito({ dataDir: folder });
  pool = { ...pool, url: emulator.url, sdk: connect(emulator.url), close: () => emulator.close() };
  const refreshed = (await byRefresh(refresh)).body;
  expect(claimsOf(required(refreshed['access_token']))).toMatchObject({ aud: resource, scope: `${resource}/use` });
  expect((await signIn()).code).not.toBe('');
});

import { createHmac, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import { AdminRemoveUserFromGroupCommand } from '@aws-sdk/client-cognito-identity-provider';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { bearer, Deployment, type Instance, outcomeOf, testClock } from '../keys/test-deployment.ts';
import { listen } from '../local/emulator.ts';
import { createTokens, issuerOf } from './tokens.ts';

describe('a token of Cognito', () => {
  let deployment: Deployment;
  let instance: Instance;
  let username: string;
  beforeAll(async () => {
    deployment = await Deployment.start();
    instance = deployment.startInstance();
    username = await deployment.createPerson(['red', 'auditor']);
  });
  afterAll(() => deployment.close());

  const outcome = (token: string) => outcomeOf(instance.authenticate(bearer(token)));
  const refused = '401 invalid_api_key';

  test('says who calls, their groups and the one team that pays', async ({ expect }) => {
    const { accessToken } = await deployment.signIn(username);
    expect(await instance.authenticate(bearer(accessToken))).toMatchObject({
      kind: 'token',
      person: { username },
      groups: expect.toSatisfy((groups: string[]) => [...groups].sort().join() === 'auditor,red'),
      team: 'red',
    });
  });

  test('has the groups of its person as they are now, not those of the sign-in', async ({ expect }) => {
    const leaver = await deployment.createPerson(['admin', 'red']);
    const { accessToken } = await deployment.signIn(leaver);
    for (const GroupName of ['admin', 'red']) {
      const membership = { UserPoolId: deployment.userPoolId, Username: leaver, GroupName };
      await deployment.admin.send(new AdminRemoveUserFromGroupCommand(membership));
    }
    expect(await instance.authenticate(bearer(accessToken))).toMatchObject({ groups: [], team: null });
  });

  test('for identity is refused', async ({ expect }) => {
    const { idToken } = await deployment.signIn(username);
    expect(await outcome(idToken)).toBe(refused);
  });

  test('of another app client is refused', async ({ expect }) => {
    const other = await deployment.createClient(deployment.userPoolId);
    const { accessToken } = await deployment.signIn(username, other);
    expect(await outcome(accessToken)).toBe(refused);
  });

  test('of another pool is refused', async ({ expect }) => {
    const userPoolId = await deployment.createPool();
    const clientId = await deployment.createClient(userPoolId);
    const stranger = await deployment.createPerson(['admin'], userPoolId);
    const { accessToken } = await deployment.signIn(stranger, clientId, userPoolId);
    expect(await outcome(accessToken)).toBe(refused);
  });

  test('is refused after a change of any part', async ({ expect }) => {
    const { accessToken } = await deployment.signIn(username);
    const [header = '', payload = '', signature = ''] = accessToken.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const raised = encode({ ...claims, 'cognito:groups': ['admin'] });
    const forgeries = [
      `${header}.${raised}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -8)}AAAAAAAA`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${encode({ alg: 'none' })}.${raised}.`,
      `${encode({ alg: 'none' })}.${raised}.c2ln`,
    ];
    expect(await Promise.all(forgeries.map(outcome))).toEqual(forgeries.map(() => refused));
    expect(await outcome(accessToken)).toBe('ok');
  });

  test('is refused once it has expired, also if it was checked before', async ({ expect }) => {
    const clock = testClock();
    const later = deployment.startInstance({ clock });
    const { accessToken } = await deployment.signIn(username);
    expect(await outcomeOf(later.authenticate(bearer(accessToken)))).toBe('ok');
    clock.advance(3_600_000 + 61_000);
    expect(await outcomeOf(later.authenticate(bearer(accessToken)))).toBe(refused);
  });
});

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

describe('the verifier, against a key set of our own', () => {
  const clock = testClock();
  const ours = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const theirs = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...ours.publicKey.export({ format: 'jwk' }), use: 'sig' };
  const keySet = {
    keys: [
      { ...jwk, kid: 'k1', alg: 'RS256' },
      { ...jwk, kid: 'any algorithm' },
    ],
  };
  let fetches = 0;
  let answer = JSON.stringify(keySet);
  let status = 200;
  let issuer: string;
  let close: () => Promise<void>;

  beforeAll(async () => {
    const server = createServer((request, response) => {
      fetches++;
      const { url } = request;
      if (url === '/pool_1/.well-known/jwks.json') response.writeHead(status, { location: '/elsewhere' }).end(answer);
      else response.writeHead(url === '/elsewhere' ? 200 : 404).end(JSON.stringify(keySet));
    });
    const listening = await listen(server, 0);
    close = listening.close;
    issuer = issuerOf('pool_1', 'us-west-2', listening.url);
  });
  afterAll(() => close());

  const nowSeconds = () => Math.floor(clock.now() / 1000);
  function claims(change: object = {}): object {
    const times = { iat: nowSeconds(), exp: nowSeconds() + 600 };
    return { iss: issuer, token_use: 'access', client_id: 'c1', username: 'ann', ...times, ...change };
  }
  function sign(payload: unknown, header: object = {}, key: KeyObject = ours.privateKey): string {
    const input = `${encode({ alg: 'RS256', kid: 'k1', ...header })}.${encode(payload)}`;
    return `${input}.${createSign('RSA-SHA256').update(input).sign(key, 'base64url')}`;
  }
  const tokens = () => createTokens({ issuer, clientId: 'c1', clock });

  test('takes a good token and reads the key set once', async ({ expect }) => {
    fetches = 0;
    const verifier = tokens();
    const good = sign(claims({ 'cognito:groups': ['admin'] }));
    expect(await Promise.all([verifier.verify(good), verifier.verify(sign(claims()))])).toEqual([
      { username: 'ann' },
      { username: 'ann' },
    ]);
    expect(fetches).toBe(1);
  });

  test('takes one of the app client for MCP, once it is told which that is', async ({ expect }) => {
    const [mcp, one] = [
      sign(claims({ client_id: 'm1', scope: 'a b', aud: ['x'] })),
      sign(claims({ client_id: 'm1', aud: 'x' })),
    ];
    const verifier = tokens();
    expect(await verifier.verify(mcp)).toBeUndefined();
    expect(await verifier.verify(mcp, 'm2')).toBeUndefined();
    const known = { username: 'ann', mcp: { clientId: 'm1', audience: ['x'], scopes: ['a', 'b'] } };
    expect(await verifier.verify(mcp, 'm1')).toEqual(known);
    expect(await verifier.verify(one, 'm1')).toEqual({ ...known, mcp: { ...known.mcp, scopes: [''] } });
    expect(await verifier.verify(sign(claims({ client_id: undefined })), 'm1')).toBeUndefined();
  });

  test.for([
    ['another key', () => sign(claims(), {}, theirs.privateKey)],
    ['another issuer', () => sign(claims({ iss: `${issuer}2` }))],
    ['no issuer', () => sign(claims({ iss: undefined }))],
    ['another client', () => sign(claims({ client_id: 'c2' }))],
    ['its client as audience only', () => sign(claims({ client_id: undefined, aud: 'c1' }))],
    ['use for identity', () => sign(claims({ token_use: 'id' }))],
    ['no username', () => sign(claims({ username: undefined }))],
    ['a username that is no text', () => sign(claims({ username: ['ann'] }))],
    ['no expiry', () => sign(claims({ exp: undefined }))],
    ['an expiry two minutes ago', () => sign(claims({ exp: nowSeconds() - 120 }))],
    ['an issue two minutes ahead', () => sign(claims({ iat: nowSeconds() + 120 }))],
    ['a beginning two minutes ahead', () => sign(claims({ nbf: nowSeconds() + 120 }))],
    ['no key id', () => sign(claims(), { kid: undefined })],
    ['a key id that is no text', () => sign(claims(), { kid: { $ne: 1 } })],
    ['RS512, signed with it', () => rs512Token()],
    ['RS512 in its header only', () => sign(claims(), { alg: 'RS512' })],
    ['the public key as HMAC secret', () => hmacToken()],
    ['a payload that is no object', () => sign('ann')],
  ] as const)('refuses a token with %s', async ([, make], { expect }) => {
    expect(await tokens().verify(make())).toBeUndefined();
  });

  function rs512Token(): string {
    const input = `${encode({ alg: 'RS512', kid: 'any algorithm' })}.${encode(claims())}`;
    return `${input}.${createSign('RSA-SHA512').update(input).sign(ours.privateKey, 'base64url')}`;
  }

  function hmacToken(): string {
    const input = `${encode({ alg: 'HS256', kid: 'k1' })}.${encode(claims())}`;
    const secret = ours.publicKey.export({ format: 'pem', type: 'spki' });
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  }

  test('follows no address that a token names', async ({ expect }) => {
    fetches = 0;
    const url = new URL('/evil', issuer).href;
    expect(
      await tokens().verify(sign(claims({ iss: url }), { jku: url, x5u: url }, theirs.privateKey)),
    ).toBeUndefined();
    expect(await tokens().verify(sign(claims(), { jku: url, x5u: url }))).toEqual({ username: 'ann' });
    expect(fetches).toBe(1);
  });

  test('reads the key set again for an unknown key id, once a minute at most', async ({ expect }) => {
    const verifier = tokens();
    await verifier.verify(sign(claims()));
    fetches = 0;
    const unknown = () => verifier.verify(sign(claims(), { kid: `k${Math.random()}` }));
    for (let index = 0; index < 5; index++) expect(await unknown()).toBeUndefined();
    expect(fetches).toBe(1);
    clock.advance(60_000);
    await unknown();
    expect(fetches).toBe(2);
    expect(await verifier.verify(sign(claims()))).toEqual({ username: 'ann' });
  });

  test('never says 401 when the key set cannot be read, and goes on when it can', async ({ expect }) => {
    const verifier = tokens();
    const token = sign(claims());
    const outcomes: string[] = [];
    for (const [faultyStatus, body] of [
      [500, ''],
      [200, '<html>'],
      [200, '{"keys":[{"kty":1}]}'],
      [302, ''],
    ] as const) {
      [status, answer] = [faultyStatus, body];
      outcomes.push(await outcomeOf(verifier.verify(token)));
    }
    [status, answer] = [200, JSON.stringify(keySet)];
    expect(outcomes).toEqual(outcomes.map(() => '503 auth_unavailable'));
    expect(await verifier.verify(token)).toEqual({ username: 'ann' });
  });

  test('gives two tokens one answer only if they are the same', async ({ expect }) => {
    const verifier = tokens();
    const [ann, ben] = [sign(claims()), sign(claims({ username: 'ben' }))];
    for (const token of [ann, ben, ann, ben]) {
      expect((await verifier.verify(token))?.username).toBe(token === ann ? 'ann' : 'ben');
    }
    expect(await verifier.verify(`${ann.slice(0, -1)}`)).toBeUndefined();
    expect(await verifier.verify(`${ann}A`)).toBeUndefined();
  });

  test('answers any header and payload with a refusal, never with a fault', async ({ expect }) => {
    const verifier = tokens();
    const property = fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), fc.boolean(), async (header, payload, near) => {
      const fields = typeof header === 'object' && header !== null ? header : { kid: header };
      const body = near && typeof payload === 'object' ? { ...claims(), ...payload } : payload;
      expect(await verifier.verify(sign(body, fields, theirs.privateKey))).toBeUndefined();
    });
    await fc.assert(property, { numRuns: 300 });
  });
});

test.for([
  ['us-west-2', null, 'https://cognito-idp.us-west-2.amazonaws.com/us-west-2_Ab'],
  ['cn-north-1', null, 'https://cognito-idp.cn-north-1.amazonaws.com.cn/us-west-2_Ab'],
  ['eusc-de-east-1', null, 'https://cognito-idp.eusc-de-east-1.amazonaws.eu/us-west-2_Ab'],
  ['us-west-2', 'http://127.0.0.1:9000/', 'http://127.0.0.1:9000/us-west-2_Ab'],
] as const)('the issuer in %s at %s is %s', ([region, endpoint, issuer], { expect }) => {
  expect(issuerOf('us-west-2_Ab', region, endpoint)).toBe(issuer);
});

import {
  AdminAddUserToGroupCommand,
  AdminGetUserCommand,
  CreateGroupCommand,
  GetUserCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { JwtRsaVerifier } from 'aws-jwt-verify';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimsOf, createUser, required, signInForTokens, startPool, type TestPool } from './testing.ts';

let pool: TestPool;

beforeAll(async () => {
  pool = await startPool({
    client: {
      ReadAttributes: ['email', 'email_verified', 'name', 'address'],
      AccessTokenValidity: 5,
      IdTokenValidity: 6,
      TokenValidityUnits: { AccessToken: 'minutes', IdToken: 'minutes', RefreshToken: 'days' },
    },
  });
  await createUser(pool, 'anna', {
    attributes: [
      { Name: 'name', Value: 'Anna' },
      { Name: 'locale', Value: 'de' },
      { Name: 'custom:k01', Value: 'secret' },
    ],
  });
  const groups = [
    { GroupName: 'team', Precedence: 9 },
    { GroupName: 'loose' },
    { GroupName: 'admin', Precedence: 1, RoleArn: 'arn:aws:iam::123456789012:role/admin' },
    { GroupName: 'empty' },
  ];
  for (const group of groups) await pool.sdk.send(new CreateGroupCommand({ UserPoolId: pool.userPoolId, ...group }));
  for (const GroupName of ['loose', 'team', 'admin']) {
    const membership = { UserPoolId: pool.userPoolId, Username: 'anna', GroupName };
    await pool.sdk.send(new AdminAddUserToGroupCommand(membership));
  }
});
afterAll(() => pool.close());

/** The library fetches by https alone, so plain http on this machine takes a fetcher of one's own. */
function createVerifier(audience: string | null) {
  const issuer = `${pool.url}/${pool.userPoolId}`;
  const fetcher = { fetch: async (uri: string) => (await fetch(uri)).arrayBuffer() };
  return JwtRsaVerifier.create(
    { issuer, audience, jwksUri: `${issuer}/.well-known/jwks.json` },
    { jwksCache: new SimpleJwksCache({ fetcher }) },
  );
}

test('are verified by the genuine verifier with the key set', async () => {
  const { access, id } = await signInForTokens(pool, 'anna');
  expect(await createVerifier(null).verify(access)).toEqual(claimsOf(access));
  expect(await createVerifier(pool.clientId).verify(id)).toEqual(claimsOf(id));
  const [header, payload, signature = ''] = access.split('.');
  const forged = Buffer.from(JSON.stringify({ ...claimsOf(access), 'cognito:groups': ['root'] })).toString('base64url');
  await expect(createVerifier(null).verify([header, forged, signature].join('.'))).rejects.toThrow('Invalid signature');
  await expect(
    pool.sdk.send(new GetUserCommand({ AccessToken: [header, forged, signature].join('.') })),
  ).rejects.toThrow('Could not verify signature for Access Token');
  await expect(pool.sdk.send(new GetUserCommand({ AccessToken: [header, payload].join('.') }))).rejects.toThrow(
    'Invalid Access Token',
  );
  await expect(pool.sdk.send(new GetUserCommand({ AccessToken: id }))).rejects.toThrow('Invalid Access Token');
});

test('hold exactly the claims that Cognito gives', async () => {
  const { access, id } = await signInForTokens(pool, 'anna');
  const user = await pool.sdk.send(new AdminGetUserCommand({ UserPoolId: pool.userPoolId, Username: 'anna' }));
  const sub = required(user.UserAttributes?.find((attribute) => attribute.Name === 'sub')?.Value);
  expect(sub).toMatch(/^[0-9a-f-]{36}$/);
  const claims = claimsOf(access);
  const shared = {
    sub,
    iss: `${pool.url}/${pool.userPoolId}`,
    'cognito:groups': ['admin', 'team', 'loose'],
    origin_jti: claims['origin_jti'],
    event_id: expect.any(String),
    auth_time: claims['auth_time'],
    iat: claims['auth_time'],
    jti: expect.any(String),
  };
  expect(claims).toEqual({
    ...shared,
    client_id: pool.clientId,
    token_use: 'access',
    scope: 'aws.cognito.signin.user.admin',
    exp: Number(claims['iat']) + 300,
    username: 'anna',
  });
  expect(claimsOf(id)).toEqual({
    ...shared,
    aud: pool.clientId,
    token_use: 'id',
    exp: Number(claims['iat']) + 360,
    'cognito:username': 'anna',
    'cognito:roles': ['arn:aws:iam::123456789012:role/admin'],
    'cognito:preferred_role': 'arn:aws:iam::123456789012:role/admin',
    email: 'anna@example.com',
    email_verified: true,
    name: 'Anna',
  });
});

test('the key set and the OpenID configuration are public; nothing private is in them', async () => {
  const issuer = `${pool.url}/${pool.userPoolId}`;
  const configuration = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  expect(configuration).toMatchObject({ issuer, jwks_uri: `${issuer}/.well-known/jwks.json` });
  const { access } = await signInForTokens(pool, 'anna');
  const header = JSON.parse(Buffer.from(required(access.split('.')[0]), 'base64url').toString());
  expect(await (await fetch(`${issuer}/.well-known/jwks.json`)).json()).toEqual({
    keys: [{ alg: 'RS256', e: 'AQAB', kid: header.kid, kty: 'RSA', n: expect.any(String), use: 'sig' }],
  });
  expect((await fetch(`${pool.url}/us-west-2_absent/.well-known/jwks.json`)).status).toBe(404);
});

import {
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminUserGlobalSignOutCommand,
  CreateUserPoolClientCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  RevokeTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { CognitoUserSession } from 'amazon-cognito-identity-js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  claimsOf,
  createUser,
  goodPassword,
  required,
  signIn,
  signInForTokens,
  startPool,
  type TestPool,
} from './testing.ts';

/** The app client of `pool` rotates its refresh tokens; that of `plain`, in the same pool, does not. */
let pool: TestPool;
let plain: TestPool;
let offsetMs = 0;

beforeAll(async () => {
  pool = await startPool({ emulator: { now: () => Date.now() + offsetMs } });
  const { UserPoolClient } = await pool.sdk.send(
    new CreateUserPoolClientCommand({
      UserPoolId: pool.userPoolId,
      ClientName: 'plain',
      ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      RefreshTokenValidity: 60,
      AccessTokenValidity: 5,
      TokenValidityUnits: { RefreshToken: 'minutes', AccessToken: 'minutes' },
    }),
  );
  plain = { ...pool, clientId: required(UserPoolClient?.ClientId) };
  await createUser(pool, 'anna');
});
afterEach(() => {
  offsetMs = 0;
});
afterAll(() => pool.close());

function renew(at: TestPool, RefreshToken: string) {
  return at.sdk.send(new GetTokensFromRefreshTokenCommand({ ClientId: at.clientId, RefreshToken }));
}

function renewByFlow(at: TestPool, refresh: string, AuthFlow: 'REFRESH_TOKEN_AUTH' | 'REFRESH_TOKEN') {
  const AuthParameters = { REFRESH_TOKEN: refresh };
  return at.sdk.send(new InitiateAuthCommand({ ClientId: at.clientId, AuthFlow, AuthParameters }));
}

function getUser(access: string) {
  return pool.sdk.send(new GetUserCommand({ AccessToken: access }));
}

describe('a refresh token that rotates', () => {
  test('is replaced at every use, for the same session', async () => {
    const first = await signInForTokens(pool, 'anna');
    const { AuthenticationResult: second } = await renew(pool, first.refresh);
    expect(second).toMatchObject({ ExpiresIn: 3600, TokenType: 'Bearer' });
    expect(required(second?.RefreshToken)).not.toBe(first.refresh);
    const [before, after] = [claimsOf(first.access), claimsOf(required(second?.AccessToken))];
    expect(after).toMatchObject({ origin_jti: before['origin_jti'], auth_time: before['auth_time'] });
    expect(after['jti']).not.toBe(before['jti']);
    const { AuthenticationResult: third } = await renew(pool, required(second?.RefreshToken));
    expect(await getUser(required(third?.AccessToken))).toMatchObject({ Username: 'anna' });
  });

  test('is good for ten seconds more after its replacement, and no longer', async () => {
    const { refresh } = await signInForTokens(pool, 'anna');
    const { AuthenticationResult: next } = await renew(pool, refresh);
    offsetMs = 9_000;
    await renew(pool, refresh);
    offsetMs = 10_500; // a retry within the grace period does not lengthen it
    await expect(renew(pool, refresh)).rejects.toMatchObject({ name: 'RefreshTokenReuseException' });
    expect(await renew(pool, required(next?.RefreshToken))).toMatchObject({ AuthenticationResult: {} });
  });

  test('hands its end on: the whole session ends when the first token would have', async () => {
    const { refresh } = await signInForTokens(pool, 'anna');
    offsetMs = 29 * 86_400_000;
    const { AuthenticationResult: next } = await renew(pool, refresh);
    offsetMs = 30 * 86_400_000 + 1000;
    await expect(renew(pool, required(next?.RefreshToken))).rejects.toThrow('Refresh Token has expired');
  });

  test('does not work with the older flow, not even where the app client names no flows', async () => {
    const { UserPoolClient } = await pool.sdk.send(
      new CreateUserPoolClientCommand({
        UserPoolId: pool.userPoolId,
        ClientName: 'default flows',
        RefreshTokenRotation: { Feature: 'ENABLED' },
      }),
    );
    for (const client of [pool, { ...pool, clientId: required(UserPoolClient?.ClientId) }]) {
      const { refresh } = await signInForTokens(client, 'anna');
      for (const flow of ['REFRESH_TOKEN_AUTH', 'REFRESH_TOKEN'] as const) {
        await expect(renewByFlow(client, refresh, flow)).rejects.toMatchObject({ name: 'InvalidParameterException' });
      }
    }
  });
});

describe('a refresh token that stays', () => {
  test('is used by the genuine client as often as wanted', async () => {
    const result = await signIn(plain, 'anna', goodPassword);
    if (result.kind !== 'tokens') throw new Error('a new password was asked for');
    for (let time = 0; time < 2; time++) {
      const session = await new Promise<CognitoUserSession>((resolve, reject) => {
        result.user.refreshSession(result.session.getRefreshToken(), (error, renewed) =>
          error ? reject(error) : resolve(renewed),
        );
      });
      expect(session.getRefreshToken().getToken()).toBe(result.session.getRefreshToken().getToken());
      expect(await getUser(session.getAccessToken().getJwtToken())).toMatchObject({ Username: 'anna' });
    }
  });

  test('works both ways and is not replaced', async () => {
    const { refresh } = await signInForTokens(plain, 'anna');
    for (const answer of [
      await renew(plain, refresh),
      await renewByFlow(plain, refresh, 'REFRESH_TOKEN_AUTH'),
      await renewByFlow(plain, refresh, 'REFRESH_TOKEN'),
    ]) {
      expect(answer.AuthenticationResult).toMatchObject({ ExpiresIn: 300, TokenType: 'Bearer' });
      expect(answer.AuthenticationResult?.RefreshToken).toBeUndefined();
    }
  });

  test('and its access token end when the app client says', async () => {
    const { access, refresh } = await signInForTokens(plain, 'anna');
    offsetMs = 5 * 60_000 + 1000;
    await expect(getUser(access)).rejects.toThrow('Access Token has expired');
    offsetMs = 59 * 60_000;
    await renew(plain, refresh);
    offsetMs = 60 * 60_000 + 1000;
    await expect(renew(plain, refresh)).rejects.toThrow('Refresh Token has expired');
  });

  test('belongs to one app client', async () => {
    const { refresh } = await signInForTokens(plain, 'anna');
    for (const token of [refresh, `${refresh}x`, 'invented', `.${refresh}`]) {
      await expect(renew(pool, token)).rejects.toMatchObject({
        name: 'NotAuthorizedException',
        message: 'Invalid Refresh Token',
      });
    }
  });
});

describe('the end of a session', () => {
  test.for([
    [
      'RevokeToken',
      (tokens: Tokens) => plain.sdk.send(new RevokeTokenCommand({ ClientId: plain.clientId, Token: tokens.refresh })),
    ],
    ['GlobalSignOut', (tokens: Tokens) => plain.sdk.send(new GlobalSignOutCommand({ AccessToken: tokens.access }))],
    ['AdminUserGlobalSignOut', () => plain.sdk.send(new AdminUserGlobalSignOutCommand(target('berta')))],
  ] as const)('%s ends refresh and access tokens', async ([, end], { expect }) => {
    await createUser(pool, 'berta').catch(() => undefined);
    const tokens = await signInForTokens(plain, 'berta');
    await getUser(tokens.access);
    await end(tokens);
    await expect(renew(plain, tokens.refresh)).rejects.toThrow('Refresh Token has been revoked');
    await expect(getUser(tokens.access)).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: 'Access Token has been revoked',
    });
    expect(await signInForTokens(plain, 'berta')).toBeDefined();
  });

  test('RevokeToken ends one session only, takes no access token, and does not mind an invented one', async () => {
    const [one, two] = [await signInForTokens(plain, 'anna'), await signInForTokens(plain, 'anna')];
    const revoke = (Token: string) => plain.sdk.send(new RevokeTokenCommand({ ClientId: plain.clientId, Token }));
    await revoke(one.refresh);
    await revoke(one.refresh);
    await revoke('invented');
    expect(await renew(plain, two.refresh)).toMatchObject({ AuthenticationResult: { TokenType: 'Bearer' } });
    await expect(revoke(two.access)).rejects.toMatchObject({ name: 'UnsupportedTokenTypeException' });
  });

  test('comes for a disabled person and for a deleted one', async () => {
    await createUser(pool, 'carl');
    const tokens = await signInForTokens(plain, 'carl');
    await plain.sdk.send(new AdminDisableUserCommand(target('carl')));
    await expect(getUser(tokens.access)).rejects.toThrow('User is disabled.');
    await expect(renew(plain, tokens.refresh)).rejects.toThrow('User is disabled.');
    await plain.sdk.send(new AdminDeleteUserCommand(target('carl')));
    await expect(getUser(tokens.access)).rejects.toMatchObject({ name: 'UserNotFoundException' });
    await expect(renew(plain, tokens.refresh)).rejects.toThrow('Invalid Refresh Token');
    await createUser(pool, 'carl');
    await expect(getUser(tokens.access)).rejects.toThrow('Access Token has been revoked');
  });
});

type Tokens = Awaited<ReturnType<typeof signInForTokens>>;

function target(Username: string) {
  return { UserPoolId: pool.userPoolId, Username };
}

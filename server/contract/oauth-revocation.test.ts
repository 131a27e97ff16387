import {
  AdminUserGlobalSignOutCommand,
  CognitoIdentityProviderClient,
  GetTokensFromRefreshTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { describe, inject, test } from 'vitest';
import { connect } from './mcp-clients.ts';
import {
  attempt,
  callMcp,
  clientId,
  createBrowser,
  exchange,
  postForm,
  refreshWith,
  signInWith,
  type TokenReply,
} from './oauth-client.ts';
import { createPerson, request } from './people.ts';

// What becomes of a token that an editor has when its person's rights go. The gateway asks who they are now, never what
// the token says; whether a token was revoked it does not ask.

const dev = inject('dev');
const admin = inject('adminToken');
const cognito = new CognitoIdentityProviderClient({
  endpoint: dev.endpoints['cognito_identity_provider'] ?? '',
  region: dev.region,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});

async function signedIn(
  groups: readonly string[] = [],
): Promise<{ readonly username: string; readonly got: TokenReply }> {
  const { username } = await createPerson(groups);
  const going = attempt();
  const landing = await signInWith(createBrowser(), going.url, { username, password: 'Correct horse 1!' });
  return { username, got: await exchange(landing, going) };
}

/** A change made by the administrator; it must succeed. */
async function change(method: string, path: string): Promise<void> {
  const { status, message } = await request([method, path], admin);
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${message}`);
}

async function toolsOf({ access_token: token }: TokenReply): Promise<readonly string[]> {
  const { client } = await connect('2026', token);
  const { tools } = await client.listTools();
  await client.close();
  return tools.map(({ name }) => name);
}

describe('the next call at /mcp is refused', () => {
  test.for([
    ['disabled', 'POST', '/disable'],
    ['deleted', 'DELETE', ''],
  ] as const)('of somebody who was %s, and there is no other token', async ([, method, path], { expect }) => {
    const { username, got } = await signedIn();
    expect((await callMcp(got.access_token)).status).toBe(200);
    await change(method, `/v1/users/${username}${path}`);
    const refused = await callMcp(got.access_token);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('invalid'),
    ]);
    expect(await refreshWith(got.refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' });
  });
});

test('who is no auditor any more sees no tool of auditors, by the same token', async ({ expect }) => {
  const { username, got } = await signedIn(['auditor']);
  expect(await toolsOf(got)).toContain('list_people');
  await change('DELETE', `/v1/groups/auditor/users/${username}`);
  const left = await toolsOf(got);
  expect([left.includes('list_people'), left.includes('list_models')]).toEqual([false, true]);
});

test('who is signed out everywhere gets no further token; the one that is out ends with its hour', async ({
  expect,
}) => {
  const { username, got } = await signedIn();
  await cognito.send(new AdminUserGlobalSignOutCommand({ UserPoolId: dev.user_pool_id, Username: username }));
  expect(await refreshWith(got.refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' });
  expect((await callMcp(got.access_token)).status).toBe(200);
});

test('a refresh token used past the façade gives no more than at it, and a revocation ends both ways', async ({
  expect,
}) => {
  const { got } = await signedIn();
  const refreshPast = async (RefreshToken: string | undefined) => {
    const command = new GetTokensFromRefreshTokenCommand({ ClientId: clientId, RefreshToken });
    return (await cognito.send(command)).AuthenticationResult ?? {};
  };
  const { AccessToken, IdToken, RefreshToken } = await refreshPast(got.refresh_token);
  expect([(await callMcp(AccessToken)).status, (await callMcp(IdToken)).status]).toEqual([200, 401]);
  for (const [token, status] of [
    [AccessToken, 403],
    [IdToken, 401],
  ] as const) {
    expect((await request(['GET', '/v1/me'], token)).status).toBe(status);
  }
  expect((await postForm('/oauth/revoke', { client_id: clientId, token: RefreshToken })).status).toBe(200);
  await expect(refreshPast(RefreshToken)).rejects.toThrow('revoked');
  expect(await refreshWith(RefreshToken)).toMatchObject({ status: 400, error: 'invalid_grant' });
  expect((await callMcp(AccessToken)).status).toBe(200);
});

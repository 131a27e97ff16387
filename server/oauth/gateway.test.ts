import { createHash, randomBytes } from 'node:crypto';
import {
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolDomainCommand,
  UpdateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Gateway, startGateway } from '../auth/test-gateway.ts';
import { Deployment, password } from '../keys/test-deployment.ts';
import { oauthRoutes } from '../routes/oauth.ts';

describe('tokens of the app client for MCP', () => {
  let deployment: Deployment;
  let gateway: Gateway;
  let clientId: string;
  let username: string;
  const elsewhere = 'https://other.example/mcp';
  const callback = 'https://api.example.com/cb';

  beforeAll(async () => {
    deployment = await Deployment.start();
    username = await deployment.createPerson(['red']);
    const { admin, userPoolId: UserPoolId } = deployment;
    await admin.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain: 'gateway-of-tests' }));
    const { UserPoolClient } = await admin.send(new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'mcp' }));
    clientId = UserPoolClient?.ClientId ?? '';
    gateway = await startGateway(deployment, undefined, {
      PENNYWORTH_MCP_CLIENT_ID: clientId,
      PENNYWORTH_LOGIN_URL: deployment.cognito.url,
    });
    for (const Identifier of [`${gateway.url}/mcp`, elsewhere]) {
      const Scopes = [{ ScopeName: 'use', ScopeDescription: 'Use it' }];
      await admin.send(new CreateResourceServerCommand({ UserPoolId, Identifier, Name: 'mcp', Scopes }));
    }
    await admin.send(
      new UpdateUserPoolClientCommand({
        UserPoolId,
        ClientId: clientId,
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ['code'],
        AllowedOAuthScopes: [`${gateway.url}/mcp/use`, `${elsewhere}/use`],
        CallbackURLs: [callback],
      }),
    );
  });
  afterAll(async () => {
    await gateway?.close();
    await deployment?.close();
  });

  /** Straight from Cognito, past the façade, as somebody might who knows the client id. */
  async function tokenFor(scope: string, resource: string | undefined): Promise<string> {
    const verifier = randomBytes(32).toString('base64url');
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: callback,
      scope,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...(resource !== undefined && { resource }),
    });
    const { url } = deployment.cognito;
    const body = new URLSearchParams({ step: 'login', username, password });
    const login = await fetch(`${url}/login?${query}`, { method: 'POST', body, redirect: 'manual' });
    const code = new URL(login.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const form = { grant_type: 'authorization_code', client_id: clientId, redirect_uri: callback };
    const exchange = new URLSearchParams({ ...form, code, code_verifier: verifier });
    const answer = await fetch(`${url}/oauth2/token`, { method: 'POST', body: exchange });
    const { access_token: token }: Record<string, string> = JSON.parse(await answer.text());
    return token ?? '';
  }

  const statusAt = async (path: string, token: string) =>
    (await gateway.call(path, token, { method: 'POST', body: '{"jsonrpc":"2.0","id":1,"method":"ping"}' })).status;

  test('are for this /mcp, by scope and by what they are bound to', async ({ expect }) => {
    const here = `${gateway.url}/mcp`;
    const outcomes: number[] = [];
    for (const [scope, resource] of [
      [`${here}/use`, here],
      [`${here}/use`, undefined],
      [`${here}/use`, elsewhere],
      [`${elsewhere}/use`, here],
      [`${elsewhere}/use`, elsewhere],
      [`${elsewhere}/use`, undefined],
    ] as const) {
      outcomes.push(await statusAt('/mcp', await tokenFor(scope, resource)));
    }
    expect(outcomes.map((status) => status !== 401)).toEqual([true, true, false, false, false, false]);
  });

  test('open no other door, also for who is an administrator, and end with their person', async ({ expect }) => {
    const here = `${gateway.url}/mcp`;
    const token = await tokenFor(`${here}/use`, here);
    expect(await gateway.call('/v1/me', token)).toMatchObject({ status: 403, code: 'insufficient_scope' });
    expect(await statusAt('/mcp', `${token.slice(0, -4)}AAAA`)).toBe(401);
    expect(gateway.logLines.join('')).not.toContain(token.slice(0, 40));
  });
});

describe('without a managed login', () => {
  let deployment: Deployment;
  let gateway: Gateway;
  beforeAll(async () => {
    deployment = await Deployment.start();
    gateway = await startGateway(deployment);
  });
  afterAll(async () => {
    await gateway?.close();
    await deployment?.close();
  });

  test.for(oauthRoutes.map(({ method, path }) => [method, path] as const))(
    '%s %s is not there',
    async ([method, path], { expect }) => {
      const response = await fetch(`${gateway.url}${path}`, { method });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ error: { code: 'not_found' } });
    },
  );

  test('/mcp does not say where a token comes from', async ({ expect }) => {
    const response = await fetch(`${gateway.url}/mcp`, { method: 'POST', body: '{}' });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await (await fetch(`${gateway.url}/v1/version`)).json()).toMatchObject({ mcp_client_id: null });
  });
});

import {
  CreateUserPoolCommand,
  DescribeUserPoolClientCommand,
  ListResourceServersCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startCognito } from './cognito/emulator.ts';
import { connect, required } from './cognito/testing.ts';
import type { Emulator } from './emulator.ts';
import { provisionMcp } from './provision-mcp.ts';

let cognito: Emulator;
beforeAll(async () => {
  cognito = await startCognito({});
  vi.stubEnv('AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER', cognito.url);
  vi.stubEnv('AWS_REGION', 'us-west-2');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await cognito.close();
});

/** Calls that change something. */
const changes = () => {
  const changing = [...cognito.calls].filter(([name]) => /^(Create|Update|Delete)/.test(name));
  return Object.fromEntries(changing);
};

test('is made once, found again, and follows the gateway to another port', async () => {
  const sdk = connect(cognito.url);
  const { UserPool } = await sdk.send(new CreateUserPoolCommand({ PoolName: 'pennyworth' }));
  const userPoolId = required(UserPool?.Id);
  const place = (port: number) => ({
    userPoolId,
    baseUrl: `http://127.0.0.1:${port}`,
    endpoint: cognito.url,
    region: 'us-west-2',
  });
  const first = await provisionMcp(place(8787));
  expect(first.loginUrl).toBe(cognito.url);
  const made = changes();
  expect(made).toMatchObject({ CreateUserPoolDomain: 1, CreateResourceServer: 1, CreateUserPoolClient: 1 });
  expect(await provisionMcp(place(8787))).toEqual(first);
  expect(changes()).toEqual(made);
  expect(await provisionMcp(place(9999))).toEqual(first);
  expect(changes()).toEqual({ ...made, CreateResourceServer: 2, UpdateUserPoolClient: 1, DeleteResourceServer: 1 });
  const shown = await sdk.send(new DescribeUserPoolClientCommand({ UserPoolId: userPoolId, ClientId: first.clientId }));
  expect(shown.UserPoolClient).toMatchObject({
    CallbackURLs: ['http://127.0.0.1:9999/oauth/callback'],
    AllowedOAuthScopes: ['http://127.0.0.1:9999/mcp/use'],
    ReadAttributes: ['email', 'email_verified', 'name', 'locale'],
    WriteAttributes: ['name', 'locale'],
    RefreshTokenRotation: { Feature: 'ENABLED' },
  });
  const { ResourceServers } = await sdk.send(
    new ListResourceServersCommand({ UserPoolId: userPoolId, MaxResults: 50 }),
  );
  expect(ResourceServers?.map(({ Identifier }) => Identifier)).toEqual(['http://127.0.0.1:9999/mcp']);
  expect((await provisionMcp({ ...place(9999), endpoint: undefined })).loginUrl).toMatch(
    /^https:\/\/pennyworth-[a-z0-9]+\.auth\.us-west-2\.amazoncognito\.com$/,
  );
  sdk.destroy();
});

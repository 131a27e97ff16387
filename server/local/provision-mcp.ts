import { isDeepStrictEqual } from 'node:util';
import {
  CognitoIdentityProviderClient,
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolDomainCommand,
  DeleteResourceServerCommand,
  DescribeUserPoolClientCommand,
  DescribeUserPoolDomainCommand,
  ListResourceServersCommand,
  UpdateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { cognitoScopeOf, resourceOf } from '../oauth/deployment.ts';
import { clientSettings, findClient, required } from './provision.ts';

const clientName = 'pennyworth-mcp';
const resourceServerName = 'pennyworth-mcp';

interface Place {
  readonly userPoolId: string;
  /** Of the gateway. */
  readonly baseUrl: string;
  /** Of Cognito, if not the region's own. */
  readonly endpoint: string | undefined;
  readonly region: string;
}

/**
 * What template.yaml makes for OAuth: domain, resource server and app client. The last two name the gateway's address,
 * so a start at another port changes them.
 */
export async function provisionMcp(place: Place): Promise<{ readonly clientId: string; readonly loginUrl: string }> {
  const cognito = new CognitoIdentityProviderClient({});
  try {
    const domain = await provideDomain(cognito, place);
    const resource = resourceOf(place.baseUrl);
    const outdated = await provideResourceServer(cognito, place, resource);
    const clientId = await provideClient(cognito, place, resource);
    for (const Identifier of outdated) {
      await cognito.send(new DeleteResourceServerCommand({ UserPoolId: place.userPoolId, Identifier }));
    }
    return { clientId, loginUrl: place.endpoint ?? `https://${domain}.auth.${place.region}.amazoncognito.com` };
  } finally {
    cognito.destroy();
  }
}

async function provideDomain(cognito: CognitoIdentityProviderClient, { userPoolId }: Place): Promise<string> {
  const Domain = `pennyworth-${userPoolId.replace(/^.*_/, '').toLowerCase()}`;
  const { DomainDescription } = await cognito.send(new DescribeUserPoolDomainCommand({ Domain }));
  if (DomainDescription?.UserPoolId !== userPoolId) {
    await cognito.send(new CreateUserPoolDomainCommand({ UserPoolId: userPoolId, Domain, ManagedLoginVersion: 2 }));
  }
  return Domain;
}

/** @returns those of earlier addresses, which nothing needs as soon as the app client names the new one */
async function provideResourceServer(
  cognito: CognitoIdentityProviderClient,
  { userPoolId: UserPoolId }: Place,
  resource: string,
): Promise<readonly string[]> {
  const { ResourceServers = [] } = await cognito.send(new ListResourceServersCommand({ UserPoolId, MaxResults: 50 }));
  const ours = ResourceServers.filter(({ Name }) => Name === resourceServerName).map(
    ({ Identifier = '' }) => Identifier,
  );
  if (!ours.includes(resource)) {
    const Scopes = [{ ScopeName: 'use', ScopeDescription: 'Use /mcp in your name' }];
    await cognito.send(
      new CreateResourceServerCommand({ UserPoolId, Identifier: resource, Name: resourceServerName, Scopes }),
    );
  }
  return ours.filter((identifier) => identifier !== resource);
}

async function provideClient(
  cognito: CognitoIdentityProviderClient,
  { userPoolId: UserPoolId, baseUrl }: Place,
  resource: string,
): Promise<string> {
  const settings = {
    ...clientSettings,
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ['code' as const],
    AllowedOAuthScopes: [cognitoScopeOf(resource)],
    CallbackURLs: [`${baseUrl}/oauth/callback`],
    SupportedIdentityProviders: ['COGNITO'],
  };
  const found = await findClient(cognito, UserPoolId, clientName);
  if (found === undefined) {
    const names = { UserPoolId, ClientName: clientName, GenerateSecret: false };
    const { UserPoolClient } = await cognito.send(new CreateUserPoolClientCommand({ ...names, ...settings }));
    return required(UserPoolClient?.ClientId, 'CreateUserPoolClient');
  }
  const { UserPoolClient } = await cognito.send(new DescribeUserPoolClientCommand({ UserPoolId, ClientId: found }));
  if (!isDeepStrictEqual(UserPoolClient?.CallbackURLs, settings.CallbackURLs)) {
    await cognito.send(new UpdateUserPoolClientCommand({ UserPoolId, ClientId: found, ...settings }));
  }
  return found;
}

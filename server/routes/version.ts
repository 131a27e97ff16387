import { Hello, Version } from '../../shared/api/version.ts';
import { findOAuth } from '../oauth/deployment.ts';
import { json, publicRoute } from '../route.ts';

export const hello = publicRoute({
  method: 'GET',
  path: '/v1/hello',
  summary: 'Whether the gateway answers',
  query: null,
  response: { status: 200, schema: Hello, streams: false },
  errors: [],
  handle: async () => json(200, { status: 'ok' } satisfies Hello),
});

export const version = publicRoute({
  method: 'GET',
  path: '/v1/version',
  summary: 'What a client needs to know before it signs in',
  query: null,
  response: { status: 200, schema: Version, streams: false },
  errors: [],
  handle: async ({ context, request }) => {
    const { settings } = context;
    return json(200, {
      name: 'pennyworth',
      version: context.version,
      git_sha: settings.gitSha,
      region: settings.region,
      user_pool_id: settings.userPoolId,
      client_id: settings.clientId,
      cognito_endpoint: context.cognitoEndpoint,
      mcp_client_id: findOAuth(request, settings)?.clientId ?? null,
    } satisfies Version);
  },
});

import { ClientMetadata, type RegisteredClient } from '../../shared/api/oauth.ts';
import type { Context } from '../context.ts';
import { GatewayError } from '../errors.ts';
import type { HttpRequest, HttpResponse } from '../http.ts';
import { parseJsonBody } from '../request-input.ts';
import { mcpScope } from './deployment.ts';
import { listedOf, needOAuth } from './flow.ts';
import { OAuthError, oauthJson } from './oauth-error.ts';
import { largestFormBytes } from './parameters.ts';
import { isRedirectAllowed } from './redirect-uris.ts';

/**
 * RFC 7591, with nothing stored: whoever asks gets the one public client id, for those of their addresses that codes may
 * go to: editors name some for each of their editions at once. What else they ask for (a secret, other grants) is
 * answered with what they get instead, as §3.2.1 has it.
 */
export async function registerClient(request: HttpRequest, context: Context): Promise<HttpResponse> {
  const oauth = needOAuth(request, context);
  const metadata = ClientMetadata.safeParse(await readMetadata(request));
  if (!metadata.success) {
    const [issue] = metadata.error.issues;
    const isUris = issue?.path[0] !== 'client_name';
    throw isUris
      ? new OAuthError(
          'invalid_redirect_uri',
          'redirect_uris: is not a list of 1 to 20 addresses; send where codes are to go.',
        )
      : new OAuthError('invalid_client_metadata', 'client_name: is not a text of at most 200 characters; shorten it.');
  }
  const { redirect_uris: asked, client_name: name } = metadata.data;
  const redirectUris = asked.filter((uri) => isRedirectAllowed(uri, listedOf(context)));
  if (redirectUris.length === 0) {
    throw new OAuthError(
      'invalid_redirect_uri',
      'redirect_uris: none is on this computer (http://127.0.0.1:<port>/...) or listed here; ask the operator to add one to mcp.redirect_uris.',
    );
  }
  return oauthJson(201, {
    client_id: oauth.clientId,
    client_id_issued_at: Math.floor(context.clock.now() / 1000),
    ...(name !== undefined && { client_name: name }),
    redirect_uris: redirectUris,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    scope: mcpScope,
  } satisfies RegisteredClient);
}

async function readMetadata(request: HttpRequest): Promise<unknown> {
  // Anybody may register: what is longer is refused before it is parsed.
  await request.readBody(largestFormBytes);
  try {
    return await parseJsonBody(request);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw new OAuthError('invalid_client_metadata', 'The body must be one JSON object.');
  }
}

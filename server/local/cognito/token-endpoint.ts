import { AwsFault } from '../emulator.ts';
import type { AuthorizationCodes } from './authorization-codes.ts';
import type { Context } from './operation.ts';
import { refresh, revoke, startSession } from './sessions.ts';
import { type AppClient, userKey } from './state.ts';

interface TokenAnswer {
  readonly status: number;
  readonly body: object;
}

/** https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html, for app clients without a secret. */
export function answerTokenRequest(context: Context, codes: AuthorizationCodes, form: URLSearchParams): TokenAnswer {
  const client = findClient(context, form);
  if (client === undefined) return refusal('invalid_client');
  if (!client.settings.AllowedOAuthFlowsUserPoolClient) return refusal('unauthorized_client');
  switch (form.get('grant_type')) {
    case 'authorization_code': {
      const found = codes.redeem(form.get('code') ?? '', {
        clientId: client.id,
        redirectUri: form.get('redirect_uri') ?? undefined,
        verifier: form.get('code_verifier') ?? undefined,
      });
      const user = found && context.state.users.get(userKey(client.poolId, found.userKey));
      if (found === undefined || !user?.enabled) return refusal('invalid_grant');
      return tokens(startSession(context, client, user, found.request.grant), found.request.grant.scopes);
    }
    case 'refresh_token':
      try {
        return tokens(refresh(context, client, form.get('refresh_token') ?? ''), []);
      } catch (error) {
        if (!(error instanceof AwsFault)) throw error;
        return refusal('invalid_grant', error.message);
      }
    case null:
      return refusal('invalid_request');
    default:
      return refusal('unsupported_grant_type');
  }
}

/** https://docs.aws.amazon.com/cognito/latest/developerguide/revocation-endpoint.html */
export function answerRevocation(context: Context, form: URLSearchParams): TokenAnswer {
  const client = findClient(context, form);
  const token = form.get('token');
  if (client === undefined) return refusal('invalid_client');
  if (token === null || token === '') return refusal('invalid_request');
  try {
    revoke(context, client, token);
  } catch (error) {
    if (!(error instanceof AwsFault)) throw error;
    const isType = error.type === 'UnsupportedTokenTypeException';
    return refusal(isType ? 'unsupported_token_type' : 'invalid_request', error.message);
  }
  return { status: 200, body: {} };
}

function findClient(context: Context, form: URLSearchParams): AppClient | undefined {
  const client = context.state.clients.get(form.get('client_id') ?? '');
  return client?.secret === undefined ? client : undefined;
}

/** An ID token only where the scope `openid` was asked for. */
function tokens(
  { AccessToken, IdToken, RefreshToken, ExpiresIn, TokenType }: Readonly<Record<string, unknown>>,
  scopes: readonly string[],
): TokenAnswer {
  const body = {
    access_token: AccessToken,
    id_token: scopes.includes('openid') ? IdToken : undefined,
    refresh_token: RefreshToken,
    expires_in: ExpiresIn,
    token_type: TokenType,
  };
  return { status: 200, body };
}

function refusal(error: string, description?: string): TokenAnswer {
  return { status: 400, body: { error, error_description: description } };
}

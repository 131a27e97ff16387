import { hash } from 'node:crypto';
import type { TokenAnswer } from '../../shared/api/oauth.ts';
import type { Context } from '../context.ts';
import type { HttpRequest, HttpResponse } from '../http.ts';
import { mcpScope, type OAuth } from './deployment.ts';
import { type Flow, flowOf, needOAuth } from './flow.ts';
import { createManagedLogin, type LoginTokens } from './managed-login.ts';
import { OAuthError, oauthJson } from './oauth-error.ts';
import { checkResource, parameter, readForm, requiredParameter } from './parameters.ts';

/** RFC 6749 §4.1.3 and §6. @throws OAuthError */
export async function issueToken(request: HttpRequest, context: Context): Promise<HttpResponse> {
  const flow = await flowOf(request, context);
  const { oauth } = flow;
  const login = createManagedLogin(oauth, context.logger);
  const form = await readForm(request);
  checkClientId(form, oauth);
  checkResource(form, oauth.resource);
  switch (requiredParameter(form, 'grant_type')) {
    case 'authorization_code':
      return answerWith(await login.tokens(readCode(flow, form)));
    case 'refresh_token': {
      const token = requiredParameter(form, 'refresh_token');
      const scope = parameter(form, 'scope') ?? mcpScope;
      if (!scope.split(' ').includes(mcpScope)) throw new OAuthError('invalid_scope', `scope: must be ${mcpScope}.`);
      return answerWith(await login.tokens({ grant_type: 'refresh_token', refresh_token: token }));
    }
    default:
      throw new OAuthError('unsupported_grant_type', 'grant_type: must be authorization_code or refresh_token.');
  }
}

/** RFC 7009: with a refresh token ends the whole sign-in. @throws OAuthError */
export async function revokeToken(request: HttpRequest, context: Context): Promise<HttpResponse> {
  const oauth = needOAuth(request, context);
  const form = await readForm(request);
  checkClientId(form, oauth);
  await createManagedLogin(oauth, context.logger).revoke(requiredParameter(form, 'token'));
  return oauthJson(200, {});
}

/** A public client says who it is by its id alone (RFC 6749 §3.2.1). @throws OAuthError 401 */
function checkClientId(form: URLSearchParams, { clientId }: OAuth): void {
  if (requiredParameter(form, 'client_id') === clientId) return;
  throw new OAuthError('invalid_client', 'client_id: is not the one of this gateway; register again.', 401);
}

/** Cognito's half of a code of ours. That it is used once is Cognito's to see: each of ours holds one of its own. */
function readCode({ oauth, tickets }: Flow, form: URLSearchParams): Readonly<Record<string, string>> {
  // OAuth 2.1 has it no more: the verifier binds the code to who asked for it.
  const redirectUri = parameter(form, 'redirect_uri');
  const verifier = requiredParameter(form, 'code_verifier');
  const ticket = tickets.code.open(requiredParameter(form, 'code'));
  if (!ticket) throw new OAuthError('invalid_grant', 'code: has expired or is not one of this gateway. Sign in again.');
  if (redirectUri !== undefined && ticket.redirectUri !== redirectUri) {
    throw new OAuthError('invalid_grant', 'redirect_uri: is not the one that the code was asked for with.');
  }
  if (hash('sha256', verifier, 'base64url') !== ticket.challenge) {
    throw new OAuthError('invalid_grant', 'code_verifier: does not belong to the code_challenge of this code.');
  }
  const { code, verifier: ours } = ticket;
  return { grant_type: 'authorization_code', code, redirect_uri: oauth.callback, code_verifier: ours };
}

/** Without Cognito's ID token: there is no OpenID Connect here. */
function answerWith({ access_token, expires_in, refresh_token }: LoginTokens): HttpResponse {
  return oauthJson(200, {
    access_token,
    token_type: 'Bearer',
    expires_in,
    ...(refresh_token !== undefined && { refresh_token }),
    scope: mcpScope,
  } satisfies TokenAnswer);
}

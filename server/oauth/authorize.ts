import { hash, randomBytes } from 'node:crypto';
import type { HttpResponse } from '../http.ts';
import { isSameOrigin, knownBrowser, markBrowser } from './browser.ts';
import { mcpScope } from './deployment.ts';
import type { Flow } from './flow.ts';
import { OAuthError } from './oauth-error.ts';
import { consentPage, errorPage } from './pages.ts';
import { checkResource, parameter, readForm, requiredParameter } from './parameters.ts';
import { isRedirectAllowed, withQuery } from './redirect-uris.ts';

/** RFC 6749 appendix A.5, with room for what clients put there in an address that also carries it to Cognito and back. */
const statePattern = /^[\x20-\x7e]{1,2000}$/;
const offered: ReadonlySet<string> = new Set([mcpScope, 'offline_access']);

/** RFC 6749 §4.1.1 with RFC 7636 and 8707. Until client and address are known to be good, nobody is redirected. */
export function startAuthorization(flow: Flow): HttpResponse {
  const { request, oauth, tickets } = flow;
  const { query } = request;
  const client = readClient(flow, query);
  if (typeof client !== 'string') return client;
  const redirectUri = client;
  let state: string | undefined;
  try {
    state = parameter(query, 'state');
    if (state !== undefined && !statePattern.test(state)) {
      return errorPage(
        400,
        'state: is longer than 2000 characters, or has one that is not printable ASCII. The program that sent you here must send another.',
      );
    }
    const challenge = readRequest(flow, query);
    const { browser, headers } = markBrowser(request, oauth.issuer);
    const ticket = tickets.consent.seal({ redirectUri, challenge, browser, ...(state !== undefined && { state }) });
    const action = `${oauth.issuer}/oauth/authorize`;
    return consentPage({ action, ticket, redirectUri, loginUrl: oauth.loginUrl, headers });
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return refuse(flow, { redirectUri, state }, error);
  }
}

/** The address to which the answer may go, or the page that says why there is none. */
function readClient({ oauth, listed }: Flow, query: URLSearchParams): string | HttpResponse {
  const [clientId, otherId] = query.getAll('client_id');
  const [redirectUri, otherUri] = query.getAll('redirect_uri');
  if (clientId !== oauth.clientId || otherId !== undefined) {
    return errorPage(
      400,
      'client_id: is not the one of this gateway. Have the program that sent you here register again.',
    );
  }
  if (redirectUri === undefined || otherUri !== undefined || !isRedirectAllowed(redirectUri, listed)) {
    return errorPage(
      400,
      'redirect_uri: is no address on this computer, and none that the operator of this gateway has listed. Ask the operator to add it to mcp.redirect_uris.',
    );
  }
  return redirectUri;
}

/** The PKCE challenge of a request that is in order. @throws OAuthError */
function readRequest({ oauth }: Flow, query: URLSearchParams): string {
  if (requiredParameter(query, 'response_type') !== 'code') {
    throw new OAuthError('unsupported_response_type', 'response_type: must be code.');
  }
  const challenge = requiredParameter(query, 'code_challenge');
  if (parameter(query, 'code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(challenge)) {
    throw new OAuthError(
      'invalid_request',
      'code_challenge: must be a SHA-256 digest, with code_challenge_method=S256.',
    );
  }
  checkResource(query, oauth.resource);
  const unknown = (parameter(query, 'scope') ?? mcpScope).split(' ').some((scope) => !offered.has(scope));
  if (unknown) throw new OAuthError('invalid_scope', `scope: may be ${[...offered].join(' or ')}.`);
  return challenge;
}

/** What the person decided: on to Cognito's sign-in, or back. */
export async function decideAuthorization(flow: Flow): Promise<HttpResponse> {
  const { request, oauth, tickets } = flow;
  const form = await readForm(request).catch(toNothing);
  const ticket = tickets.consent.open(form?.get('ticket') ?? '');
  const browser = knownBrowser(request, oauth.issuer);
  if (!ticket || ticket.browser !== browser || !isSameOrigin(request, oauth.issuer)) {
    return errorPage(
      400,
      'This page is too old, or was opened in another browser or at the same moment as another like it. Start again in the program that sent you here.',
    );
  }
  if (form?.get('decision') !== 'allow') {
    return refuse(flow, ticket, new OAuthError('access_denied', 'The person said no.'));
  }
  const verifier = randomBytes(32).toString('base64url');
  const address = withQuery(`${oauth.loginUrl}/oauth2/authorize`, {
    response_type: 'code',
    client_id: oauth.clientId,
    redirect_uri: oauth.callback,
    scope: oauth.cognitoScope,
    state: tickets.state.seal({ ...ticket, verifier }),
    code_challenge: hash('sha256', verifier, 'base64url'),
    code_challenge_method: 'S256',
    resource: oauth.resource,
    // Cognito would give a code for whoever signed in last in this browser, unseen.
    prompt: 'login',
  });
  return redirect(address);
}

/** Where Cognito sends the browser back: its code becomes one of ours, which is of use to this client only. */
export function finishAuthorization(flow: Flow): HttpResponse {
  const { request, oauth, tickets } = flow;
  const { query } = request;
  const ticket = tickets.state.open(query.get('state') ?? '');
  if (!ticket || ticket.browser !== knownBrowser(request, oauth.issuer)) {
    return errorPage(
      400,
      'This sign-in took too long, or was begun in another browser. Start again in the program that sent you here.',
    );
  }
  const { redirectUri, challenge, state, verifier } = ticket;
  const code = query.get('code');
  if (code === null || code === '') {
    const denied = query.get('error') === 'access_denied';
    const refusal = denied
      ? new OAuthError('access_denied', 'The person did not sign in.')
      : new OAuthError('server_error', 'The sign-in failed. Tell the operator of the gateway.');
    return refuse(flow, ticket, refusal);
  }
  const sealed = tickets.code.seal({ redirectUri, challenge, verifier, code });
  // `iss`: a client of several authorization servers can tell whose answer this is (RFC 9207).
  return redirect(withQuery(redirectUri, { code: sealed, state, iss: oauth.issuer }));
}

function refuse(
  { oauth }: Flow,
  { redirectUri, state }: { readonly redirectUri: string; readonly state?: string | undefined },
  { code, message }: OAuthError,
): HttpResponse {
  return redirect(withQuery(redirectUri, { error: code, error_description: message, state, iss: oauth.issuer }));
}

/** 303: whatever the method was, the browser goes on with GET, without the form (RFC 9700 §4.12). */
function redirect(location: string): HttpResponse {
  return {
    status: 303,
    headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
    body: '',
  };
}

function toNothing(error: unknown): undefined {
  if (!(error instanceof OAuthError)) throw error;
}

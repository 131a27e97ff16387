import {
  auth,
  Client,
  discoverAuthorizationServerMetadata,
  discoverOAuthProtectedResourceMetadata,
  extractWWWAuthenticateParams,
  IssuerMismatchError,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client';
import { describe, inject, test } from 'vitest';
import { routes } from '../routes/routes.ts';
import { Browser, leftTo, pageOf } from './browser.ts';
import {
  attempt,
  base,
  callMcp,
  clientId,
  createBrowser,
  exchange,
  loginUrl,
  postForm,
  redirectUri,
  refreshWith,
  signInWith,
} from './oauth-client.ts';
import { createPerson } from './people.ts';
import { unusedCode } from './sign-in.ts';

const dev = inject('dev');
const serverUrl = `${base}/mcp`;

/** What an editor keeps of a server, and its browser with the person in front of it. */
class Editor implements OAuthClientProvider {
  readonly redirectUrl = redirectUri;
  readonly clientMetadata = {
    client_name: 'An editor',
    redirect_uris: [redirectUri],
    token_endpoint_auth_method: 'none',
  };
  information: StoredOAuthClientInformation | undefined;
  stored: StoredOAuthTokens | undefined;
  landing: URL | undefined;
  opened: URL | undefined;
  #verifier = '';
  state = () => 'state-of-the-editor';
  clientInformation = () => this.information;
  saveClientInformation = (information: StoredOAuthClientInformation) => {
    this.information = information;
  };
  tokens = () => this.stored;
  saveTokens = (tokens: StoredOAuthTokens) => {
    this.stored = tokens;
  };
  saveCodeVerifier = (verifier: string) => {
    this.#verifier = verifier;
  };
  codeVerifier = () => this.#verifier;
  /** With it the client checks at the end that the server it began with is still the one. */
  #discovered: OAuthDiscoveryState | undefined;
  saveDiscoveryState = (state: OAuthDiscoveryState) => {
    this.#discovered = state;
  };
  discoveryState = () => this.#discovered;
  redirectToAuthorization = async (url: URL) => {
    this.opened = url;
    this.landing = await signInWith(createBrowser(), url, dev.user);
  };

  /** As an editor does at its first use: refused, signed in, connected. */
  async connect(): Promise<Client> {
    const first = new StreamableHTTPClientTransport(new URL(serverUrl), { authProvider: this });
    const refused = await new Client(clientInfo).connect(first).catch((error: unknown) => error);
    if (!(refused instanceof UnauthorizedError)) throw refused;
    await first.finishAuth(this.landing?.searchParams ?? new URLSearchParams());
    const client = new Client(clientInfo);
    await client.connect(new StreamableHTTPClientTransport(new URL(serverUrl), { authProvider: this }));
    return client;
  }
}
const clientInfo = { name: 'contract-test', version: '1.0.0' };

describe('the SDK’s client', () => {
  test('finds the way by itself: metadata, registration, sign-in, token, tools', async ({ expect }) => {
    const editor = new Editor();
    const client = await editor.connect();
    expect(editor.information).toMatchObject({ client_id: clientId, token_endpoint_auth_method: 'none' });
    expect(editor.information).not.toHaveProperty('client_secret');
    const asked = editor.opened?.searchParams;
    // The scope is the one that the refusal named; offline_access is what the server's metadata offers beside it.
    expect(asked?.get('scope')?.split(' ')).toContain('mcp');
    expect([asked?.get('resource'), asked?.get('code_challenge_method')]).toEqual([serverUrl, 'S256']);
    expect(editor.landing?.searchParams.get('state')).toBe('state-of-the-editor');
    expect(editor.landing?.searchParams.get('iss')).toBe(base);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('list_models');
    await client.close();
  });

  test('refreshes: each refresh token once, and the session goes on', async ({ expect }) => {
    const editor = new Editor();
    await (await editor.connect()).close();
    const before = editor.stored;
    expect(await auth(editor, { serverUrl })).toBe('AUTHORIZED');
    expect(editor.stored?.refresh_token).not.toBe(before?.refresh_token);
    expect(editor.stored?.access_token).not.toBe(before?.access_token);
    expect((await callMcp(editor.stored?.access_token)).status).toBe(200);
  });

  test('known to the operator before (pre-registration) needs no registration', async ({ expect }) => {
    const editor = new Editor();
    editor.information = { client_id: clientId, issuer: base };
    const client = await editor.connect();
    expect((await client.listTools()).tools.length).toBeGreaterThan(0);
    await client.close();
  });

  test('refuses an answer that names another issuer', async ({ expect }) => {
    const editor = new Editor();
    const transport = new StreamableHTTPClientTransport(new URL(serverUrl), { authProvider: editor });
    await new Client(clientInfo).connect(transport).catch(() => undefined);
    const forged = new URLSearchParams(editor.landing?.searchParams);
    forged.set('iss', 'https://evil.example');
    await expect(transport.finishAuth(forged)).rejects.toBeInstanceOf(IssuerMismatchError);
    const stripped = new URLSearchParams(editor.landing?.searchParams);
    stripped.delete('iss');
    await expect(transport.finishAuth(stripped)).rejects.toThrow();
  });
});

describe('metadata', () => {
  test('is found from the refusal, and at every address that clients try', async ({ expect }) => {
    const refused = await callMcp(undefined);
    expect(refused.status).toBe(401);
    const { resourceMetadataUrl, scope, error } = extractWWWAuthenticateParams(refused);
    expect([resourceMetadataUrl?.href, scope, error]).toEqual([
      `${base}/.well-known/oauth-protected-resource/mcp`,
      'mcp',
      undefined,
    ]);
    expect(extractWWWAuthenticateParams(await callMcp('eyJ.a.b')).error).toBe('invalid_token');
    const inserted = await discoverOAuthProtectedResourceMetadata(serverUrl);
    const root = await discoverOAuthProtectedResourceMetadata(base);
    expect(inserted).toEqual(root);
    expect(inserted).toMatchObject({ resource: serverUrl, authorization_servers: [base], scopes_supported: ['mcp'] });
    expect(await discoverAuthorizationServerMetadata(base)).toMatchObject({
      issuer: base,
      authorization_endpoint: `${base}/oauth/authorize`,
      token_endpoint: `${base}/oauth/token`,
      registration_endpoint: `${base}/oauth/register`,
      revocation_endpoint: `${base}/oauth/revoke`,
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none'],
      authorization_response_iss_parameter_supported: true,
    });
    const byOpenId = await fetch(`${base}/.well-known/openid-configuration`);
    expect(await byOpenId.json()).toEqual(await (await fetch(`${base}/.well-known/oauth-authorization-server`)).json());
  });

  test('names keys with which the tokens are signed', async ({ expect }) => {
    const { jwks_uri: uri } = (await discoverAuthorizationServerMetadata(base)) ?? {};
    const keys = await (await fetch(String(uri))).text();
    const going = attempt();
    const { access_token: token = '' } = await exchange(await signInWith(createBrowser(), going.url, dev.user), going);
    const { kid } = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
    expect(keys).toContain(kid);
  });

  test('says the client id to the command line too', async ({ expect }) => {
    expect(await (await fetch(`${base}/v1/version`)).json()).toMatchObject({ mcp_client_id: clientId });
  });
});

describe('a token', () => {
  test('is bound to /mcp, and opens nothing else', async ({ expect }) => {
    const going = attempt();
    const reply = await exchange(await signInWith(createBrowser(), going.url, dev.user), going);
    expect(reply).toMatchObject({ status: 200, token_type: 'Bearer', expires_in: 3600, scope: 'mcp' });
    expect(reply).not.toHaveProperty('id_token');
    expect(reply.headers.get('cache-control')).toBe('no-store');
    const { access_token: token = '' } = reply;
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({
      aud: serverUrl,
      scope: `${serverUrl}/use`,
      client_id: clientId,
      token_use: 'access',
    });
    expect((await callMcp(token)).status).toBe(200);
    for (const { method, path, access } of routes) {
      if (access === 'anyone' || access === 'mcp') continue;
      const response = await fetch(`${base}${path.replaceAll(/:\w+(\{[^}]*\})?/g, 'x')}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: method === 'GET' ? null : '{}',
      });
      const answer = await response.text();
      expect([path, response.status, /insufficient_scope|permission_error/.test(answer)]).toEqual([path, 403, true]);
      expect(answer).toContain('This access token is for /mcp only.');
    }
  });

  test('ends with the sign-in when it is revoked', async ({ expect }) => {
    const going = attempt();
    const { access_token, refresh_token } = await exchange(
      await signInWith(createBrowser(), going.url, dev.user),
      going,
    );
    const revoke = (token: string | undefined) => postForm('/oauth/revoke', { client_id: clientId, token });
    expect(await revoke(access_token)).toMatchObject({ status: 400, error: 'unsupported_token_type' });
    expect((await revoke('never-given')).status).toBe(200);
    expect((await refreshWith(refresh_token)).status).toBe(200);
    expect((await revoke(refresh_token)).status).toBe(200);
    expect(await refreshWith(refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' });
    expect(await revoke(undefined)).toMatchObject({ status: 400, error: 'invalid_request' });
  });

  test('of somebody with a second factor needs its code', async ({ expect }) => {
    const browser = createBrowser();
    const consent = await browser.page(attempt().url);
    const login = pageOf(await browser.submit(consent, { decision: 'allow' }));
    const { username, password, totp_secret: secret } = dev.admin;
    const factor = pageOf(await browser.submit(login, { username, password }));
    expect(factor.text).toContain('Code of your authenticator app');
    const wrong = pageOf(await browser.submit(factor, { code: '000000' }));
    expect([wrong.status, wrong.text.includes('Invalid code')]).toEqual([400, true]);
    const landing = await unusedCode(secret ?? '', async (code) => {
      const answered = await browser.submit(wrong, { code });
      return 'left' in answered ? answered.left : undefined;
    });
    expect(landing.searchParams.get('code')).toBeTruthy();
  });
});

test.for([['mcp offline_access'], ['offline_access'], ['mcp'], [undefined]])(
  'the scope %j is what there is: /mcp, with a refresh token',
  async ([scope], { expect }) => {
    const going = attempt({ scope });
    const reply = await exchange(await signInWith(createBrowser(), going.url, dev.user), going);
    expect(reply).toMatchObject({ status: 200, scope: 'mcp', refresh_token: expect.any(String) });
  },
);

describe('registration', () => {
  const register = async (metadata: unknown) => {
    const response = await fetch(`${base}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof metadata === 'string' ? metadata : JSON.stringify(metadata),
    });
    const body: unknown = await response.json();
    return { status: response.status, body };
  };

  test('gives the one client id for addresses on this computer and those of known editors', async ({ expect }) => {
    const uris = [
      'http://127.0.0.1/',
      'http://127.0.0.1:33418/',
      'http://localhost:1455/auth/callback?x=1',
      'http://[::1]:8080/cb',
      'cursor://anysphere.cursor-mcp/oauth/callback',
    ];
    const asked = { redirect_uris: uris, client_name: 'x', token_endpoint_auth_method: 'client_secret_basic' };
    expect(await register(asked)).toMatchObject({
      status: 201,
      body: { client_id: clientId, redirect_uris: uris, client_name: 'x', token_endpoint_auth_method: 'none' },
    });
  });

  test('of some addresses that are not allowed is of the others', async ({ expect }) => {
    // What Cursor sends, and VS Code.
    const cursor = ['cursor://anysphere.cursor-mcp/oauth/callback', 'http://localhost:8787/callback'];
    const code = ['http://127.0.0.1/', 'http://127.0.0.1:33418/'];
    for (const [sent, kept] of [
      [[...cursor, 'https://www.cursor.com/agents/mcp/oauth/callback'], cursor],
      [['https://insiders.vscode.dev/redirect', 'https://vscode.dev/redirect', ...code], code],
    ]) {
      expect(await register({ redirect_uris: sent })).toMatchObject({ status: 201, body: { redirect_uris: kept } });
    }
  });

  test('is not read when it is longer than any client’s', async ({ expect }) => {
    const redirect_uris = Array.from({ length: 20 }, () => `http://127.0.0.1/${'x'.repeat(2_000)}`);
    expect((await register({ redirect_uris })).status).toBe(413);
  });

  test.for([
    [{ redirect_uris: ['https://evil.example/cb'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: ['http://127.0.0.1:99999/', 'javascript:alert(1)'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: [] }, 'invalid_redirect_uri'],
    [{ redirect_uris: 'http://127.0.0.1/' }, 'invalid_redirect_uri'],
    [{}, 'invalid_redirect_uri'],
    [{ redirect_uris: Array.from({ length: 21 }, () => 'http://127.0.0.1/') }, 'invalid_redirect_uri'],
    [{ redirect_uris: ['http://127.0.0.1/'], client_name: 'x'.repeat(201) }, 'invalid_client_metadata'],
    ['{"redirect_uris":', 'invalid_client_metadata'],
    ['[]', 'invalid_client_metadata'],
  ] as const)('refuses %j', async ([metadata, error], { expect }) => {
    expect(await register(metadata)).toMatchObject({
      status: 400,
      body: { error, error_description: expect.any(String) },
    });
  });
});

test('who signs in is whose budget and rights are used', async ({ expect }) => {
  const { username } = await createPerson();
  const going = attempt();
  const landing = await signInWith(createBrowser(), going.url, { username, password: 'Correct horse 1!' });
  const { access_token: token = '' } = await exchange(landing, going);
  expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({ username });
});

test('who says no is sent back with that, and a wrong password stays on the page', async ({ expect }) => {
  const browser = new Browser([base, loginUrl]);
  const consent = await browser.page(attempt().url);
  const denied = leftTo(await browser.submit(consent, { decision: 'deny' })).searchParams;
  expect([denied.get('error'), denied.get('state'), denied.get('iss'), denied.get('code')]).toEqual([
    'access_denied',
    "the client's own ~",
    base,
    null,
  ]);
  const login = pageOf(await browser.submit(consent, { decision: 'allow' }));
  const wrong = pageOf(await browser.submit(login, { username: dev.user.username, password: 'wrong' }));
  expect([wrong.status, wrong.text.includes('Incorrect username or password.')]).toEqual([400, true]);
});

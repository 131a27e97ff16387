import { createHash } from 'node:crypto';
import { describe, inject, test } from 'vitest';
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

const dev = inject('dev');

describe('nobody is redirected to an address that is not known to be good', () => {
  test.for([
    ['https://evil.example/cb'],
    ['javascript:alert(1)'],
    ['data:text/html,x'],
    ['//evil.example'],
    ['http://127.0.0.1.evil.example/cb'],
    ['http://127.0.0.1:80@evil.example/'],
    ['http://evil.example#@127.0.0.1/'],
    ['http://localhost.evil.example/'],
    ['https://127.0.0.1/cb'],
    ['http://127.0.0.1\\@evil.example/'],
    ['http://127.0.0.1/\r\nlocation: https://evil.example'],
    ['http://127.0.0.1/#fragment'],
    ['http://127.0.0.1/"><script>alert(1)</script>'],
    ['http://0.0.0.0/'],
    ['http://127.0.0.1:65536/cb'],
    ['http://[::1]:99999/'],
    ['https://vscode.dev/redirect'],
    ['https://insiders.vscode.dev/redirect'],
    ['https://www.cursor.com/agents/mcp/oauth/callback'],
    ['cursor://anysphere.cursor-mcp/oauth/callback/'],
    ['cursor://anysphere.cursor-mcp/oauth/callback?x=1'],
    ['https://vscode.dev.evil.example/redirect'],
    ['cursor://evil'],
    ['CURSOR://anysphere.cursor-mcp/oauth/callback'],
    [`http://127.0.0.1/${'x'.repeat(1000)}`],
    [''],
    [undefined],
  ])('%j', async ([redirect_uri], { expect }) => {
    const { url } = attempt({ redirect_uri });
    const response = await fetch(url, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([400, null]);
    const text = await response.text();
    expect(text).toContain('redirect_uri');
    expect(text).not.toMatch(/<script|evil|<form/);
  });

  test('nor for another client, or with a parameter twice', async ({ expect }) => {
    const urls = [attempt({ client_id: 'other' }).url, attempt({ client_id: dev.client_id }).url];
    for (const name of ['client_id', 'redirect_uri']) {
      const { url } = attempt();
      url.searchParams.append(name, url.searchParams.get(name) ?? '');
      urls.push(url);
    }
    for (const url of urls) {
      const response = await fetch(url, { redirect: 'manual' });
      expect([response.status, response.headers.get('location')]).toEqual([400, null]);
    }
  });

  test('nor by the callback, whatever its state says', async ({ expect }) => {
    const consent = await createBrowser().page(attempt().url);
    const ticket = /name="ticket" value="([^"]*)"/.exec(consent.text)?.[1] ?? '';
    for (const state of [
      '',
      'x',
      ticket,
      Buffer.from('{"redirectUri":"https://evil.example"}').toString('base64url'),
    ]) {
      for (const query of [
        { code: 'x', state },
        { error: 'access_denied', error_description: '<script>', state },
      ]) {
        const url = `${base}/oauth/callback?${new URLSearchParams(query)}`;
        const response = await fetch(url, { redirect: 'manual' });
        expect([response.status, response.headers.get('location')]).toEqual([400, null]);
        expect(await response.text()).not.toContain('<script');
      }
    }
  });
});

test.for([
  ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
  ['PKCE without its method, which is plain', { code_challenge_method: undefined }, 'invalid_request'],
  ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
  ['a challenge that is no digest', { code_challenge: 'short' }, 'invalid_request'],
  ['no response type', { response_type: undefined }, 'invalid_request'],
  ['the implicit flow', { response_type: 'token' }, 'unsupported_response_type'],
  ['another resource', { resource: 'https://evil.example/mcp' }, 'invalid_target'],
  ['the gateway as resource', { resource: base }, 'invalid_target'],
  ['a scope that is not offered', { scope: 'mcp admin' }, 'invalid_scope'],
  ['Cognito’s own scope', { scope: 'aws.cognito.signin.user.admin' }, 'invalid_scope'],
] as const)('%s is refused to the client itself', async ([, change, error], { expect }) => {
  const left = leftTo(await createBrowser().open(attempt(change).url));
  expect(left.href.startsWith(redirectUri)).toBe(true);
  const { searchParams: told } = left;
  expect([told.get('error'), told.get('state'), told.get('iss'), told.get('code')]).toEqual([
    error,
    "the client's own ~",
    base,
    null,
  ]);
  expect(told.get('error_description')).toMatch(/^[\x20-\x7e]+$/);
});

describe('the page that asks for consent', () => {
  test('cannot be framed, runs nothing and leads nowhere else', async ({ expect }) => {
    for (const { url } of [attempt(), attempt({ redirect_uri: 'https://evil.example' })]) {
      const { headers, text } = await createBrowser().page(url);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/script|unsafe|\*/);
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(text).not.toContain('<script');
    }
    const { headers } = await createBrowser().page(attempt().url);
    const formAction = /form-action ([^;]*)/.exec(headers.get('content-security-policy') ?? '')?.[1];
    expect(formAction).toBe(`'self' ${loginUrl} http://127.0.0.1:33418`);
  });

  test('says where the browser will be sent, as text', async ({ expect }) => {
    const odd = `http://127.0.0.1:9/cb?a='b&c=(d)`;
    const { text } = await createBrowser().page(attempt({ redirect_uri: odd }).url);
    expect(text).toContain('127.0.0.1:9');
    expect(text).toContain('http://127.0.0.1:9/cb?a=&#39;b&amp;c=(d)');
    expect(text).toContain('if you are an administrator or auditor, read everybody’s');
    expect(text).toContain('tools of other servers');
    const cursor = 'cursor://anysphere.cursor-mcp/oauth/callback';
    expect((await createBrowser().page(attempt({ redirect_uri: cursor }).url)).text).toContain(
      'The program that opens <strong>cursor:</strong> addresses',
    );
  });

  test('is asked even of a browser that is still signed in, and so is the password', async ({ expect }) => {
    const browser = createBrowser();
    await signInWith(browser, attempt().url, dev.user);
    const again = await browser.page(attempt().url);
    expect(again.text).toContain('Connect a program');
    const login = pageOf(await browser.submit(again, { decision: 'allow' }));
    expect(login.text).toContain('type="password"');
    const { username, password } = dev.user;
    expect(leftTo(await browser.submit(login, { username, password })).searchParams.get('code')).toBeTruthy();
  });
});

describe('a sign-in belongs to the browser that began it', () => {
  test('a form that another site posts with a ticket of its own is refused', async ({ expect }) => {
    const attacker = await createBrowser().page(attempt().url);
    const victim = createBrowser();
    expect(pageOf(await victim.submit(attacker, { decision: 'allow' })).status).toBe(400);
    await victim.page(attempt().url);
    expect(pageOf(await victim.submit(attacker, { decision: 'allow' })).status).toBe(400);
  });

  test('so is one whose origin is another', async ({ expect }) => {
    const browser = createBrowser();
    const consent = await browser.page(attempt().url);
    const ticket = /name="ticket" value="([^"]*)"/.exec(consent.text)?.[1] ?? '';
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ]) {
      const body = new URLSearchParams({ ticket, decision: 'allow' });
      const posted = await browser.open(`${base}/oauth/authorize`, { method: 'POST', body, headers });
      expect(pageOf(posted).status).toBe(400);
    }
  });

  test('a link to the middle of it gives nobody else’s code away', async ({ expect }) => {
    const attacker = new Browser([base]);
    const consent = await attacker.page(attempt().url);
    const middle = leftTo(await attacker.submit(consent, { decision: 'allow' }));
    expect(middle.origin).toBe(loginUrl);
    const victim = createBrowser();
    await signInWith(victim, attempt().url, dev.user);
    const { username, password } = dev.user;
    const ended = pageOf(await victim.submit(await victim.page(middle), { username, password }));
    expect([ended.status, ended.text.includes('another browser')]).toEqual([400, true]);
  });

  test('two at once do not disturb each other', async ({ expect }) => {
    const browser = createBrowser();
    const [first, second] = [attempt(), attempt()];
    const consent = await browser.page(first.url);
    await signInWith(browser, second.url, dev.user);
    const login = pageOf(await browser.submit(consent, { decision: 'allow' }));
    const { username, password } = dev.user;
    expect((await exchange(leftTo(await browser.submit(login, { username, password })), first)).status).toBe(200);
  });

  test('of the two very first, opened in one moment, one is begun again, and its page says so', async ({ expect }) => {
    const browser = createBrowser();
    const pages = await Promise.all([browser.page(attempt().url), browser.page(attempt().url)]);
    const answers = [];
    for (const consent of pages) answers.push(pageOf(await browser.submit(consent, { decision: 'allow' })));
    const [failed, other] = answers.filter(({ status }) => status === 400);
    expect([failed?.text.includes('at the same moment as another'), other]).toEqual([true, undefined]);
    const again = attempt();
    expect((await exchange(await signInWith(browser, again.url, dev.user), again)).status).toBe(200);
  });
});

describe('a code', () => {
  const signedIn = async () => {
    const going = attempt();
    return { going, landing: await signInWith(createBrowser(), going.url, dev.user) };
  };

  test('is good once', async ({ expect }) => {
    const { going, landing } = await signedIn();
    expect((await exchange(landing, going)).status).toBe(200);
    const again = await exchange(landing, going);
    expect(again).toMatchObject({ status: 400, error: 'invalid_grant' });
    expect(again.headers.get('cache-control')).toBe('no-store');
  });

  test('is of no use to whoever cannot prove that they asked for it', async ({ expect }) => {
    const { going, landing } = await signedIn();
    const code = landing.searchParams.get('code') ?? '';
    const middle = Math.floor(code.length / 2);
    const changed = `${code.slice(0, middle)}${code[middle] === 'A' ? 'B' : 'A'}${code.slice(middle + 1)}`;
    for (const [change, error] of [
      [{ code_verifier: undefined }, 'invalid_request'],
      [{ code_verifier: attempt().verifier }, 'invalid_grant'],
      [{ code_verifier: createHash('sha256').update(going.verifier).digest('base64url') }, 'invalid_grant'],
      [{ redirect_uri: 'http://127.0.0.1:33418/other' }, 'invalid_grant'],
      [{ client_id: dev.client_id }, 'invalid_client'],
      [{ client_id: undefined }, 'invalid_request'],
      [{ resource: 'https://evil.example/mcp' }, 'invalid_target'],
      [{ code: changed }, 'invalid_grant'],
      [{ code: code.slice(0, -4) }, 'invalid_grant'],
      [{ code: 'x' }, 'invalid_grant'],
      [{ code: undefined }, 'invalid_request'],
      [{ grant_type: 'password' }, 'unsupported_grant_type'],
      [{ grant_type: undefined }, 'invalid_request'],
    ] as const) {
      const refused = await exchange(landing, going, change);
      expect([change, refused.error, refused.status]).toEqual([change, error, error === 'invalid_client' ? 401 : 400]);
    }
    // None of that used it up.
    expect((await exchange(landing, going)).status).toBe(200);
  });

  test('may come without the address it was sent to, as in OAuth 2.1: its verifier binds it', async ({ expect }) => {
    const { going, landing } = await signedIn();
    expect((await exchange(landing, going, { redirect_uri: undefined })).status).toBe(200);
  });

  test('shows nothing of what is in it', async ({ expect }) => {
    const { landing } = await signedIn();
    const code = Buffer.from(landing.searchParams.get('code') ?? '', 'base64url').toString('latin1');
    expect(code).not.toMatch(/redirect|verifier|127\.0\.0\.1/);
  });
});

describe('a refresh token', () => {
  test('of the command line is not one for MCP, nor the other way round', async ({ expect }) => {
    const going = attempt();
    const { refresh_token: token = '' } = await exchange(await signInWith(createBrowser(), going.url, dev.user), going);
    const asCli = { grant_type: 'refresh_token', client_id: dev.client_id, refresh_token: token };
    const response = await fetch(`${loginUrl}/oauth2/token`, { method: 'POST', body: new URLSearchParams(asCli) });
    expect([response.status, await response.json()]).toEqual([400, { error: 'unauthorized_client' }]);
    expect(await refreshWith('invented')).toMatchObject({ status: 400, error: 'invalid_grant' });
    expect(await refreshWith(undefined)).toMatchObject({ status: 400, error: 'invalid_request' });
  });
});

test('too much, and what is no form, is refused in few words', async ({ expect }) => {
  const long = await fetch(`${base}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({ code: 'x'.repeat(40_000) }),
  });
  expect(long.status).toBe(413);
  const json = await fetch(`${base}/oauth/token`, {
    method: 'POST',
    body: '{"grant_type":"authorization_code"}',
    headers: { 'content-type': 'application/json' },
  });
  expect([json.status, await json.json()]).toEqual([400, expect.objectContaining({ error: 'invalid_request' })]);
  const twice = await fetch(`${base}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams([
      ['client_id', clientId],
      ['client_id', clientId],
    ]),
  });
  expect(await twice.json()).toMatchObject({
    error: 'invalid_request',
    error_description: expect.stringContaining('twice'),
  });
});

test.for([['x'.repeat(2_001)], ['the client’s own'], ['a\r\nlocation: b'], ['\u007f']])(
  'the state %j is none',
  async ([state], { expect }) => {
    const response = await fetch(attempt({ state }).url, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([400, null]);
    expect(await response.text()).toContain('state:');
  },
);

test('a token that was got past the façade, without the scope, is not for /mcp', async ({ expect }) => {
  // By SRP with the app client's id: Cognito gives one, with its own scope.
  const { signIn } = await import('./sign-in.ts');
  const token = await signIn({ ...dev, client_id: clientId }, dev.user);
  expect((await callMcp(token)).status).toBe(401);
});

test('pages of other sites read nothing of it', async ({ expect }) => {
  for (const path of ['/.well-known/oauth-authorization-server', '/oauth/token', '/oauth/register']) {
    const response = await fetch(`${base}${path}`, { headers: { origin: 'https://evil.example' } });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    const preflight = await fetch(`${base}${path}`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  }
});

test('by a foreign host name there is no sign-in at all', async ({ expect }) => {
  const { request } = await import('node:http');
  const status = await new Promise((resolve, reject) => {
    const { url } = attempt();
    const sent = request(url, { headers: { host: 'evil.example' } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject);
    sent.end();
  });
  expect(status).toBe(404);
  expect(await postForm('/oauth/token', {}).then((reply) => reply.status)).toBe(400);
});

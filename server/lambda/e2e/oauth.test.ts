import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cloud, type Deployment, deploy, startCloud } from './function.ts';

// OAuth behind API Gateway: every address is made of the name that was called, and the app client is the stage's.

const own = 'https://abc123.execute-api.us-west-2.amazonaws.com/prod';
const domain = 'https://api.example.com';
const clientId = 'client-of-the-stage';

let cloud: Cloud;
let stage: Deployment;
let named: Deployment;
beforeAll(async () => {
  cloud = await startCloud();
  const env = { PENNYWORTH_MCP_CLIENT_ID: undefined };
  [stage, named] = await Promise.all([deploy(cloud, { stage: 'prod', env }), deploy(cloud, { env })]);
});
afterAll(async () => {
  await Promise.all([stage?.stop(), named?.stop()]);
  await cloud?.stack.stop();
});

const readJson = async (url: string): Promise<unknown> => (await fetch(url)).json();

test.each([
  ['API Gateway’s own name', () => stage.url, own],
  ['a domain of the operator’s', () => named.url, domain],
] as const)('metadata at %s', async (_, url, base) => {
  expect(await readJson(`${url()}/.well-known/oauth-protected-resource/mcp`)).toMatchObject({
    resource: `${base}/mcp`,
    authorization_servers: [base],
  });
  for (const name of ['oauth-authorization-server', 'openid-configuration']) {
    expect(await readJson(`${url()}/.well-known/${name}`)).toMatchObject({
      issuer: base,
      token_endpoint: `${base}/oauth/token`,
    });
  }
  expect(await readJson(`${url()}/v1/version`)).toMatchObject({ mcp_client_id: clientId });
  const refused = await fetch(`${url()}/mcp`, { method: 'POST', body: '{}' });
  expect(refused.status).toBe(401);
  expect(refused.headers.get('x-amzn-remapped-www-authenticate')).toContain(
    `resource_metadata="${base}/.well-known/oauth-protected-resource/mcp"`,
  );
});

test('the way of a browser keeps to the address, with a cookie that no other name can plant', async () => {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: 'http://127.0.0.1:33418/',
    code_challenge: 'a'.repeat(43),
    code_challenge_method: 'S256',
    resource: `${own}/mcp`,
  });
  const page = await fetch(`${stage.url}/oauth/authorize?${query}`, { headers: { host: 'evil.example' } });
  const text = await page.text();
  expect(text).toContain(`action="${own}/oauth/authorize"`);
  const [cookie = ''] = page.headers.getSetCookie();
  expect(cookie).toMatch(/^__Host-pennyworth-oauth=[\w-]{43}; .*Secure$/);
  const ticket = /name="ticket" value="([^"]*)"/.exec(text)?.[1] ?? '';
  const decided = await fetch(`${stage.url}/oauth/authorize`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: cookie.split(';')[0] ?? '', origin: new URL(own).origin },
    body: new URLSearchParams({ ticket, decision: 'allow' }),
  });
  expect(decided.status).toBe(303);
  const login = new URL(decided.headers.get('location') ?? '');
  expect(login.origin).toBe(cloud.stack.dev.env['PENNYWORTH_LOGIN_URL']);
  expect(Object.fromEntries(login.searchParams)).toMatchObject({
    client_id: clientId,
    redirect_uri: `${own}/oauth/callback`,
    scope: `${own}/mcp/use`,
    resource: `${own}/mcp`,
  });
});

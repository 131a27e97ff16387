import { inject, test } from 'vitest';
import { Key, KeyList } from '../../shared/api/keys.ts';
import { Me } from '../../shared/api/me.ts';
import { chat, manage } from './manage.ts';
import { createPerson } from './people.ts';
import { signIn } from './sign-in.ts';

const dev = inject('dev');
const { url, api_key: apiKey, model, user } = dev;

test('a person signs in by SRP, makes a key, uses it, and revokes it with effect on the next call', async ({
  expect,
}) => {
  const token = await signIn(dev, user);
  expect(Me.parse((await manage('GET', '/v1/me', token)).body)).toMatchObject({
    user_id: user.username,
    email: user.email,
  });
  const made = await manage('POST', '/v1/keys', token, { name: '  laptop ' });
  expect(made.status).toBe(201);
  const { key, ...shown } = Key.parse(made.body);
  if (key === undefined) throw new Error('the plaintext is missing');
  expect(key).toMatch(/^pnw_[A-Za-z0-9]{73}$/);
  expect(shown).toMatchObject({
    name: 'laptop',
    status: 'active',
    user_id: user.username,
    scopes: ['inference', 'mcp'],
  });
  expect(Date.parse(shown.expires_at ?? '') - Date.parse(shown.created_at)).toBe(90 * 86_400_000);
  expect((await manage('GET', `/v1/keys/${shown.id}`, token)).body).toEqual(shown);
  expect((await chat(key)).status).toBe(200);
  expect((await manage('GET', `/v1/keys/${shown.id}`, token)).body.last_used_at).not.toBeNull();
  const revoked = await manage('DELETE', `/v1/keys/${shown.id}`, token);
  expect(revoked).toMatchObject({ status: 200, body: { id: shown.id, status: 'revoked' } });
  expect((await chat(key)).status).toBe(401);
  expect(await manage('DELETE', `/v1/keys/${shown.id}`, token)).toMatchObject({
    status: 200,
    body: { status: 'revoked' },
  });
  const listed = KeyList.parse((await manage('GET', '/v1/keys?status=revoked', token)).body);
  expect(listed.data.map((each) => each.id)).toContain(shown.id);
});

test.for(['/v1/chat/completions', '/v1/responses', '/v1/messages'])(
  '%s: nobody tries a wrong key again',
  async (path, { expect }) => {
    const headers = { 'x-api-key': 'pnw_wrong', 'content-type': 'application/json' };
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: '{}' });
    expect([response.status, response.headers.get('x-should-retry')]).toEqual([401, 'false']);
  },
);

test('an access token may chat too', async ({ expect }) => {
  expect((await chat(await signIn(dev, user))).status).toBe(200);
});

const counting = (credential: string) =>
  manage('POST', '/v1/messages/count_tokens', credential, { model, messages: [{ role: 'user', content: 'Hi' }] });

test('a key without the scope and a key without the model are refused', async ({ expect }) => {
  const token = await signIn(dev, user);
  const usage = Key.parse((await manage('POST', '/v1/keys', token, { name: 'usage only', scopes: ['usage'] })).body);
  expect(await chat(usage.key ?? '')).toMatchObject({ status: 403, body: { error: { code: 'insufficient_scope' } } });
  const nova = Key.parse((await manage('POST', '/v1/keys', token, { name: 'nova only', models: ['nova-*'] })).body);
  expect(await chat(nova.key ?? '')).toMatchObject({ status: 403, body: { error: { code: 'model_not_allowed' } } });
  for (const { key = '' } of [usage, nova]) {
    expect(await counting(key)).toMatchObject({ status: 403, body: { error: { type: 'permission_error' } } });
  }
  expect((await counting(token)).status).toBe(200);
  const models = await manage('GET', '/v1/models', nova.key ?? '');
  expect(models.body.data.every((each: { id: string }) => each.id.startsWith('nova-'))).toBe(true);
  expect((await manage('GET', `/v1/models/${model}`, nova.key ?? '')).status).toBe(404);
});

test('another person’s key is told like one that does not exist', async ({ expect }) => {
  const mine = inject('adminToken');
  const theirs = await signIn(dev, user);
  const { id } = Key.parse((await manage('POST', '/v1/keys', mine, { name: 'mine' })).body);
  const foreign = await manage('GET', `/v1/keys/${id}`, theirs);
  const unknown = await manage('GET', '/v1/keys/key_000000000000', theirs);
  expect([foreign.status, foreign.body]).toEqual([unknown.status, unknown.body]);
  expect((await manage('DELETE', `/v1/keys/${id}`, theirs)).status).toBe(404);
  expect((await manage('GET', `/v1/keys/${id}`, mine)).body.status).toBe('active');
});

test('admin forms ask for the second factor, and others are forbidden', async ({ expect }) => {
  const forms = [
    '/v1/keys?all=true',
    `/v1/keys?user_id=${user.username}`,
    '/v1/usage?all=true',
    '/v1/usage/calls?all=true',
  ];
  const [admin, plain] = await Promise.all([createPerson(['admin']), signIn(dev, user)]);
  for (const form of forms) {
    expect(await manage('GET', form, admin.token), form).toMatchObject({
      status: 403,
      body: { error: { code: 'mfa_required' } },
    });
    expect((await manage('GET', form, inject('adminToken'))).status, form).not.toBe(403);
  }
  expect(await manage('GET', '/v1/keys?all=true', plain)).toMatchObject({
    status: 403,
    body: { error: { code: 'forbidden' } },
  });
});

test.for([
  { body: {}, param: 'name' },
  { body: { name: '\u202eevil' }, param: 'name' },
  { body: { name: 'x', expires_in: '10m' }, param: 'expires_in' },
  { body: { name: 'x', expires_in: '9999d' }, param: 'expires_in' },
  { body: { name: 'x', scopes: ['admin'] }, param: 'scopes[0]' },
  { body: { name: 'x', rpm: 0 }, param: 'rpm', code: 'invalid_request' },
  {
    body: { name: 'x', budgets: [{ period: 'day', limit_usd: '1000000.1' }] },
    param: 'budgets[0].limit_usd',
    code: 'invalid_request',
  },
  { body: { name: 'x', role: 'admin' }, param: 'role' },
])('refuses to make a key of $body', async ({ body, param, code = 'invalid_request' }, { expect }) => {
  const token = await signIn(dev, user);
  expect(await manage('POST', '/v1/keys', token, body)).toMatchObject({
    status: 400,
    body: { error: { param, code } },
  });
});

test('x-api-key does as well as a bearer header', async ({ expect }) => {
  const response = await fetch(`${url}/v1/models`, { headers: { 'x-api-key': apiKey } });
  expect(response.status).toBe(200);
});

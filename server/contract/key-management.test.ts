import { beforeAll, inject, test } from 'vitest';
import { Key, RevokedLeakedKey } from '../../shared/api/keys.ts';
import { chat, manage } from './manage.ts';
import { createPerson, type SignedIn } from './people.ts';

/** Somebody with all forty slots free. */
let person: SignedIn;
beforeAll(async () => {
  person = await createPerson();
});

async function create(token: string): Promise<Key> {
  return Key.parse((await manage('POST', '/v1/keys', token, { name: 'managed', expires_in: '1h' })).body);
}

test('a change of a key holds on its next call', async ({ expect }) => {
  const { token } = person;
  const made = await create(token);
  expect((await chat(made.key)).status).toBe(200);
  const changed = await manage('PATCH', `/v1/keys/${made.id}`, token, { name: ' new ', models: ['no-such-*'] });
  expect(Key.parse(changed.body)).toMatchObject({ name: 'new', models: ['no-such-*'], scopes: made.scopes });
  expect(await chat(made.key)).toMatchObject({ status: 403, body: { error: { code: 'model_not_allowed' } } });
});

test.for([
  { body: {}, param: null },
  { body: { id: 'key_000000000000' }, param: 'id' },
  { body: { user_id: 'me' }, param: 'user_id' },
  { body: { status: 'active' }, param: 'status' },
  { body: { key: 'pnw_' }, param: 'key' },
  { body: { last_used_at: null }, param: 'last_used_at' },
  { body: { created_at: '2026-11-21T00:00:00Z' }, param: 'created_at' },
  { body: { budgets: [{ period: 'day', limit_usd: '1', spent_usd: '0' }] }, param: 'budgets[0].spent_usd' },
  { body: { budgets: [{ period: 'day', limit_usd: '-1' }] }, param: 'budgets[0].limit_usd', code: 'invalid_request' },
  { body: { tpm: 1.5 }, param: 'tpm', code: 'invalid_request' },
  { body: { name: 'a\u0007b' }, param: 'name' },
  { body: { expires_in: '1m' }, param: 'expires_in' },
])('refuses to change a key to $body', async ({ body, param, code = 'invalid_request' }, { expect }) => {
  const { token } = person;
  const made = await create(token);
  expect(await manage('PATCH', `/v1/keys/${made.id}`, token, body)).toMatchObject({
    status: 400,
    body: { error: { param, code } },
  });
});

test.for(['', '24', '1w', '31d', '-1h', '99999999s'])('refuses an overlap of "%s"', async (overlap, { expect }) => {
  const { token } = person;
  const made = await create(token);
  expect(await manage('POST', `/v1/keys/${made.id}/rotate`, token, { overlap })).toMatchObject({
    status: 400,
    body: { error: { param: 'overlap' } },
  });
});

test('others’ keys cannot be changed, rotated or revoked, and are told like keys that do not exist', async ({
  expect,
}) => {
  const [mine, theirs] = [person.token, inject('adminToken')];
  const { id } = await create(theirs);
  const answers = (key: string) =>
    Promise.all([
      manage('GET', `/v1/keys/${key}`, mine),
      manage('PATCH', `/v1/keys/${key}`, mine, { name: 'x' }),
      manage('POST', `/v1/keys/${key}/rotate`, mine, {}),
      manage('DELETE', `/v1/keys/${key}`, mine),
    ]).then((all) => all.map(({ status, body }) => ({ status, body })));
  expect(await answers(id)).toEqual(await answers('key_000000000000'));
  expect((await manage('GET', `/v1/keys/${id}`, theirs)).body.status).toBe('active');
});

test('whoever finds a key can have it revoked, and is told no more of it than they know', async ({ expect }) => {
  const [owner, finder] = [person.token, inject('adminToken')];
  const made = await create(owner);
  const revoke = (key: string | undefined, by: string) => manage('POST', '/v1/keys/revoke-leaked', by, { key });
  expect((await revoke(made.key, made.key ?? '')).status).toBe(403);
  const { status, body } = await revoke(made.key, finder);
  expect([status, RevokedLeakedKey.parse(body)]).toEqual([200, { id: made.id, last4: made.last4, status: 'revoked' }]);
  expect(Object.keys(body)).toHaveLength(3);
  expect(await chat(made.key)).toMatchObject({ status: 401, body: { error: { code: 'key_revoked' } } });
  const unknown = await revoke(`${made.key?.slice(0, -1)}_`, finder);
  expect(unknown).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
  expect(JSON.stringify(unknown.body)).not.toContain('pnw_');
});

test('export and import are for administrators with a second factor', async ({ expect }) => {
  const { token } = person;
  expect(await manage('GET', '/v1/keys/export', token)).toMatchObject({
    status: 403,
    body: { error: { code: 'forbidden' } },
  });
  expect((await manage('POST', '/v1/keys/import', token, { keys: [] })).status).toBe(403);
  expect((await manage('DELETE', '/v1/keys/export', token)).status).toBe(405);
});

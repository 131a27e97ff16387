import { beforeAll, describe, inject, test } from 'vitest';
import { AuditList } from '../../shared/api/audit.ts';
import { Key, KeyList } from '../../shared/api/keys.ts';
import { manage } from './manage.ts';
import { signIn } from './sign-in.ts';

const dev = inject('dev');
let token: string;
beforeAll(async () => {
  token = await signIn(dev, dev.user);
});

async function call(method: string, path: string, credential = token, body?: object) {
  const answer = await manage(method, path, credential, body);
  return { ...answer, id: answer.headers.get('x-request-id') };
}

test('what a person changes and what they are refused is in their trail', async ({ expect }) => {
  const created = await call('POST', '/v1/keys', token, { name: 'for the trail', scopes: ['usage'] });
  const { id, key = '' } = Key.parse(created.body);
  const refused = await call('GET', '/v1/models', key);
  const revoked = await call('DELETE', `/v1/keys/${id}`);
  const used = await call('GET', '/v1/models', key);
  const common = { actor: dev.user.username, target: id, user_id: dev.user.username, source_ip: '127.0.0.1' };
  const wanted = [
    { ...common, action: 'key.refuse', reason: 'key_revoked', request_id: used.id, actor_key: id },
    { ...common, action: 'key.revoke', reason: null, request_id: revoked.id, actor_key: null },
    { ...common, action: 'key.refuse', reason: 'insufficient_scope', request_id: refused.id, actor_key: id },
    { ...common, action: 'key.create', reason: null, request_id: created.id, actor_key: null },
  ];
  // What was refused is written after its answer.
  for (let attempt = 0; ; attempt++) {
    const { data } = AuditList.parse((await call('GET', `/v1/audit?target=${id}`)).body);
    if (data.length < wanted.length && attempt < 50) continue;
    expect(data).toMatchObject(wanted);
    break;
  }
  const some = AuditList.parse((await call('GET', `/v1/audit?target=${id}&action=key.refuse&limit=1`)).body);
  expect([some.data.length, typeof some.next]).toEqual([1, 'string']);
  const rest = await call('GET', `/v1/audit?target=${id}&action=key.refuse&limit=1&cursor=${some.next}`);
  expect(AuditList.parse(rest.body).data).toMatchObject([{ reason: 'insufficient_scope' }]);
  expect(await call('GET', '/v1/audit', dev.api_key)).toMatchObject({
    status: 403,
    body: { error: { code: 'insufficient_scope' } },
  });
});

test.for([
  ['from=yesterday', 'from'],
  ['to=2026-13-01', 'to'],
  ['from=2026-11-02&to=2026-11-01', 'from'],
  ['action=Key.Create', 'action'],
  ['action=key.create.more', 'action'],
  ['actor=', 'actor'],
  ['limit=0', 'limit'],
  ['cursor=%00', 'cursor'],
  ['follow=yes', 'follow'],
  ['follow=true&to=2026-11-01', 'to'],
  ['user=me', 'user'],
])('a query of %s is refused by name', async ([query, param], { expect }) => {
  const { status, body } = await call('GET', `/v1/audit?${query}`);
  expect([status, body.error.param]).toEqual([400, param]);
  expect(body.error.message).toMatch(new RegExp(`^${param}: .{10,}\\.$`));
});

describe('what could rewrite a terminal', () => {
  const hostile = [
    '\u001b[31mred',
    '\u001b]0;title\u0007',
    '\u009b31m',
    'a\u0000b',
    'a\bb',
    'two\r\nlines',
    'a\u0085b',
    '\u202egnp.exe',
    '\u2066isolated',
    'zero\u200bwidth',
    'zero\u200dwidth',
    '\u2028',
    '\u2029',
    'a\ufeffmark',
  ];

  test.for(hostile)('is no name of a key: %j', async (name, { expect }) => {
    const { status, body } = await call('POST', '/v1/keys', token, { name });
    expect([status, body.error.param]).toEqual([400, 'name']);
    expect(JSON.stringify(body)).not.toContain(name);
    const { data } = KeyList.parse((await call('GET', '/v1/keys?limit=1000')).body);
    expect(data.map((key) => key.name)).not.toContain(name);
  });

  test.for(hostile)('stands in no answer to a path or a filter: %j', async (text, { expect }) => {
    const sent = encodeURIComponent(text);
    const unknown = await call('GET', '/v1/keys/key_000000000000');
    for (const method of ['GET', 'DELETE']) {
      expect(await call(method, `/v1/keys/${sent}`)).toMatchObject({ status: 404, body: unknown.body });
    }
    expect((await call('GET', `/v1/audit?actor=${sent}&target=${sent}`)).body).toEqual({ data: [], next: null });
    const { status, body } = await call('GET', `/v1/${sent}`);
    expect(status).toBe(404);
    expect(body.error.message).toMatch(/^[\x20-\x7e]+$/);
  });
});

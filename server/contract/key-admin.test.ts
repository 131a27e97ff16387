import { inject, test } from 'vitest';
import { ExportedKeyList, ImportReport } from '../../shared/api/key-transfer.ts';
import { Key, KeyList } from '../../shared/api/keys.ts';
import { chat, manage } from './manage.ts';
import { signIn } from './sign-in.ts';

const dev = inject('dev');
const { user } = dev;

const admin = inject('adminToken');

test('an administrator makes, changes, rotates and revokes a key of somebody else', async ({ expect }) => {
  const made = await manage('POST', '/v1/keys', admin, {
    name: 'from above',
    user_id: user.username,
    expires_in: '1h',
  });
  const key = Key.parse(made.body);
  expect([made.status, key.user_id, key.email]).toEqual([201, user.username, user.email]);
  expect((await chat(key.key)).status).toBe(200);
  const path = `/v1/keys/${key.id}`;
  expect((await manage('PATCH', path, admin, { name: 'renamed' })).body).toMatchObject({ name: 'renamed' });
  expect((await manage('GET', path, await signIn(dev, user))).body).toMatchObject({ name: 'renamed' });
  const next = Key.parse((await manage('POST', `${path}/rotate`, admin, { overlap: '0s' })).body);
  expect([next.user_id, (await chat(key.key)).status, (await chat(next.key)).status]).toEqual([
    user.username,
    401,
    200,
  ]);
  expect((await manage('DELETE', `/v1/keys/${next.id}?reason=left`, admin)).body).toMatchObject({ status: 'revoked' });
  expect((await chat(next.key)).status).toBe(401);
});

test('and lists one person’s keys or everybody’s, page by page', async ({ expect }) => {
  const { id } = Key.parse((await manage('POST', '/v1/keys', admin, { name: 'mine', expires_in: '1h' })).body);
  const theirs = KeyList.parse((await manage('GET', `/v1/keys?user_id=${user.username}`, admin)).body);
  expect(theirs.data.every((each) => each.user_id === user.username)).toBe(true);
  const seen = new Map<string, string>();
  let cursor = '';
  do {
    const { body } = await manage('GET', `/v1/keys?all=true&limit=7${cursor}`, admin);
    const page = KeyList.parse(body);
    for (const key of page.data) seen.set(key.id, key.user_id);
    cursor = page.next === null ? '' : `&cursor=${encodeURIComponent(page.next)}`;
  } while (cursor !== '');
  expect(seen.get(id)).toBe(dev.admin.username);
  expect([...seen.values()]).toContain(user.username);
});

test.for([
  ['GET', '/v1/keys?all=true&user_id=x', undefined, 400, 'user_id'],
  ['GET', '/v1/keys?all=true&cursor=x', undefined, 400, 'cursor'],
  ['GET', '/v1/keys?user_id=nobody', undefined, 404, null],
  ['GET', `/v1/keys?user_id=${encodeURIComponent(user.email)}`, undefined, 404, null],
  ['POST', '/v1/keys', { name: 'k', user_id: '00000000-0000-4000-8000-000000000000' }, 404, null],
  ['POST', '/v1/keys', { name: 'k', user_id: 'x\u0000y' }, 404, null],
  ['GET', '/v1/keys?limit=0x2', undefined, 400, 'limit'],
  ['GET', '/v1/groups?limit=1e1', undefined, 400, 'limit'],
  ['GET', '/v1/users?limit=', undefined, 400, 'limit'],
  // What is not taken could have been meant: nothing is done.
  ['DELETE', `/v1/users/${user.username}?dry_run=true`, undefined, 400, 'dry_run'],
  ['DELETE', `/v1/users/${user.username}`, { dry_run: true }, 400, 'dry_run'],
  ['POST', `/v1/users/${user.username}/disable`, { reason: 'x' }, 400, 'reason'],
  ['GET', '/v1/me?all=true', undefined, 400, 'all'],
  ['POST', '/v1/users/nobody/disable', {}, 404, null],
  ['POST', '/v1/keys/import', { keys: [] }, 400, 'keys'],
  ['POST', '/v1/keys/import', { keys: [{}], on_conflict: 'replace' }, 400, 'keys[0].v'],
] as const)('%s %s %j: %i', async ([method, path, body, status, param], { expect }) => {
  expect(await manage(method, path, admin, body)).toMatchObject({ status, body: { error: { param } } });
});

test('what is exported has no plaintext, and imported again changes nothing', async ({ expect }) => {
  const made = Key.parse((await manage('POST', '/v1/keys', admin, { name: 'moving', expires_in: '1h' })).body);
  const plain = await manage('GET', '/v1/keys/export?limit=1000', admin);
  expect(JSON.stringify(plain.body)).not.toContain('"hash"');
  const { body } = await manage('GET', '/v1/keys/export?include_hashes=true&limit=1000', admin);
  const row = ExportedKeyList.parse(body).data.find(({ id }) => id === made.id);
  if (!row) throw new Error('the key is not in the export');
  expect(JSON.stringify(body)).not.toContain(made.key?.slice(28));
  const imported = await manage('POST', '/v1/keys/import', admin, { keys: [row] });
  expect(ImportReport.parse(imported.body).data.map(({ outcome }) => outcome)).toEqual(['unchanged']);
  const foreign = await manage('POST', '/v1/keys/import', admin, { keys: [{ ...row, pepper_id: '00000000' }] });
  expect(foreign).toMatchObject({
    status: 400,
    body: { error: { code: 'pepper_mismatch', param: 'keys[0].pepper_id' } },
  });
  const gone = { ...row, user_id: '00000000-0000-4000-8000-000000000000' };
  expect(await manage('POST', '/v1/keys/import', admin, { keys: [gone] })).toMatchObject({
    status: 409,
    body: { error: { code: 'import_conflict' } },
  });
  const dry = await manage('POST', '/v1/keys/import', admin, { keys: [gone], on_conflict: 'skip', dry_run: true });
  expect(dry).toMatchObject({ status: 200, body: { dry_run: true, data: [{ outcome: 'skipped' }] } });
});

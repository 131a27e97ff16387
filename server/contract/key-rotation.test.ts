import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { inject, test } from 'vitest';
import { Key, KeyList } from '../../shared/api/keys.ts';
import { chat, manage } from './manage.ts';
import { signIn } from './sign-in.ts';

const dev = inject('dev');
const { user } = dev;

const ask = (key: string) => chat(key, { max_tokens: 16 });

async function create(token: string, input: object = {}): Promise<Key & { key: string }> {
  const { status, body: made } = await manage('POST', '/v1/keys', token, { name: 'rotating', ...input });
  const key = Key.parse(made);
  if (status !== 201 || key.key === undefined) throw new Error(`create answered ${status}`);
  return { ...key, key: key.key };
}

test('1,000 calls with old and new key during the overlap, and none is refused; after it the old one is', {
  timeout: 300_000,
}, async ({ expect }) => {
  const token = await signIn(dev, user);
  const old = await create(token);
  const keys = [old.key];
  const refused: string[] = [];
  let left = 1_000;
  const caller = async (index: number) => {
    while (left > 0) {
      left--;
      const { status, body: answer } = await ask(keys[(left + index) % keys.length] ?? old.key);
      if (status !== 200) refused.push(`${status} ${JSON.stringify(answer)}`);
    }
  };
  const calls = Promise.all(Array.from({ length: 10 }, (_, index) => caller(index)));
  while (left > 800) await delay(5);
  const rotated = await manage('POST', `/v1/keys/${old.id}/rotate`, token, { overlap: '24h' });
  expect(rotated.status).toBe(201);
  const made = Key.parse(rotated.body);
  keys.push(made.key ?? '');
  await calls;
  expect(refused).toEqual([]);
  for (const { id } of [old, made]) {
    expect((await manage('GET', `/v1/keys/${id}`, token)).body.last_used_at).not.toBeNull();
  }
  const next = await manage('POST', `/v1/keys/${made.id}/rotate`, token, { overlap: '2s' });
  const ends = Date.parse((await manage('GET', `/v1/keys/${made.id}`, token)).body.expires_at);
  await delay(ends - Date.now() + 100);
  expect(await ask(made.key ?? '')).toMatchObject({ status: 401, body: { error: { code: 'key_expired' } } });
  expect((await ask(Key.parse(next.body).key ?? '')).status).toBe(200);
});

test('changes of a person’s other keys, one after the other, refuse no call with this one', {
  timeout: 120_000,
}, async ({ expect }) => {
  const token = await signIn(dev, user);
  const [{ key }, other] = [await create(token, { expires_in: '1h' }), await create(token, { expires_in: '1h' })];
  const statuses = new Map<number, number>();
  let isChanging = true;
  const callers = Array.from({ length: 8 }, async () => {
    while (isChanging) {
      const { status } = await ask(key);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  for (let change = 0; change < 30; change++) {
    const { status } = await manage('PATCH', `/v1/keys/${other.id}`, token, { name: `name ${change}` });
    expect(status).toBe(200);
  }
  isChanging = false;
  await Promise.all(callers);
  expect([...statuses.keys()]).toEqual([200]);
});

test('a rotation repeated with its Idempotency-Key answers 200, says so, and gives no key again', async ({
  expect,
}) => {
  const token = await signIn(dev, user);
  const old = await create(token);
  const once = { 'idempotency-key': randomUUID() };
  const rotate = (overlap: string) => manage('POST', `/v1/keys/${old.id}/rotate`, token, { overlap }, once);
  const first = await rotate('1h');
  expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([201, null]);
  const { key, ...shown } = Key.parse(first.body);
  expect(key).toMatch(/^pnw_/);
  const again = await rotate('1h');
  expect([again.status, again.headers.get('idempotent-replayed'), again.body]).toEqual([200, 'true', shown]);
  expect(await rotate('2h')).toMatchObject({ status: 422, body: { error: { code: 'idempotency_key_reused' } } });
});

test('a creation does so too, in whatever order its members are', async ({ expect }) => {
  const token = await signIn(dev, user);
  const once = { 'idempotency-key': randomUUID() };
  const name = `once ${once['idempotency-key']}`;
  const first = await manage('POST', '/v1/keys', token, { name, expires_in: '1h' }, once);
  const again = await manage('POST', '/v1/keys', token, { expires_in: '1h', name }, once);
  expect([first.status, again.status, again.body.id, again.body.key]).toEqual([201, 200, first.body.id, undefined]);
  const { data } = KeyList.parse((await manage('GET', '/v1/keys?status=active&limit=1000', token)).body);
  expect(data.filter((each) => each.name === name)).toHaveLength(1);
});

test('the last seven days of a key are told in each of its answers', async ({ expect }) => {
  const token = await signIn(dev, user);
  const { key, expires_at } = await create(token, { expires_in: '7d' });
  const later = await create(token, { expires_in: '8d' });
  const expires = async (credential: string) =>
    (await manage('GET', '/v1/models', credential)).headers.get('x-pennyworth-key-expires');
  expect([await expires(key), await expires(later.key), await expires(token)]).toEqual([expires_at, null, null]);
});

import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, inject, test } from 'vitest';
import { createApp } from '../app.ts';
import { createContext } from '../context.ts';
import { createHttpServer } from '../local/node-http.ts';
import { createLogger } from '../observe/logger.ts';
import { createKey, createPerson, request } from './people.ts';

// Three processes of one deployment: the stack's own makes a change, two others have everybody warm in their caches. What
// was taken away must be refused with the next call that spends on each of them, not when their caches run out.

const { env: environment, model } = inject('dev');
const admin = inject('adminToken');
const message = { messages: [{ role: 'user', content: 'Hi' }] };

const servers: Server[] = [];
let warm: readonly string[] = [];
beforeAll(async () => {
  for (let index = 0; index < 2; index++) {
    const context = createContext({ environment, version: 'test', logger: createLogger(() => undefined) });
    const server = createHttpServer(createApp(context));
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  warm = servers.map((server) => `http://127.0.0.1:${portOf(server.address())}`);
});
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

function portOf(address: AddressInfo | string | null): number {
  if (typeof address !== 'object' || address === null) throw new Error('the server does not listen');
  return address.port;
}

/** Of a call that spends, on each of the warm processes at once: status and code. */
async function outcomes(credential: string, name = model): Promise<string[]> {
  const calls = warm.map((base) =>
    request(['POST', '/v1/chat/completions'], credential, { model: name, ...message }, base),
  );
  return (await Promise.all(calls)).map(({ status, code }) => (code === null ? String(status) : `${status} ${code}`));
}

/** A change made through the stack's own process; it must succeed. */
async function change(method: string, path: string, body?: object, credential = admin): Promise<void> {
  const { status, message: told } = await request([method, path], credential, body);
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${told}`);
}

const ok = ['200', '200'];
const both = (refusal: string) => [refusal, refusal];

describe('the next call that spends is refused on every warm process', () => {
  test('when a key is revoked', async ({ expect }) => {
    const person = await createPerson();
    const { id, key } = await createKey(person);
    expect(await outcomes(key)).toEqual(ok);
    await change('DELETE', `/v1/keys/${id}`, undefined, person.token);
    expect(await outcomes(key)).toEqual(both('401 key_revoked'));
  });

  test('when a person is disabled, by key and by token', async ({ expect }) => {
    const person = await createPerson();
    const { key } = await createKey(person);
    expect([await outcomes(key), await outcomes(person.token)]).toEqual([ok, ok]);
    await change('POST', `/v1/users/${person.username}/disable`);
    const refused = both('401 invalid_api_key');
    expect([await outcomes(key), await outcomes(person.token)]).toEqual([refused, refused]);
  });

  test('when a person is deleted', async ({ expect }) => {
    const person = await createPerson();
    const { key } = await createKey(person);
    expect(await outcomes(key)).toEqual(ok);
    await change('DELETE', `/v1/users/${person.username}`);
    expect(await outcomes(key)).toEqual(both('401 invalid_api_key'));
  });

  test('when a person’s policy no longer covers the model', async ({ expect }) => {
    const person = await createPerson();
    const { key } = await createKey(person);
    expect(await outcomes(key)).toEqual(ok);
    await change('PATCH', `/v1/users/${person.username}`, { policy: { models: ['nova-*'] } });
    expect(await outcomes(key)).toEqual(both('403 model_not_allowed'));
    expect(await outcomes(key, 'nova-lite')).toEqual(ok);
  });

  test('when their team’s policy no longer covers the model', async ({ expect }) => {
    const team = `team-${crypto.randomUUID().slice(0, 8)}`;
    const person = await createPerson([team]);
    const { key } = await createKey(person);
    expect([await outcomes(key), await outcomes(person.token)]).toEqual([ok, ok]);
    await change('PUT', `/v1/groups/${team}`, { policy: { models: ['nova-*'] } });
    const refused = both('403 model_not_allowed');
    expect([await outcomes(key), await outcomes(person.token)]).toEqual([refused, refused]);
  });

  test('when they leave the team whose policy allowed the model', async ({ expect }) => {
    const [narrow, wide] = ['narrow', 'wide'].map((name) => `${name}-${crypto.randomUUID().slice(0, 8)}`);
    await change('PUT', `/v1/groups/${narrow}`, { policy: { models: ['nova-*'] } });
    await change('PUT', `/v1/groups/${wide}`, { policy: { models: ['*'] } });
    const person = await createPerson([narrow ?? '', wide ?? '']);
    const { key } = await createKey(person);
    expect(await outcomes(key)).toEqual(ok);
    await change('DELETE', `/v1/groups/${wide}/users/${person.username}`);
    expect(await outcomes(key)).toEqual(both('403 model_not_allowed'));
  });

  test('when the team is deleted from which the key pays', async ({ expect }) => {
    const team = `team-${crypto.randomUUID().slice(0, 8)}`;
    const person = await createPerson([team]);
    const { key } = await createKey(person, { team });
    expect(await outcomes(key)).toEqual(ok);
    await change('DELETE', `/v1/groups/${team}`);
    expect(await outcomes(key)).toEqual(both('403 forbidden'));
  });
});

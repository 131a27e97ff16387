import { AdminGetUserCommand, AdminUpdateUserAttributesCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { Key } from '../../shared/api/keys.ts';
import { parseApiKey } from '../../shared/api-key.ts';
import { monthOf } from '../../shared/period.ts';
import type { Caller } from '../audit/audit-trail.ts';
import { reserveRequest } from '../money/test-requests.ts';
import { bearer, Deployment, type Instance, outcomeOf, table, testClock } from './test-deployment.ts';

let deployment: Deployment;
let instance: Instance;
beforeAll(async () => {
  deployment = await Deployment.start();
  instance = deployment.startInstance();
});
afterAll(() => deployment.close());

async function newCaller(groups: readonly string[] = []): Promise<Caller & { username: string }> {
  const username = await deployment.createPerson(groups);
  return { ...(await deployment.callerOf(instance, username)), username };
}

async function attributesOf(username: string): Promise<Map<string, string>> {
  const command = new AdminGetUserCommand({ UserPoolId: deployment.userPoolId, Username: username });
  const { UserAttributes = [] } = await deployment.admin.send(command);
  return new Map(UserAttributes.map(({ Name = '', Value = '' }) => [Name, Value]));
}

async function auditOf(username: string): Promise<unknown[]> {
  return (await deployment.trail())
    .filter((item) => item['user'] === username)
    .map((item) => ({ ...item, sk: undefined }));
}

describe('create', () => {
  test('answers the key once, stores its digest only, and records who did it', async ({ expect }) => {
    const caller = await newCaller(['red']);
    const made = await instance.keys.create(caller, { name: 'laptop', expires_in: '30d' });
    const text = made.key ?? '';
    expect(Key.parse(made)).toEqual({
      id: expect.stringMatching(/^key_[A-Za-z0-9]{12}$/),
      name: 'laptop',
      last4: text.slice(67, 71),
      status: 'active',
      user_id: caller.username,
      email: `${caller.username}@example.com`,
      team: 'red',
      scopes: ['inference', 'mcp'],
      models: ['*'],
      mcp_tools: ['*'],
      budgets: [],
      rpm: null,
      tpm: null,
      concurrency: null,
      created_at: expect.any(String),
      expires_at: new Date(Date.parse(made.created_at) + 30 * 86_400_000).toISOString(),
      last_used_at: null,
      key: text,
    });
    expect(await instance.authenticate(bearer(text))).toMatchObject({ kind: 'key', keyId: made.id });
    const raw = [...(await attributesOf(caller.username))].join('\n') + instance.logLines.join('\n');
    const secret = parseApiKey(text)?.secret ?? 'none';
    expect([raw.includes(made.id), raw.includes(secret)]).toEqual([true, false]);
    expect(await auditOf(caller.username)).toEqual([
      {
        pk: `A#${monthOf(Date.now())}`,
        sk: undefined,
        v: 1,
        actor: caller.username,
        actor_key: null,
        action: 'key.create',
        target: made.id,
        after: {
          name: 'laptop',
          status: 'active',
          team: null,
          scopes: ['inference', 'mcp'],
          models: ['*'],
          expires_at: made.expires_at,
        },
        user: caller.username,
        request_id: caller.requestId,
        source_ip: '192.0.2.7',
      },
    ]);
  });

  test('twenty at once give twenty keys in as many slots, none lost', async ({ expect }) => {
    const caller = await newCaller();
    const instances = [instance, deployment.startInstance()];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => {
        const { keys } = instances[index % 2] ?? instance;
        return keys.create(caller, { name: `key ${index}` });
      }),
    );
    const made = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
    expect(refusals.filter((code) => code !== 'key_update_in_progress')).toEqual([]);
    expect(made.length).toBeGreaterThanOrEqual(15);
    const slots = new Set(made.map(({ key = '' }) => parseApiKey(key)?.slot));
    expect(slots.size).toBe(made.length);
    const fresh = deployment.startInstance();
    const used = await Promise.all(made.map(({ key = '' }) => outcomeOf(fresh.authenticate(bearer(key)))));
    expect(used).toEqual(made.map(() => 'ok'));
    const leases = await deployment.clients().dynamo.query(table, { pk: `L#${caller.username}` });
    expect(leases.items).toEqual([]);
  });

  test('refuses the 41st, and takes the slot of the oldest revoked one', async ({ expect }) => {
    const caller = await newCaller();
    const made: Key[] = [];
    for (let index = 0; index < 40; index++) made.push(await instance.keys.create(caller, { name: `${index}` }));
    expect(await outcomeOf(instance.keys.create(caller, { name: '41' }))).toBe('409 key_limit');
    const [, , third] = made;
    await instance.keys.revoke(caller, third?.id ?? '');
    const next = await instance.keys.create(caller, { name: '41' });
    expect([parseApiKey(next.key ?? '')?.slot, parseApiKey(third?.key ?? '')?.slot]).toEqual([3, 3]);
    expect(await outcomeOf(instance.authenticate(bearer(next.key ?? '')))).toBe('ok');
    expect(await outcomeOf(instance.authenticate(bearer(third?.key ?? '')))).toBe('401 invalid_api_key');
    expect((await instance.keys.list(caller, {})).data).toHaveLength(40);
  });

  test('never touches another attribute, nor a slot of a newer version', async ({ expect }) => {
    const caller = await newCaller();
    const UserAttributes = [
      { Name: 'custom:k01', Value: '{"v":2,"new":"layout"}' },
      { Name: 'name', Value: 'Ann' },
    ];
    const who = { UserPoolId: deployment.userPoolId, Username: caller.username };
    await deployment.admin.send(new AdminUpdateUserAttributesCommand({ ...who, UserAttributes }));
    const before = await attributesOf(caller.username);
    const made = await instance.keys.create(caller, { name: 'k' });
    const after = await attributesOf(caller.username);
    expect(parseApiKey(made.key ?? '')?.slot).toBe(2);
    expect([...after.keys()].filter((name) => after.get(name) !== before.get(name))).toEqual(['custom:k02']);
  });

  test('waits for the lease of another writer, then refuses', async ({ expect }) => {
    const caller = await newCaller();
    const { dynamo } = deployment.clients();
    const lease = { pk: `L#${caller.username}`, sk: 'L', v: 1, o: 'another' };
    await dynamo.putItem(table, { ...lease, x: Date.now() + 60_000 });
    await expect(instance.keys.create(caller, { name: 'k' })).rejects.toMatchObject({
      status: 409,
      code: 'key_update_in_progress',
      retryAfterSeconds: 1,
    });
    await dynamo.putItem(table, { ...lease, x: Date.now() - 1 });
    expect(await outcomeOf(instance.keys.create(caller, { name: 'k' }))).toBe('ok');
  });
});

describe('a writer that stalls', () => {
  const contended = '409 key_update_in_progress';

  test('until its lease ran out writes nothing, and whoever overtook it keeps their key', async ({ expect }) => {
    const clock = testClock();
    const caller = await newCaller();
    const overtaker = deployment.startInstance({ clock });
    let made: Key | undefined;
    const stalled = deployment.startInstance({
      clock,
      afterRead: async () => {
        if (made) return;
        clock.advance(10_001);
        made = await overtaker.keys.create(caller, { name: 'overtaker' });
      },
    });
    expect(await outcomeOf(stalled.keys.create(caller, { name: 'stalled' }))).toBe(contended);
    expect(await outcomeOf(overtaker.authenticate(bearer(made?.key ?? '')))).toBe('ok');
    expect((await overtaker.keys.list(caller, {})).data.map(({ name }) => name)).toEqual(['overtaker']);
  });

  test('in the middle of its write does not say that its key works', async ({ expect }) => {
    const clock = testClock();
    const caller = await newCaller();
    const stalled = deployment.startInstance({ clock, beforeWrite: async () => clock.advance(10_001) });
    expect(await outcomeOf(stalled.keys.create(caller, { name: 'stalled' }))).toBe(contended);
    expect(stalled.logLines.filter((line) => line.includes('key_write_contended'))).toHaveLength(1);
  });

  test('is told by the generation, even if its lease seems to hold', async ({ expect }) => {
    const caller = await newCaller();
    const stalled = deployment.startInstance({
      beforeWrite: () => instance.balances.bumpGeneration(caller.username),
    });
    expect(await outcomeOf(stalled.keys.create(caller, { name: 'stalled' }))).toBe(contended);
  });
});

describe('list and show', () => {
  test('never give the plaintext, and tell the last use', async ({ expect }) => {
    const caller = await newCaller();
    const { key, ...first } = await instance.keys.create(caller, { name: 'first' });
    const { person } = await instance.authenticate(bearer(key ?? ''));
    const now = Date.now();
    const { username } = caller;
    const { generation } = person;
    await instance.balances.reserve(reserveRequest({ username, keyId: first.id, generation, now }));
    const used = { ...first, last_used_at: new Date(now).toISOString() };
    expect(await instance.keys.show(caller, first.id)).toEqual(used);
    expect(await instance.keys.list(caller, {})).toEqual({ data: [used], next: null });
  });

  test('show what another instance has just made', async ({ expect }) => {
    const caller = await newCaller();
    await instance.keys.list(caller, {});
    const made = await deployment.startInstance().keys.create(caller, { name: 'k' });
    expect((await instance.keys.list(caller, {})).data.map(({ id }) => id)).toEqual([made.id]);
  });

  test('call a key expired by the time alone', async ({ expect }) => {
    const clock = testClock();
    const later = deployment.startInstance({ clock });
    const caller = await newCaller();
    const { id } = await instance.keys.create(caller, { name: 'k', expires_in: '1h' });
    clock.advance(3_600_000);
    expect((await later.keys.show(caller, id)).status).toBe('expired');
    expect((await later.keys.list(caller, { status: 'active' })).data).toEqual([]);
  });
});

describe('revoke', () => {
  test('removes the digest, keeps the slot, and says the same the second time', async ({ expect }) => {
    const caller = await newCaller();
    const { key, ...made } = await instance.keys.create(caller, { name: 'k' });
    const first = await instance.keys.revoke(caller, made.id);
    expect(first).toEqual({ ...made, status: 'revoked' });
    expect(await instance.keys.revoke(caller, made.id)).toEqual(first);
    const stored = JSON.parse((await attributesOf(caller.username)).get('custom:k01') ?? 'null');
    expect(stored).toMatchObject({ id: made.id, s: 'r' });
    expect(stored).not.toHaveProperty('h');
    expect(await outcomeOf(instance.authenticate(bearer(key ?? '')))).toBe('401 key_revoked');
    expect(await auditOf(caller.username)).toMatchObject([
      { action: 'key.create', target: made.id },
      { action: 'key.revoke', target: made.id },
      { action: 'key.revoke', target: made.id },
    ]);
  });
});

describe('other people’s keys', () => {
  test('look as if they were not there', async ({ expect }) => {
    const [ann, ben] = [await newCaller(), await newCaller()];
    const { id } = await instance.keys.create(ann, { name: 'k' });
    const message = (work: Promise<unknown>) => work.then(String, (error: Error) => error.message);
    const { show, revoke } = instance.keys;
    for (const operation of [show, revoke]) {
      expect(await outcomeOf(operation(ben, id))).toBe('404 not_found');
      expect(await message(operation(ben, id))).toBe(await message(operation(ben, 'key_000000000000')));
    }
    expect((await instance.keys.show(ann, id)).status).toBe('active');
  });

  test.for([
    [[], '403 forbidden', '403 forbidden'],
    [['admin'], '403 mfa_required', '403 mfa_required'],
    [['auditor'], '403 forbidden', 'ok'],
  ] as const)('are for roles: %j', async ([groups, writing, reading], { expect }) => {
    const caller = await newCaller(groups);
    const user_id = await deployment.createPerson();
    expect([
      await outcomeOf(instance.keys.create(caller, { name: 'k', user_id })),
      await outcomeOf(instance.keys.list(caller, { user_id })),
      await outcomeOf(instance.keys.list(caller, { all: 'true' })),
      await outcomeOf(instance.keys.list(caller, { user_id: caller.username, all: 'false' })),
    ]).toEqual([writing, reading, reading, 'ok']);
  });

  test('and one’s own are no business of a key', async ({ expect }) => {
    const caller = await newCaller();
    const { id, key } = await instance.keys.create(caller, { name: 'k', scopes: ['inference', 'usage', 'mcp'] });
    const byKey = { ...caller, identity: await instance.authenticate(bearer(key ?? '')) };
    const { create, list, show, revoke } = instance.keys;
    const works = [create(byKey, { name: 'k2' }), list(byKey, {}), show(byKey, id), revoke(byKey, id)];
    expect(await Promise.all(works.map(outcomeOf))).toEqual(works.map(() => '403 insufficient_scope'));
  });
});

test('while the services are out of reach, changes are 503', async ({ expect }) => {
  const broken = await Deployment.start();
  try {
    const warm = broken.startInstance();
    const username = await broken.createPerson();
    const caller = await broken.callerOf(warm, username);
    const { id } = await warm.keys.create(caller, { name: 'k' });
    await broken.cognito.close();
    expect(await outcomeOf(warm.keys.create(caller, { name: 'k' }))).toBe('503 auth_unavailable');
    await broken.dynamo.close();
    expect(await outcomeOf(warm.keys.revoke(caller, id))).toMatch(/^503 /);
  } finally {
    await broken.close();
  }
});

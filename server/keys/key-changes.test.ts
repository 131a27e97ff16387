import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { CreateKey, Key, UpdateKey } from '../../shared/api/keys.ts';
import { parseApiKey } from '../../shared/api-key.ts';
import type { Caller } from '../audit/audit-trail.ts';
import { signedIn } from '../people/test-people.ts';
import { bearer, Deployment, type Instance, outcomeOf, testClock } from './test-deployment.ts';

let deployment: Deployment;
let instance: Instance;
beforeAll(async () => {
  deployment = await Deployment.start();
  instance = deployment.startInstance();
});
afterAll(() => deployment.close());

const newCaller = (groups: readonly string[] = []) => signedIn(deployment, instance, groups);

const create = (caller: Caller, input: Partial<CreateKey> = {}) =>
  instance.keys.create(caller, { name: 'k', ...input });
const authenticate = (key: Key, by = instance) => outcomeOf(by.authenticate(bearer(key.key ?? '')));
const day = 86_400_000;
const msOf = (time: string | null) => Date.parse(time ?? '');

describe('rotate', () => {
  test('gives a new key like the old one, which ends after the overlap', async ({ expect }) => {
    const clock = testClock();
    const later = deployment.startInstance({ clock });
    const caller = await newCaller(['red']);
    const old = await create(caller, { scopes: ['usage'], models: ['nova-*'], mcp_tools: ['a__*'], expires_in: '30d' });
    const made = await instance.keys.rotate(caller, old.id, { overlap: '2h' });
    expect(made).toMatchObject({
      name: 'k',
      scopes: ['usage'],
      models: ['nova-*'],
      mcp_tools: ['a__*'],
      team: 'red',
      status: 'active',
    });
    expect(made.id).not.toBe(old.id);
    expect(msOf(made.expires_at) - msOf(made.created_at)).toBe(30 * day);
    const ended = await instance.keys.show(caller, old.id);
    expect(Math.abs(msOf(ended.expires_at) - Date.now() - 2 * 3_600_000)).toBeLessThan(30_000);
    expect([await authenticate(old), await authenticate(made)]).toEqual(['ok', 'ok']);
    clock.advance(2 * 3_600_000);
    expect([await authenticate(old, later), await authenticate(made, later)]).toEqual(['401 key_expired', 'ok']);
    expect(await deployment.trailOf(old.id)).toMatchObject([
      { action: 'key.create' },
      { action: 'key.rotate', after: { rotated_to: made.id, expires_at: ended.expires_at } },
    ]);
    expect(await deployment.trailOf(made.id)).toMatchObject([
      { action: 'key.create', after: { rotated_from: old.id } },
    ]);
  });

  test('never lengthens the life of the old one', async ({ expect }) => {
    const caller = await newCaller();
    const old = await create(caller, { expires_in: '1h' });
    await instance.keys.rotate(caller, old.id, { overlap: '30d' });
    expect((await instance.keys.show(caller, old.id)).expires_at).toBe(old.expires_at);
  });

  test('without an overlap ends the old one at once, one without an end too', async ({ expect }) => {
    const caller = await newCaller();
    const old = await create(caller, { expires_in: 'never' });
    const made = await instance.keys.rotate(caller, old.id, { overlap: '0s' });
    expect(made.expires_at).toBeNull();
    expect([await authenticate(old), await authenticate(made)]).toEqual(['401 key_expired', 'ok']);
  });

  test('is for active keys, and one by one', async ({ expect }) => {
    const caller = await newCaller();
    const revoked = await create(caller);
    await instance.keys.revoke(caller, revoked.id);
    const old = await create(caller);
    const made = await instance.keys.rotate(caller, old.id, {});
    const rotate = (key: Key, overlap = '1h') => outcomeOf(instance.keys.rotate(caller, key.id, { overlap }));
    expect([await rotate(revoked), await rotate(old)]).toEqual(['409 key_not_active', '409 key_rotated']);
    await instance.keys.revoke(caller, made.id);
    expect(await rotate(old)).toBe('ok');
    expect(await rotate(old, '31d')).toBe('400 invalid_request');
  });

  test('repeated with its Idempotency-Key gives no second key, and no plaintext again', async ({ expect }) => {
    const caller = await newCaller();
    const old = await create(caller);
    const first = await instance.keys.rotate(caller, old.id, { overlap: '1h' }, 'once');
    const { key: _, ...shown } = first;
    expect(await instance.keys.rotate(caller, old.id, { overlap: '1h' }, 'once')).toEqual(shown);
    expect(await outcomeOf(instance.keys.rotate(caller, old.id, { overlap: '2h' }, 'once'))).toBe(
      '422 idempotency_key_reused',
    );
    expect((await instance.keys.list(caller, {})).data).toHaveLength(2);
    expect(await authenticate(first)).toBe('ok');
  });

  test('of two at once gives one key', async ({ expect }) => {
    const caller = await newCaller();
    const old = await create(caller);
    const twins = [instance, deployment.startInstance()].map(({ keys }) =>
      outcomeOf(keys.rotate(caller, old.id, {}, 'twins')),
    );
    const outcomes = await Promise.all(twins);
    expect(outcomes.every((outcome) => ['ok', '409 idempotency_in_progress'].includes(outcome))).toBe(true);
    expect((await instance.keys.list(caller, {})).data).toHaveLength(2);
  });

  test('with forty active keys says so and changes nothing', async ({ expect }) => {
    const caller = await newCaller();
    const made: Key[] = [];
    for (let index = 0; index < 40; index++) made.push(await create(caller));
    const [first] = made;
    expect(await outcomeOf(instance.keys.rotate(caller, first?.id ?? '', {}))).toBe('409 key_limit');
    expect((await instance.keys.show(caller, first?.id ?? '')).expires_at).toBe(first?.expires_at);
  });
});

describe('update', () => {
  test('changes what is named, on the next call, and keeps the rest', async ({ expect }) => {
    const caller = await newCaller(['red', 'blue']);
    const { key, ...made } = await create(caller, { team: 'red' });
    const changed = await instance.keys.update(caller, made.id, {
      name: 'new',
      scopes: ['usage', 'usage'],
      models: ['nova-*'],
      mcp_tools: ['github__*'],
      team: 'blue',
      expires_in: 'never',
    });
    expect(changed).toEqual({
      ...made,
      name: 'new',
      scopes: ['usage'],
      models: ['nova-*'],
      mcp_tools: ['github__*'],
      team: 'blue',
      expires_at: null,
    });
    expect(await instance.authenticate(bearer(key ?? ''))).toMatchObject({
      scopes: ['usage'],
      models: ['nova-*'],
      mcpTools: ['github__*'],
      team: 'blue',
    });
    expect((await instance.keys.update(caller, made.id, { name: 'newer' })).mcp_tools).toEqual(['github__*']);
    expect((await instance.keys.update(caller, made.id, { mcp_tools: ['*'] })).mcp_tools).toEqual(['*']);
    // Back to whatever pays for its owner.
    expect((await instance.keys.update(caller, made.id, { team: null })).team).toBe('blue');
    expect(await instance.authenticate(bearer(key ?? ''))).toMatchObject({ team: 'blue' });
    const [, row] = await deployment.trailOf(made.id);
    expect(row).toMatchObject({ action: 'key.update', before: { name: 'k' }, after: { name: 'new', team: 'blue' } });
    expect(JSON.stringify(row)).not.toContain(key);
  });

  test('of the team that pays is not asked for where the owner joins one, or a second', async ({ expect }) => {
    const caller = await newCaller();
    const { key, id, team } = await create(caller);
    const seen = [team];
    for (const name of ['red', 'blue']) {
      await deployment.addToGroup(caller.username, name);
      const later = deployment.startInstance();
      const identity = await later.authenticate(bearer(key ?? ''));
      expect((await later.keys.show(caller, id)).team).toBe(identity.team);
      seen.push(identity.team);
    }
    expect(seen).toEqual([null, 'red', 'blue']);
  });

  test.for([
    [{}, '400 invalid_request'],
    [{ rpm: 0 }, '400 invalid_request'],
    [{ rpm: null, budgets: [] }, 'ok'],
    [{ expires_in: '5000d' }, '400 invalid_request'],
    [{ team: 'blue' }, '403 forbidden'],
    [{ models: ['m'.repeat(200)] }, 'ok'],
  ] as const)('%j: %s', async ([input, outcome], { expect }) => {
    const caller = await newCaller(['red']);
    const { id } = await create(caller);
    const changes = JSON.parse(JSON.stringify(input));
    expect(await outcomeOf(instance.keys.update(caller, id, changes))).toBe(outcome);
  });

  test('refuses patterns that a slot cannot hold', async ({ expect }) => {
    const caller = await newCaller();
    const { id } = await create(caller);
    const patterns = Array.from({ length: 50 }, (_, index) => `${index}`.padStart(60, 'm'));
    for (const param of ['models', 'mcp_tools']) {
      const tooMany = instance.keys.update(caller, id, { [param]: patterns });
      await expect(tooMany).rejects.toMatchObject({ status: 400, param });
    }
  });

  test('wakes no key that was revoked or has expired', async ({ expect }) => {
    const clock = testClock();
    const later = deployment.startInstance({ clock });
    const caller = await newCaller();
    const [revoked, expired] = [await create(caller), await create(caller, { expires_in: '1h' })];
    await instance.keys.revoke(caller, revoked.id);
    clock.advance(3_600_000);
    expect(await outcomeOf(later.keys.update(caller, revoked.id, { name: 'x' }))).toBe('409 key_not_active');
    expect(await outcomeOf(later.keys.update(caller, expired.id, { expires_in: '1d' }))).toBe('409 key_not_active');
  });

  test('never gives a key that was rotated a later end', async ({ expect }) => {
    const caller = await newCaller();
    const old = await create(caller, { expires_in: 'never' });
    await instance.keys.rotate(caller, old.id, { overlap: '2h' });
    const update = (input: UpdateKey) => outcomeOf(instance.keys.update(caller, old.id, input));
    expect([await update({ expires_in: 'never' }), await update({ expires_in: '1d' })]).toEqual([
      '409 key_rotated',
      '409 key_rotated',
    ]);
    expect([await update({ name: 'old' }), await update({ expires_in: '1h' })]).toEqual(['ok', 'ok']);
  });
});

describe('create', () => {
  test('repeated with its Idempotency-Key gives no second key, and no plaintext again', async ({ expect }) => {
    const caller = await newCaller();
    const { key, ...shown } = await instance.keys.create(caller, { name: 'k', models: ['*'] }, 'make');
    expect(key).toBeDefined();
    expect(await instance.keys.create(caller, { models: ['*'], name: 'k' }, 'make')).toEqual(shown);
    expect((await instance.keys.list(caller, {})).data).toHaveLength(1);
    expect(await outcomeOf(instance.keys.create(caller, { name: 'other' }, 'make'))).toBe('422 idempotency_key_reused');
  });
});

describe('an administrator', () => {
  test('does all of it with anybody’s keys', async ({ expect }) => {
    const [admin, ann] = [await newCaller(['admin']), await newCaller(['red'])];
    const { keys } = instance;
    const made = await create(admin, { user_id: ann.username, team: 'red' });
    expect([made.user_id, made.team]).toEqual([ann.username, 'red']);
    expect((await keys.list(admin, { user_id: ann.username })).data.map(({ id }) => id)).toEqual([made.id]);
    expect((await keys.show(admin, made.id)).id).toBe(made.id);
    expect((await keys.update(admin, made.id, { name: 'theirs' })).name).toBe('theirs');
    const next = await keys.rotate(admin, made.id, {});
    expect([next.user_id, await authenticate(next)]).toEqual([ann.username, 'ok']);
    expect((await keys.revoke(admin, next.id, 'left the company')).status).toBe('revoked');
    expect((await deployment.trailOf(next.id)).at(-1)).toMatchObject({
      action: 'key.revoke',
      actor: admin.username,
      user: ann.username,
      reason: 'left the company',
    });
  });

  test('gives nobody more than they have, whatever they have themselves', async ({ expect }) => {
    const [admin, ann] = [await newCaller(['admin', 'blue']), await newCaller(['red'])];
    expect(await outcomeOf(create(admin, { user_id: ann.username, team: 'blue' }))).toBe('403 forbidden');
  });

  test('is told of people and keys that there are not', async ({ expect }) => {
    const admin = await newCaller(['admin']);
    expect(await outcomeOf(create(admin, { user_id: randomUUID() }))).toBe('404 not_found');
    expect(await outcomeOf(instance.keys.list(admin, { user_id: randomUUID() }))).toBe('404 not_found');
    expect(await outcomeOf(instance.keys.show(admin, 'key_000000000000'))).toBe('404 not_found');
  });

  test('sees everybody’s keys page by page, each once', async ({ expect }) => {
    const admin = await newCaller(['admin']);
    const people = [];
    for (let index = 0; index < 3; index++) people.push(await newCaller());
    const made = new Set<string>();
    for (const person of people) for (let index = 0; index < 3; index++) made.add((await create(person)).id);
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < 500; page++) {
      const { data, next } = await instance.keys.list(admin, { all: 'true', limit: 2, ...(cursor && { cursor }) });
      seen.push(...data.map(({ id }) => id));
      expect(data.length).toBeLessThanOrEqual(2);
      if (next === null) break;
      cursor = next;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect([...made].filter((id) => !seen.includes(id))).toEqual([]);
    const revoked = await instance.keys.list(admin, { all: 'true', status: 'revoked', limit: 1000 });
    expect(revoked.data.every(({ status }) => status === 'revoked')).toBe(true);
    for (const wrong of ['x', Buffer.from('["made up",""]').toString('base64url')]) {
      expect(await outcomeOf(instance.keys.list(admin, { all: 'true', cursor: wrong }))).toBe('400 invalid_request');
    }
  });
});

describe('an auditor, an administrator without a second factor, anybody else', () => {
  test.for([
    [['auditor'], 'ok'],
    [['admin'], '404 not_found'],
    [[], '404 not_found'],
  ] as const)(
    '%j change nothing of others, and hear of an unknown key what they hear of a foreign one',
    async ([groups, reading], { expect }) => {
      const caller = await deployment.callerOf(instance, await deployment.createPerson(groups));
      const ann = await newCaller();
      const { id } = await create(ann);
      const { keys } = instance;
      expect(await outcomeOf(keys.show(caller, id))).toBe(reading);
      const texts = (key: string) =>
        Promise.all(
          [keys.update(caller, key, { name: 'x' }), keys.revoke(caller, key), keys.rotate(caller, key, {})].map(
            (work) => work.then(String, (error: Error) => error.message),
          ),
        );
      expect(await texts(id)).toEqual(await texts('key_000000000000'));
      expect(await keys.show(ann, id)).toMatchObject({ name: 'k', status: 'active' });
      expect((await keys.list(ann, {})).data).toHaveLength(1);
    },
  );
});

describe('a leaked key', () => {
  test('is revoked by whoever found it, who is not told whose it was', async ({ expect }) => {
    const [ann, finder] = [await newCaller(), await newCaller()];
    const made = await create(ann);
    const answer = { id: made.id, last4: made.last4, status: 'revoked' };
    expect(await instance.keys.revokeLeaked(finder, ` ${made.key}\n`)).toEqual(answer);
    expect(await instance.keys.revokeLeaked(finder, made.key ?? '')).toEqual(answer);
    expect(await authenticate(made)).toBe('401 key_revoked');
    expect((await deployment.trailOf(made.id)).at(-1)).toMatchObject({
      action: 'key.revoke',
      actor: finder.username,
      user: ann.username,
      reason: 'leaked',
    });
    expect(instance.logLines.join('')).not.toContain(made.key);
  });

  test('that is none, or not this one, is unknown: nothing is revoked on suspicion', async ({ expect }) => {
    const ann = await newCaller();
    const made = await create(ann);
    const text = made.key ?? '';
    const slot = parseApiKey(text)?.slot ?? 0;
    await instance.keys.revoke(ann, made.id);
    const texts = ['', 'pnw_x', `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`];
    for (const each of texts) expect(await outcomeOf(instance.keys.revokeLeaked(ann, each))).toBe('404 not_found');
    for (let index = 1; index < 41; index++) await create(ann);
    const taker = (await instance.people.read(ann.username))?.keys.get(slot);
    expect(taker?.id).not.toBe(made.id);
    expect(await outcomeOf(instance.keys.revokeLeaked(ann, text))).toBe('404 not_found');
    expect((await instance.people.read(ann.username))?.keys.get(slot)).toEqual(taker);
  });

  test('asks for a sign-in: a key revokes no keys, itself neither', async ({ expect }) => {
    const ann = await newCaller();
    const { key = '' } = await create(ann);
    const byKey = { ...ann, identity: await instance.authenticate(bearer(key)) };
    expect(await outcomeOf(instance.keys.revokeLeaked(byKey, key))).toBe('403 insufficient_scope');
  });
});

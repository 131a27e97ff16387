import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { Group, GroupList, PutGroup } from '../../shared/api/groups.ts';
import type { Caller } from '../audit/audit-trail.ts';
import { Deployment, type Instance } from '../keys/test-deployment.ts';
import { down, faultOf, type PeopleInstance, signedIn, startPeople } from './test-people.ts';
import { noShownLimits } from './test-rights.ts';

let deployment: Deployment;
let instance: Instance;
let people: PeopleInstance;
let admin: Caller & { readonly username: string };
beforeAll(async () => {
  deployment = await Deployment.start();
  instance = deployment.startInstance();
  people = startPeople(deployment, instance);
  admin = await signedIn(deployment, instance, ['admin']);
  await people.groups.put(admin, 'auditor', {});
});
afterAll(() => deployment.close());

const put = (name: string, input: unknown, by = people) => by.groups.put(admin, name, PutGroup.parse(input));

const generationsOf = (usernames: readonly string[]) =>
  Promise.all(usernames.map((username) => instance.balances.generationOf(username)));

describe('a group', () => {
  test('is made, changed where it is named, and deleted', async ({ expect }) => {
    const made = await put('red', { description: ' The red ones ', policy: { models: ['nova-*', 'nova-*'] } });
    expect(Group.parse(made)).toEqual({
      name: 'red',
      description: 'The red ones',
      role: false,
      policy: { ...noShownLimits, models: ['nova-*'], team: null },
      created_at: expect.any(String),
    });
    expect(await put('red', {})).toEqual(made);
    expect(await put('red', { description: null })).toEqual({ ...made, description: null });
    expect(await put('red', { policy: null })).toEqual({ ...made, description: null, policy: null });
    expect(await people.groups.show('red')).toEqual({ ...made, description: null, policy: null });
    expect(await people.groups.remove(admin, 'red')).toEqual({ name: 'red', deleted: true, members: 0 });
    expect(await faultOf(people.groups.show('red'))).toEqual([404, 'not_found', undefined]);
    expect((await deployment.trailOf('red')).map((row) => [row['action'], row['before'], row['after']])).toEqual([
      [
        'group.create',
        undefined,
        { description: 'The red ones', policy: { ...noShownLimits, models: ['nova-*'], team: null } },
      ],
      ...Array.from({ length: 3 }, () => ['group.update', expect.anything(), expect.anything()]),
      ['group.delete', { description: null, policy: null, members: 0 }, undefined],
    ]);
  });

  test('takes over nothing from one that had its name', async ({ expect }) => {
    await deployment.putItem({ pk: 'G#ghost', sk: 'P', v: 1, models: ['old'] });
    expect(await put('ghost', {})).toMatchObject({ policy: null });
  });

  test('is listed in pages', async ({ expect }) => {
    for (const name of ['list-1', 'list-2']) await put(name, { policy: { models: [name] } });
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = GroupList.parse(await people.groups.list({ limit: 1, ...(cursor !== undefined && { cursor }) }));
      names.push(...page.data.map(({ name }) => name));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    expect(names).toEqual(expect.arrayContaining(['admin', 'auditor', 'list-1', 'list-2']));
    expect(new Set(names).size).toBe(names.length);
    const { data } = await people.groups.list({});
    expect(data.find(({ name }) => name === 'list-2')).toMatchObject({ policy: { models: ['list-2'] }, role: false });
    expect(data.find(({ name }) => name === 'admin')).toMatchObject({ policy: null, role: true });
    expect(await faultOf(people.groups.list({ cursor: 'made up' }))).toEqual([400, 'invalid_request', 'cursor']);
  });

  test.for(['', '-red', 'a b', 'a/b', 'rot\u202e', '\u001b[2J', 'a'.repeat(65), 'ä'])(
    'cannot be called %j',
    async (name, { expect }) => {
      expect(await faultOf(put(name, {}))).toEqual([400, 'invalid_request', 'group']);
      expect(await faultOf(people.groups.show(name))).toEqual([404, 'not_found', undefined]);
      expect(await faultOf(people.groups.remove(admin, name))).toEqual([404, 'not_found', undefined]);
      expect(await faultOf(people.groups.addUser(admin, name, admin.username))).toEqual([404, 'not_found', undefined]);
    },
  );

  test.for([
    [{ policy: { team: 'red' } }, [400, 'invalid_request', 'policy.team']],
    [{ policy: { rpm: 0 } }, [400, 'invalid_request', 'policy.rpm']],
  ] as const)('with %j is refused, and not made', async ([input, expected], { expect }) => {
    expect(await faultOf(put('refused', input))).toEqual(expected);
    expect(await faultOf(people.groups.show('refused'))).toEqual([404, 'not_found', undefined]);
  });

  test.for(['Admin', 'ADMIN', 'Auditor'])(
    'cannot be called %s, which people take for a role',
    async (name, { expect }) => {
      expect(await faultOf(put(name, {}))).toEqual([400, 'invalid_request', 'group']);
      expect(await faultOf(people.groups.show(name))).toEqual([404, 'not_found', undefined]);
    },
  );

  test('is deleted last: what stopped half-way is done again, and tells how many were in it', async ({ expect }) => {
    await put('going', { policy: { models: ['a'] } });
    const usernames = await Promise.all(['going', 'going'].map((group) => deployment.createPerson([group])));
    const before = await generationsOf(usernames);
    for (const call of ['listMembers', 'deleteGroup']) {
      const dying = startPeople(deployment, instance, async (each) => {
        if (each === call) throw down();
      });
      expect(await faultOf(dying.groups.remove(admin, 'going'))).toEqual([503, 'auth_unavailable', undefined]);
      expect(await people.groups.show('going')).toMatchObject({ name: 'going' });
    }
    expect(await people.groups.remove(admin, 'going')).toEqual({ name: 'going', deleted: true, members: 2 });
    const after = await generationsOf(usernames);
    expect(after.every((each, index) => each > (before[index] ?? 0))).toBe(true);
    expect((await instance.people.find(usernames[0] ?? ''))?.groups).toEqual([]);
    expect((await deployment.trailOf('going')).at(-1)).toMatchObject({
      action: 'group.delete',
      before: { members: 2 },
    });
  });

  test.for(['admin', 'auditor'])('that is the role %s stays, without a policy', async (name, { expect }) => {
    expect(await faultOf(people.groups.remove(admin, name))).toEqual([409, 'role_group', undefined]);
    expect(await faultOf(put(name, { policy: { models: ['x'] } }))).toEqual([409, 'role_group', undefined]);
    expect(await put(name, { description: 'changed' })).toMatchObject({ role: true, description: 'changed' });
  });
});

describe('members', () => {
  test('come and go, twice as well as once', async ({ expect }) => {
    await put('blue', {});
    const username = await deployment.createPerson();
    for (let time = 0; time < 2; time++) {
      expect(await people.groups.addUser(admin, 'blue', username)).toMatchObject({ groups: ['blue'] });
    }
    expect((await instance.people.find(username))?.groups).toEqual(['blue']);
    for (let time = 0; time < 2; time++) {
      expect(await people.groups.removeUser(admin, 'blue', username)).toMatchObject({ groups: [] });
    }
    expect((await instance.people.find(username))?.groups).toEqual([]);
    expect(await faultOf(people.groups.addUser(admin, 'nowhere', username))).toEqual([404, 'not_found', undefined]);
  });

  test('are in the trail with their groups before and after; where nothing was to do, both are the same', async ({
    expect,
  }) => {
    await put('green', {});
    const username = await deployment.createPerson();
    for (const change of ['addUser', 'addUser', 'removeUser', 'removeUser'] as const) {
      await people.groups[change](admin, 'green', username);
    }
    const [none, one] = [{ groups: [] }, { groups: ['green'] }];
    const rows = (await deployment.trailOf('green')).filter((row) => row['user'] === username);
    expect(rows.map(({ action, before, after }) => [action, before, after])).toEqual([
      ['group.add_user', none, one],
      ['group.add_user', one, one],
      ['group.remove_user', one, none],
      ['group.remove_user', none, none],
    ]);
  });

  test('get no role without a row, wherever it stops', async ({ expect }) => {
    for (const stop of ['audit.putItem', 'addToGroup']) {
      const username = await deployment.createPerson();
      const dying = startPeople(deployment, instance, async (call) => {
        if (call === stop) throw down();
      });
      expect(await faultOf(dying.groups.addUser(admin, 'admin', username))).toEqual([
        503,
        'auth_unavailable',
        undefined,
      ]);
      const rows = (await deployment.trailOf('admin')).filter((row) => row['user'] === username);
      expect([(await instance.people.read(username))?.groups, rows.length]).toEqual([
        [],
        stop === 'addToGroup' ? 1 : 0,
      ]);
    }
  });

  test('of a role sign in', async ({ expect }) => {
    const { user_id: id } = await people.users.create(admin, { service_name: 'robot' });
    expect(await faultOf(people.groups.addUser(admin, 'admin', id))).toEqual([400, 'invalid_request', undefined]);
  });

  test('all are told of a change of policy: over several pages, again after it stopped half-way', async ({
    expect,
  }) => {
    await put('many', {});
    const usernames = await Promise.all(Array.from({ length: 70 }, () => deployment.createPerson(['many'])));
    const first = await generationsOf(usernames);
    let pages = 0;
    const dying = startPeople(deployment, instance, async (call) => {
      if (call === 'listMembers' && ++pages === 2) throw down();
    });
    expect(await faultOf(put('many', { policy: { models: ['a'] } }, dying))).toEqual([
      503,
      'auth_unavailable',
      undefined,
    ]);
    const half = await generationsOf(usernames);
    expect(half.filter((each, index) => each > (first[index] ?? 0))).toHaveLength(60);
    await put('many', { policy: { models: ['a'] } });
    const second = await generationsOf(usernames);
    expect(second.every((each, index) => each > (half[index] ?? 0))).toBe(true);
    await people.groups.remove(admin, 'many');
    const last = await generationsOf(usernames);
    expect(last.every((each, index) => each > (second[index] ?? 0))).toBe(true);
  });
});

describe('the last administrator', () => {
  // A pool of its own: who is an administrator is counted over all of it.
  async function alone(count: number) {
    const other = await Deployment.start();
    const admins = [];
    for (let index = 0; index < count; index++) {
      admins.push(await signedIn(other, other.startInstance(), ['admin']));
    }
    return { other, admins, close: () => other.close() };
  }
  const leave = (by: PeopleInstance, caller: Caller, target: string) => ({
    disable: () => by.users.disable(caller, target),
    remove: () => by.users.remove(caller, target),
    demote: () => by.groups.removeUser(caller, 'admin', target),
  });

  test.for(['disable', 'remove', 'demote'] as const)('cannot %s themselves', async (how, { expect }) => {
    const { other, admins, close } = await alone(1);
    const [only] = admins;
    if (!only) throw new Error('there is one');
    const by = startPeople(other, other.startInstance());
    // Neither who was invited, nor who is disabled, nor a machine could do the work.
    const { user_id: invited } = await by.users.create(only, { email: 'new@example.com', groups: ['admin'] });
    const disabled = await other.createPerson(['admin']);
    await by.users.disable(only, disabled);
    expect(await faultOf(leave(by, only, only.username)[how]())).toEqual([409, 'last_admin', undefined]);
    expect(await by.users.show(only.username)).toMatchObject({ status: 'active', groups: ['admin'], mfa: true });
    expect(await faultOf(leave(by, only, invited)[how]())).toBe('ok');
    await other.createPerson(['admin']);
    expect(await faultOf(leave(by, only, only.username)[how]())).toBe('ok');
    await close();
  });

  test.for(['disable', 'remove', 'demote'] as const)(
    'stays when two %s themselves at the same moment, in two processes',
    async (how, { expect }) => {
      const { other, admins, close } = await alone(2);
      const work = admins.map((admin) =>
        leave(startPeople(other, other.startInstance()), admin, admin.username)[how](),
      );
      const outcomes = await Promise.all(work.map(faultOf));
      expect(outcomes).toHaveLength(2);
      expect(outcomes).toEqual(expect.arrayContaining(['ok', [409, 'last_admin', undefined]]));
      await close();
    },
  );

  test.for(['disable', 'remove', 'demote'] as const)(
    'stays when two %s each other at the same moment, in two processes',
    async (how, { expect }) => {
      const { other, admins, close } = await alone(2);
      const [ann, bob] = admins;
      if (!ann || !bob) throw new Error('there are two');
      // Both have passed every check there is before the change itself.
      const slow = async (call: string) => {
        if (call === 'setEnabled' || call === 'signOut' || call === 'removeFromGroup') await delay(300);
      };
      const outcomes = await Promise.all([
        faultOf(leave(startPeople(other, other.startInstance(), slow), ann, bob.username)[how]()),
        faultOf(leave(startPeople(other, other.startInstance(), slow), bob, ann.username)[how]()),
      ]);
      expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(1);
      const refused = outcomes.find((outcome) => outcome !== 'ok');
      expect([401, 403]).toContain(Array.isArray(refused) ? refused[0] : refused);
      await close();
    },
  );
});

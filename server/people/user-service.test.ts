import { AdminGetUserCommand, AdminListGroupsForUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { CreateUser, ListUsersQuery, UpdateUser, User, UserList } from '../../shared/api/users.ts';
import type { Caller } from '../audit/audit-trail.ts';
import { bearer, Deployment, type Instance, outcomeOf } from '../keys/test-deployment.ts';
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
  for (const group of ['red', 'blue', 'auditor']) await people.groups.put(admin, group, {});
});
afterAll(() => deployment.close());

let count = 0;
const email = () => `person${++count}@example.com`;
const nobody = '00000000-0000-4000-8000-000000000000';

async function inPool(username: string) {
  const who = { UserPoolId: deployment.userPoolId, Username: username };
  const { UserAttributes = [], UserStatus, Enabled } = await deployment.admin.send(new AdminGetUserCommand(who));
  const { Groups = [] } = await deployment.admin.send(new AdminListGroupsForUserCommand(who));
  const attributes = Object.fromEntries(UserAttributes.map(({ Name = '', Value }) => [Name, Value]));
  return { attributes, status: UserStatus, enabled: Enabled, groups: Groups.map(({ GroupName }) => GroupName) };
}

async function everybody(): Promise<string[]> {
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await people.users.list(ListUsersQuery.parse(cursor === undefined ? {} : { cursor }));
    names.push(...page.data.map(({ user_id }) => user_id));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return names;
}

const create = (input: unknown, by = people) => by.users.create(admin, CreateUser.parse(input));

describe('create', () => {
  test('invites a person by e-mail, under a username of ours', async ({ expect }) => {
    const address = email();
    const made = await create({
      email: `  ${address.toUpperCase()} `,
      groups: ['red', 'red'],
      policy: { team: 'red' },
    });
    expect(User.parse(made)).toEqual({
      user_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      type: 'person',
      email: address,
      name: null,
      status: 'invited',
      groups: ['red'],
      policy: { ...noShownLimits, models: null, team: 'red' },
      active_keys: 0,
      created_at: expect.any(String),
      mfa: false,
      models: ['*'],
    });
    expect(await inPool(made.user_id)).toMatchObject({
      attributes: { email: address, email_verified: 'true', 'custom:policy': '{"v":1,"team":"red"}' },
      status: 'FORCE_CHANGE_PASSWORD',
      groups: ['red'],
    });
    expect(await deployment.trailOf(made.user_id)).toMatchObject([
      { action: 'user.create', actor: admin.username, user: made.user_id, after: { name: null, groups: ['red'] } },
    ]);
  });

  test('tells a temporary password once, when no e-mail is wanted', async ({ expect }) => {
    const made = await create({ email: email(), invite: false });
    expect(made.temporary_password).toMatch(/^(\w{5}-){3}\w{5}$/);
    expect(await people.users.show(made.user_id)).not.toHaveProperty('temporary_password');
    expect(JSON.stringify(await deployment.trailOf(made.user_id))).not.toContain(made.temporary_password);
  });

  test('makes a service account without e-mail or password', async ({ expect }) => {
    const made = await create({ service_name: ' nightly build ', groups: ['blue'] });
    expect(made).toMatchObject({ type: 'service', email: null, name: 'nightly build', status: 'active' });
    expect(made).not.toHaveProperty('temporary_password');
    expect((await inPool(made.user_id)).attributes).not.toHaveProperty('email');
  });

  test.for([
    [{}, [400, 'invalid_request', 'email']],
    [{ email: 'a@b.c', service_name: 'x' }, [400, 'invalid_request', 'service_name']],
    [{ service_name: 'x', invite: true }, [400, 'invalid_request', 'invite']],
    [{ service_name: 'x', groups: ['red', 'admin'] }, [400, 'invalid_request', 'groups[1]']],
    [{ email: 'a@b.c', groups: ['red', 'green'] }, [400, 'invalid_request', 'groups[1]']],
    [{ email: 'a@b.c', groups: ['red'], policy: { team: 'blue' } }, [400, 'invalid_request', 'policy.team']],
    [{ email: 'a@b.c', groups: ['auditor'], policy: { team: 'auditor' } }, [400, 'invalid_request', 'policy.team']],
    [{ email: 'a@b.c', policy: { rpm: 0 } }, [400, 'invalid_request', 'policy.rpm']],
    [
      { email: 'a@b.c', policy: { budgets: [{ period: 'day', limit_usd: 0 }] } },
      [400, 'invalid_request', 'policy.budgets[0].limit_usd'],
    ],
  ] as const)('%j is refused and makes nobody', async ([input, expected], { expect }) => {
    const before = await everybody();
    expect(await faultOf(create(input))).toEqual(expected);
    expect(await everybody()).toEqual(before);
  });

  test.for(['', 'ann', 'a b@c', 'a"@b', 'a\\@b', 'a@b@c', 'a\u202e@b.c', 'a\u0007@b.c', `${'a'.repeat(251)}@b.c`])(
    'the e-mail %j is none',
    (address, { expect }) => {
      expect(CreateUser.safeParse({ email: address }).success).toBe(false);
    },
  );

  test('an e-mail is one person’s, whatever its capitals', async ({ expect }) => {
    const address = email();
    await create({ email: address });
    expect(await faultOf(create({ email: address.toUpperCase() }))).toEqual([409, 'email_taken', undefined]);
  });

  test.for(['createUser', 'addToGroup', 'audit.putItem', 'sendInvitation'])(
    'leaves nobody behind when %s fails',
    async (step, { expect }) => {
      const faulty = startPeople(deployment, instance, async (call) => {
        if (call === step) throw down();
      });
      const before = await everybody();
      const address = email();
      expect(await faultOf(create({ email: address, groups: ['red', 'blue'] }, faulty))).toEqual([
        503,
        'auth_unavailable',
        undefined,
      ]);
      expect(await everybody()).toEqual(before);
      expect((await create({ email: address })).email).toBe(address);
    },
  );

  test('says who stands in part when even the removal fails', async ({ expect }) => {
    const faulty = startPeople(deployment, instance, async (call) => {
      if (call === 'addToGroup' || call === 'deleteUser') throw down();
    });
    const before = await everybody();
    const refusal = create({ email: email(), groups: ['red'] }, faulty);
    await expect(refusal).rejects.toMatchObject({ status: 503 });
    const [left] = (await everybody()).filter((name) => !before.includes(name));
    await expect(refusal).rejects.toThrow(`DELETE /v1/users/${left}`);
    expect(faulty.logLines.join()).toContain('user_left_behind');
  });
});

describe('list', () => {
  test('has everybody once, in pages, and narrows', async ({ expect }) => {
    const address = email();
    const invited = await create({ email: address, groups: ['blue'] });
    const service = await create({ service_name: 'ci', groups: ['blue'] });
    await people.users.disable(admin, service.user_id);
    const names = await everybody();
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain(admin.username);
    const list = async (query: object) => {
      const page = UserList.parse(await people.users.list(ListUsersQuery.parse(query)));
      return page.data.map(({ user_id }) => user_id);
    };
    expect(await list({ email: address.toUpperCase() })).toEqual([invited.user_id]);
    expect(await list({ group: 'blue', status: 'invited' })).toContain(invited.user_id);
    expect(await list({ group: 'blue', status: 'invited' })).not.toContain(service.user_id);
    expect(await list({ status: 'disabled' })).toContain(service.user_id);
    expect(await list({ status: 'invited' })).not.toContain(service.user_id);
    expect(await list({ status: 'active' })).toContain(admin.username);
    const found = await people.users.list(ListUsersQuery.parse({ email: address, limit: '1' }));
    expect(found).toMatchObject({ data: [{ groups: ['blue'], type: 'person' }] });
    expect(await faultOf(people.users.list({ group: 'nowhere' }))).toEqual([404, 'not_found', undefined]);
    expect(await faultOf(people.users.list({ cursor: 'made up' }))).toEqual([400, 'invalid_request', 'cursor']);
    const first = await people.users.list({ limit: 1 });
    expect(first.data).toHaveLength(1);
  });
});

describe('one person', () => {
  test.for([nobody, 'ann@example.com', '../x', '', 'A'.repeat(200), 'a b'])(
    '%j is nobody, in the same words',
    async (id, { expect }) => {
      const calls = [
        people.users.show(id),
        people.users.update(admin, id, { name: 'x' }),
        people.users.disable(admin, id),
        people.users.enable(admin, id),
        people.users.remove(admin, id),
        people.users.resetMfa(admin, id),
        people.users.invite(admin, id, {}),
        people.groups.addUser(admin, 'red', id),
        people.groups.removeUser(admin, 'red', id),
      ];
      for (const result of await Promise.allSettled(calls)) {
        expect(result).toMatchObject({
          status: 'rejected',
          reason: { status: 404, message: 'There is no person with this id.' },
        });
      }
    },
  );

  test('is not found by their e-mail or in capitals, and no balance is made for such a name', async ({ expect }) => {
    const made = await create({ email: email() });
    for (const id of [made.email ?? '', made.user_id.toUpperCase()]) {
      expect(await faultOf(people.users.disable(admin, id))).toEqual([404, 'not_found', undefined]);
      expect(await deployment.clients().dynamo.getItem('pennyworth', { pk: `U#${id}`, sk: 'B' })).toBeUndefined();
    }
  });

  test('changes what is named and keeps the rest', async ({ expect }) => {
    const { user_id: id } = await create({ email: email(), groups: ['red', 'blue'], policy: { models: ['nova-*'] } });
    const address = email();
    expect(await people.users.update(admin, id, UpdateUser.parse({ name: ' Ann ', email: address }))).toMatchObject({
      name: 'Ann',
      email: address,
      policy: { models: ['nova-*'], team: null },
      models: ['nova-*'],
    });
    const changed = await people.users.update(admin, id, UpdateUser.parse({ policy: { team: 'blue' }, name: null }));
    expect(changed).toMatchObject({ name: null, policy: { models: null, team: 'blue' }, models: ['*'] });
    expect(await people.users.update(admin, id, { policy: null })).toMatchObject({ policy: null });
    expect(await people.users.show(id)).toMatchObject({ name: null, email: address, policy: null });
    const trail = await deployment.trailOf(id);
    expect(trail).toHaveLength(4);
    expect(trail[1]).toMatchObject({ before: { name: null }, after: { name: 'Ann', email_changed: true } });
    expect(JSON.stringify(trail)).not.toContain('@');
  });

  test('who names themselves, with Cognito’s own API, is shown without what would rewrite a terminal', async ({
    expect,
  }) => {
    const { user_id: id } = await create({ email: email(), groups: ['red'] });
    await people.options.admin.setAttributes(id, { name: `\u001b[2J\u202eAnn\u{e0041}\n${'x'.repeat(100)}` });
    const name = `[2JAnn${'x'.repeat(58)}`;
    expect(await people.users.show(id)).toMatchObject({ name });
    const { data } = await people.users.list(ListUsersQuery.parse({ group: 'red' }));
    expect(data.find(({ user_id }) => user_id === id)).toMatchObject({ name });
    expect(await instance.people.read(id)).toMatchObject({ name });
    await people.users.update(admin, id, { policy: null });
    expect((await deployment.trailOf(id)).at(-1)).toMatchObject({ before: { name }, after: { name } });
  });

  test.for([
    [{}, [400, 'invalid_request', undefined]],
    [{ policy: { team: 'red' } }, [400, 'invalid_request', 'policy.team']],
    [{ policy: { tpm: 0.5 } }, [400, 'invalid_request', 'policy.tpm']],
    [{ email: 'x@example.com' }, [400, 'invalid_request', 'email']],
    [{ name: null }, [400, 'invalid_request', 'name']],
    [
      { policy: { models: Array.from({ length: 50 }, (_, index) => `${index}${'x'.repeat(60)}`) } },
      [400, 'invalid_request', 'policy.models'],
    ],
  ] as const)('of a service account: %j is refused and changes nothing', async ([input, expected], { expect }) => {
    const { user_id: id } = await create({ service_name: 'robot' });
    expect(await faultOf(people.users.update(admin, id, UpdateUser.parse(input)))).toEqual(expected);
    expect(await people.users.show(id)).toMatchObject({ name: 'robot', email: null, policy: null });
    expect(await deployment.trailOf(id)).toHaveLength(1);
  });

  test('with an address that Cognito alone refuses is told so, not that Cognito is down', async ({ expect }) => {
    const { user_id: id } = await create({ email: email() });
    const wrong = { email: 'no address' };
    for (const work of [people.users.update(admin, id, wrong), people.users.create(admin, wrong)]) {
      expect(await faultOf(work)).toEqual([400, 'invalid_request', 'email']);
    }
  });

  test('fields that are not theirs to set are unknown', ({ expect }) => {
    for (const field of ['groups', 'role', 'status', 'user_id', 'active_keys', 'mfa', 'custom:k01', 'enabled']) {
      expect(UpdateUser.safeParse({ [field]: 'admin' }).success, field).toBe(false);
    }
  });

  test('is disabled with all keys, and enabled with them', async ({ expect }) => {
    const username = await deployment.createPerson(['red']);
    const { key } = await deployment.createKey(instance, username);
    await deployment.createKey(instance, username);
    expect(await people.users.disable(admin, username)).toMatchObject({ status: 'disabled', suspended_keys: 2 });
    expect(await outcomeOf(instance.authenticate(bearer(key)))).toBe('401 invalid_api_key');
    expect(await people.users.disable(admin, username)).toMatchObject({ suspended_keys: 2 });
    expect(await people.users.enable(admin, username)).toMatchObject({ status: 'active', active_keys: 2 });
    expect(await outcomeOf(instance.authenticate(bearer(key)))).toBe('ok');
  });

  test('is deleted with their keys; a deletion that stopped half-way has disabled them and can be repeated', async ({
    expect,
  }) => {
    const username = await deployment.createPerson();
    const { key } = await deployment.createKey(instance, username);
    const faulty = startPeople(deployment, instance, async (call) => {
      if (call === 'deleteUser') throw down();
    });
    expect(await faultOf(faulty.users.remove(admin, username))).toEqual([503, 'auth_unavailable', undefined]);
    expect(await outcomeOf(instance.authenticate(bearer(key)))).toBe('401 invalid_api_key');
    expect(await people.users.remove(admin, username)).toEqual({ user_id: username, deleted: true, deleted_keys: 1 });
    expect(await faultOf(people.users.show(username))).toEqual([404, 'not_found', undefined]);
    expect((await deployment.trailOf(username)).at(-1)).toMatchObject({
      action: 'user.delete',
      before: { active_keys: 1 },
    });
    const balance = await deployment.clients().dynamo.getItem('pennyworth', { pk: `U#${username}`, sk: 'B' });
    expect(balance).toBeDefined();
  });

  test('that is an administrator is taken away within the turn, and signed out after it', async ({ expect }) => {
    const other = await signedIn(deployment, instance, ['admin']);
    const calls: unknown[] = [];
    const watching = startPeople(deployment, instance, async (call) => {
      if (call !== 'setEnabled' && call !== 'signOut') return;
      const lease = await deployment.clients().dynamo.getItem('pennyworth', { pk: 'L#group:admin', sk: 'L' });
      calls.push([call, lease !== undefined]);
    });
    await watching.users.remove(admin, other.username);
    expect(calls).toEqual([
      ['setEnabled', true],
      ['signOut', false],
    ]);
  });

  test('is enabled only with a row, and the trail has what changed', async ({ expect }) => {
    const username = await deployment.createPerson();
    await people.users.disable(admin, username);
    const dying = startPeople(deployment, instance, async (call) => {
      if (call === 'audit.putItem') throw down();
    });
    expect(await faultOf(dying.users.enable(admin, username))).toEqual([503, 'auth_unavailable', undefined]);
    expect(await people.users.show(username)).toMatchObject({ status: 'disabled' });
    await people.users.enable(admin, username);
    await people.users.enable(admin, username);
    await people.users.resetMfa(admin, username);
    const [active, disabled] = [{ status: 'active' }, { status: 'disabled' }];
    expect((await deployment.trailOf(username)).map(({ action, before, after }) => [action, before, after])).toEqual([
      ['user.disable', active, disabled],
      ['user.enable', disabled, active],
      ['user.enable', active, active],
      ['user.reset_mfa', { mfa: false }, { mfa: false }],
    ]);
  });

  test('loses their second factor by an administrator', async ({ expect }) => {
    const other = await signedIn(deployment, instance, ['admin']);
    expect(await people.users.show(other.username)).toMatchObject({ mfa: true });
    expect(await people.users.resetMfa(admin, other.username)).toMatchObject({ mfa: false });
    expect(await people.users.show(other.username)).toMatchObject({ mfa: false });
    expect(await faultOf(people.users.enable(other, admin.username))).toEqual([403, 'mfa_required', undefined]);
  });

  test('is invited again only while they have not signed in', async ({ expect }) => {
    const made = await create({ email: email(), invite: false });
    const again = await people.users.invite(admin, made.user_id, { invite: false });
    expect(again.temporary_password).toMatch(/^(\w{5}-){3}\w{5}$/);
    expect(again.temporary_password).not.toBe(made.temporary_password);
    expect(await people.users.invite(admin, made.user_id, {})).not.toHaveProperty('temporary_password');
    expect(await faultOf(people.users.invite(admin, admin.username, {}))).toEqual([409, 'not_invited', undefined]);
    const { user_id: service } = await create({ service_name: 'robot' });
    for (const work of [people.users.invite(admin, service, {}), people.users.resetMfa(admin, service)]) {
      expect(await faultOf(work)).toEqual([409, 'not_invited', undefined]);
    }
  });
});

test('who was an administrator a moment ago changes nothing, whatever another process remembers', async ({
  expect,
}) => {
  const former = await signedIn(deployment, instance, ['admin']);
  const other = startPeople(deployment, deployment.startInstance());
  await people.groups.removeUser(admin, 'admin', former.username);
  expect(await faultOf(other.groups.addUser(former, 'admin', former.username))).toEqual([403, 'forbidden', undefined]);
  await people.users.disable(admin, former.username);
  expect(await faultOf(other.users.enable(former, former.username))).toEqual([401, 'invalid_api_key', undefined]);
});

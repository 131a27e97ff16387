import { beforeEach, describe, test } from 'vitest';
import { Group, GroupList } from '../../../shared/api/groups.ts';
import { DeletedUser, User, UserList, type UserSummary } from '../../../shared/api/users.ts';
import { exampleBob, exampleBobInList, exampleGroup } from '../../testing/examples.ts';
import { answer, refusal } from '../../testing/gateway.ts';
import { setUpTerminal } from '../../testing/set-up.ts';

const { gateway, terminal } = setUpTerminal();

const batch: UserSummary = {
  ...exampleBobInList,
  user_id: 'd0a80101-42a5-4b6b-9f0e-0d3f3a5a9c33',
  type: 'service',
  email: null,
  name: 'nightly\u001b[31m-batch\u202e',
  groups: [],
};
const bobPath = `/v1/users/${exampleBob.user_id}`;
const people = (...data: unknown[]) => answer(200, { data, next: null });
const sent = () => gateway.received.map(({ method, path, body }) => [method, path, body]);

describe('users create', () => {
  test('invites by e-mail, and prints for programs who it is', async ({ expect }) => {
    gateway.on('POST /v1/users', answer(201, { ...exampleBob, status: 'invited' }));
    const argv = ['users', 'create', 'bob@example.com', '--groups', 'research, ops'];
    const { code, out, err } = await terminal.run(argv);
    expect([code, out]).toEqual([0, `${exampleBob.user_id}\tbob@example.com\tinvited\tresearch\n`]);
    expect(err).toContain('Invited bob@example.com');
    expect(sent()).toEqual([['POST', '/v1/users', { email: 'bob@example.com', groups: ['research', 'ops'] }]]);
    expect((await terminal.run(argv, { outIsTty: true })).out).toBe('');
  });

  test('with --no-invite prints the temporary password alone, once', async ({ expect }) => {
    gateway.on('POST /v1/users', answer(201, { ...exampleBob, temporary_password: 'Aa1-temporary' }));
    const { out, err } = await terminal.run(['users', 'create', 'bob@example.com', '--no-invite']);
    expect(out).toBe('Aa1-temporary\n');
    expect(err).not.toContain('Aa1-temporary');
    expect(gateway.received[0]?.body).toEqual({ email: 'bob@example.com', invite: false });
    const json = await terminal.run(['users', 'create', 'bob@example.com', '--no-invite', '--json']);
    expect(User.parse(JSON.parse(json.out)).temporary_password).toBe('Aa1-temporary');
  });

  test('a password that would write to the terminal is not printed', async ({ expect }) => {
    gateway.on('POST /v1/users', answer(201, { ...exampleBob, temporary_password: '\u001b[2Jx' }));
    const { code, out } = await terminal.run(['users', 'create', 'bob@example.com', '--no-invite']);
    expect([code, out]).toEqual([7, '']);
  });

  test('makes a service account', async ({ expect }) => {
    gateway.on('POST /v1/users', answer(201, { ...exampleBob, ...batch, name: 'nightly' }));
    const { err } = await terminal.run(['users', 'create', '--service', 'nightly']);
    expect(err).toContain(`→ pennyworth keys create <name> --user ${batch.user_id}`);
    expect(gateway.received[0]?.body).toEqual({ service_name: 'nightly' });
  });

  test.for([
    [[], 'name a person by e-mail'],
    [['a@example.com', '--service', 'x'], 'name a person by e-mail'],
    [['--service', 'x', '--no-invite'], 'nobody signs in to a service account'],
  ] as const)('%j is refused before anything is sent', async ([args, message], { expect }) => {
    const { code, err } = await terminal.run(['users', 'create', ...args]);
    expect([code, err, sent()]).toEqual([2, expect.stringContaining(message), []]);
  });

  test.for([
    [409, 'email_taken', 'pennyworth users show <e-mail>'],
    [403, 'mfa_required', 'pennyworth mfa enroll'],
    [403, 'forbidden', 'ask your administrator'],
    [503, 'invitation_not_sent', '--no-invite'],
  ] as const)('leads on after %s %s', async ([status, code, hint], { expect }) => {
    gateway.on('POST /v1/users', refusal(status, code, 'No.'));
    expect((await terminal.run(['users', 'create', 'bob@example.com'])).err).toContain(hint);
  });
});

describe('users list and users show', () => {
  test('are tables for people, lines for programs, and show no escape of a name', async ({ expect }) => {
    gateway.on('GET /v1/users', people(exampleBobInList, batch));
    const piped = await terminal.run(['users', 'list', '--group', 'research', '--status', 'active']);
    expect(piped.out.split('\n')).toEqual([
      `${exampleBob.user_id}\tbob@example.com\tperson\tactive\tresearch\t2\t2026-10-01T08:00:00.000Z`,
      `${batch.user_id}\tnightly-batch\tservice\tactive\t\t2\t2026-10-01T08:00:00.000Z`,
      '',
    ]);
    expect(gateway.received[0]?.path).toBe('/v1/users?group=research&status=active&limit=1000');
    const shown = await terminal.run(['users', 'list'], { outIsTty: true, env: { NO_COLOR: '1' }, columns: 200 });
    expect(shown.out).toMatch(/^ID +EMAIL +TYPE +STATUS +GROUPS +KEYS +CREATED\n/);
    expect(shown.out).not.toMatch(/\p{Cc}(?<!\n)|\u202e/u);
    const json = await terminal.run(['users', 'list', '--json']);
    expect(UserList.parse(JSON.parse(json.out)).data).toEqual([exampleBobInList, batch]);
    expect((await terminal.run(['users', 'list', '--csv', '--fields', 'email,groups'])).out).toBe(
      'email,groups\r\nbob@example.com,research\r\n,\r\n',
    );
    expect((await terminal.run(['users', 'list', '--status', 'gone'])).code).toBe(2);
  });

  test('find somebody by id, e-mail or name, and say when that is nobody or several', async ({ expect }) => {
    gateway.on(`GET ${bobPath}`, answer(200, exampleBob));
    gateway.on(
      'GET /v1/users',
      people(exampleBobInList, { ...batch, name: 'bot' }, { ...exampleBobInList, email: null, name: 'bot' }),
    );
    for (const who of [exampleBob.user_id, 'Bob@Example.com']) {
      const { out } = await terminal.run(['users', 'show', who, '--json']);
      expect(User.parse(JSON.parse(out))).toEqual(exampleBob);
    }
    const piped = await terminal.run(['users', 'show', 'bob@example.com']);
    expect(piped.out.split('\n')).toContain('May call\tclaude-*');
    expect(await terminal.run(['users', 'show', 'bot'])).toMatchObject({
      code: 2,
      err: expect.stringContaining(`name one by id: ${batch.user_id}, `),
    });
    expect(await terminal.run(['users', 'show', 'nobody'])).toMatchObject({
      code: 6,
      err: 'Error: there is nobody "nobody"\n  → pennyworth users list\n',
    });
  });
});

describe('what cannot easily be undone', () => {
  beforeEach(() => {
    gateway.on('GET /v1/users', people(exampleBobInList));
    gateway.on(`POST ${bobPath}/disable`, answer(200, { ...exampleBob, status: 'disabled', suspended_keys: 2 }));
    gateway.on(`POST ${bobPath}/reset-mfa`, answer(200, exampleBob));
    gateway.on(`DELETE ${bobPath}`, answer(200, { user_id: exampleBob.user_id, deleted: true, deleted_keys: 2 }));
    gateway.on('GET /v1/groups/research', answer(200, exampleGroup));
    gateway.on('DELETE /v1/groups/research', answer(200, { name: 'research', deleted: true }));
  });
  const bob = 'bob@example.com';

  test.for([
    ['users', 'disable', bob],
    ['users', 'reset-mfa', bob],
    ['users', 'delete', bob],
    ['groups', 'delete', 'research'],
  ])('%j asks, and does nothing where nobody can be asked', async (argv, { expect }) => {
    const { code, err } = await terminal.run(argv);
    expect([code, err]).toEqual([2, expect.stringContaining('→ add --yes')]);
    expect(gateway.received.filter(({ method }) => method !== 'GET')).toEqual([]);
    const agreed = await terminal.run([...argv, '--yes']);
    expect([agreed.code, agreed.out]).toEqual([0, expect.stringMatching(/^\S+\t.*\n$/)]);
  });

  test('disable and delete say how many keys it was', async ({ expect }) => {
    const disabled = await terminal.run(['users', 'disable', bob, '--yes']);
    expect(disabled.err).toContain('2 active keys work no more until they are enabled');
    const json = await terminal.run(['users', 'delete', bob, '--yes', '--json']);
    expect(DeletedUser.parse(JSON.parse(json.out)).deleted_keys).toBe(2);
  });

  test('the last admin stays, and it is said what to do first', async ({ expect }) => {
    gateway.on(`POST ${bobPath}/disable`, refusal(409, 'last_admin', 'Nobody would be left.'));
    expect(await terminal.run(['users', 'disable', bob, '--yes'])).toMatchObject({
      code: 5,
      err: expect.stringContaining('pennyworth users groups add <user> admin'),
    });
  });
});

test('users enable and users invite say what they did', async ({ expect }) => {
  gateway.on('GET /v1/users', people(exampleBobInList));
  gateway.on(`POST ${bobPath}/enable`, answer(200, exampleBob));
  gateway.on(`POST ${bobPath}/invite`, answer(200, { ...exampleBob, temporary_password: 'Aa1-again' }));
  expect((await terminal.run(['users', 'enable', 'bob@example.com'])).err).toContain('Enabled bob@example.com and 2');
  expect((await terminal.run(['users', 'invite', 'bob@example.com'])).out).not.toContain('Aa1-again');
  expect((await terminal.run(['users', 'invite', 'bob@example.com', '--no-invite'])).out).toBe('Aa1-again\n');
  expect(gateway.received.at(-1)?.body).toEqual({ invite: false });
  gateway.on(`POST ${bobPath}/invite`, refusal(409, 'not_invited', 'Signed in already.'));
  expect((await terminal.run(['users', 'invite', 'bob@example.com'])).err).toContain('users reset-mfa');
});

describe('policies and groups', () => {
  const limits = { budgets: [{ period: 'day' as const, limit_usd: '5' }], rpm: null, tpm: null, concurrency: 3 };
  const shown = { models: ['nova-*'], team: 'research', ...limits };
  beforeEach(() => {
    gateway.on('GET /v1/users', people(exampleBobInList));
    gateway.on(`GET ${bobPath}`, answer(200, exampleBob));
    gateway.on(`PATCH ${bobPath}`, answer(200, { ...exampleBob, policy: shown }));
    gateway.on('GET /v1/groups', answer(200, { data: [exampleGroup, { ...exampleGroup, name: 'ops' }], next: null }));
    gateway.on('GET /v1/groups/research', answer(200, exampleGroup));
    gateway.on('PUT /v1/groups/research', answer(200, exampleGroup));
    gateway.on('PUT /v1/groups/new', answer(200, { ...exampleGroup, name: 'new' }));
    for (const method of ['PUT', 'DELETE']) {
      gateway.on(`${method} /v1/groups/research/users/${exampleBob.user_id}`, answer(200, exampleBob));
    }
  });
  const bob = 'bob@example.com';

  test.for([
    [
      ['users', 'policy', 'set', bob, '--models', 'nova-*', '--team', 'research'],
      { models: ['nova-*'], team: 'research' },
    ],
    [['users', 'policy', 'set', bob, '--none'], null],
  ] as const)('%j sets the whole policy', async ([argv, policy], { expect }) => {
    const { code, out } = await terminal.run(argv);
    expect([code, out]).toEqual([
      0,
      expect.stringContaining('Own policy\tnova-* team research $5/day, 3 concurrency\n'),
    ]);
    expect(sent().at(-1)).toEqual(['PATCH', bobPath, { policy }]);
  });

  test('a policy keeps what is not named', async ({ expect }) => {
    gateway.on('GET /v1/users', people({ ...exampleBobInList, policy: shown }));
    const argv = ['users', 'policy', 'set', bob, '--budget', '20/month,$100.50/total', '--concurrency', 'none'];
    expect((await terminal.run(argv)).code).toBe(0);
    const budgets = [
      { period: 'month', limit_usd: '20' },
      { period: 'total', limit_usd: '100.50' },
    ];
    expect(gateway.received.at(-1)?.body).toEqual({ policy: { ...shown, budgets, concurrency: null } });
    await terminal.run(['groups', 'policy', 'research', '--models', 'nova-*']);
    const team = { models: ['nova-*'], budgets: [], rpm: 60, tpm: null, concurrency: null };
    expect(gateway.received.at(-1)?.body).toEqual({ policy: team });
  });

  test.for([
    ['--budget', '20'],
    ['--budget', '20/week'],
    ['--budget', ','],
    ['--budget=-5/month'],
    ['--budget', '1.0000000001/month'],
    ['--budget', '12345678/month'],
    ['--budget', '1e3/month'],
    ['--budget', '5/month,0,5/day'],
    ['--rpm', '0'],
    ['--none', '--rpm', '5'],
    [],
  ])('%j is refused', async (args, { expect }) => {
    expect((await terminal.run(['users', 'policy', 'set', bob, ...args])).code).toBe(2);
    expect(gateway.received).toEqual([]);
  });

  test('users policy show and users groups list say what holds', async ({ expect }) => {
    const policy = await terminal.run(['users', 'policy', 'show', bob, '--json']);
    expect(JSON.parse(policy.out)).toMatchObject({ policy: null, models: ['claude-*'] });
    const groups = await terminal.run(['users', 'groups', 'list', bob, '--json']);
    expect(GroupList.parse(JSON.parse(groups.out)).data).toEqual([exampleGroup]);
    const shown = await terminal.run(['groups', 'list'], { outIsTty: true, env: { NO_COLOR: '1' } });
    expect(shown.out).toMatch(
      /^NAME +KIND +POLICY +DESCRIPTION +CREATED\nresearch +team +claude-\* 60 rpm +Those who ask/,
    );
  });

  test.for([
    [['groups', 'add', 'research', bob, exampleBob.user_id], 'PUT'],
    [['groups', 'remove', 'research', bob], 'DELETE'],
    [['users', 'groups', 'add', bob, 'research'], 'PUT'],
    [['users', 'groups', 'remove', bob, 'research'], 'DELETE'],
  ] as const)('%j changes each person once', async ([argv, method], { expect }) => {
    const { code, out } = await terminal.run(argv);
    expect([code, out]).toEqual([0, `${exampleBob.user_id}\tbob@example.com\tresearch\n`]);
    const path = `/v1/groups/research/users/${exampleBob.user_id}`;
    expect(sent().filter(([each]) => each !== 'GET')).toEqual([[method, path, undefined]]);
  });

  test('groups create makes a new one only, groups policy changes an old one only', async ({ expect }) => {
    expect((await terminal.run(['groups', 'create', 'new', '--models', 'claude-*', '--description', 'D'])).out).toBe(
      'new\tteam\n',
    );
    expect(sent().at(-1)).toEqual(['PUT', '/v1/groups/new', { description: 'D', policy: { models: ['claude-*'] } }]);
    expect(await terminal.run(['groups', 'create', 'research'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('pennyworth groups policy research'),
    });
    expect((await terminal.run(['groups', 'policy', 'other', '--none'])).code).toBe(6);
    gateway.received.length = 0;
    expect(Group.parse(JSON.parse((await terminal.run(['groups', 'policy', 'research', '--json'])).out))).toEqual(
      exampleGroup,
    );
    expect(sent()).toEqual([['GET', '/v1/groups/research', undefined]]);
    await terminal.run(['groups', 'policy', 'research', '--none', '--description', '']);
    expect(sent().at(-1)).toEqual(['PUT', '/v1/groups/research', { description: null, policy: null }]);
    expect((await terminal.run(['groups', 'policy', 'research', '--none', '--models', 'x'])).code).toBe(2);
    expect((await terminal.run(['groups', 'show', '../users'])).code).toBe(6);
    expect(gateway.received.at(-1)?.path).toBe('/v1/groups/..%2Fusers');
  });
});

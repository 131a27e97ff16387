import { beforeAll, describe, inject, test } from 'vitest';
import * as z from 'zod/mini';
import { routes } from '../routes/routes.ts';
import {
  admitted,
  type CallerName,
  callers,
  expectations,
  hostileFields,
  type RouteExpectation,
  widerQueries,
} from './access-expectations.ts';
import { type Answered, createKey, createPerson, request, type SignedIn } from './people.ts';

// Every route of the table, by every kind of caller, for one's own things, other people's, and such as do not exist: what
// access-expectations.ts does not allow is refused, and what is another's is told in the very words of what is not there.

const { model } = inject('dev');
const nobody = '00000000-0000-4000-8000-000000000000';
const team = `matrix-${crypto.randomUUID().slice(0, 8)}`;

const named = routes.map((route) => [`${route.method} ${route.path}`, route] as const);

let credentials: Readonly<Record<CallerName, string | undefined>>;
let owner: SignedIn;
/** Of this file alone: other files use the same stack at the same time. */
let usernames: readonly string[];
let foreignKey: string;
let foreignResponse: string;

beforeAll(async () => {
  const [mate, auditor, weakAdmin, admin, disabled, machine] = await Promise.all([
    createPerson([team]),
    createPerson(['auditor']),
    createPerson(['admin']),
    createPerson(['admin'], { secondFactor: true }),
    createPerson([team]),
    createPerson([team], { email: false }),
  ]);
  const person = await createPerson([team]);
  owner = await createPerson([team]);
  usernames = [mate, auditor, weakAdmin, admin, disabled, machine, person, owner].map(({ username }) => username);
  const ofDisabled = await createKey(disabled);
  const scoped = await Promise.all(
    ['inference', 'usage', 'mcp'].map((scope) => createKey(person, { scopes: [scope] })),
  );
  const [inference, usage, mcp] = scoped.map(({ key }) => key);
  credentials = {
    nobody: undefined,
    'key with inference': inference,
    'key with usage': usage,
    'key with mcp': mcp,
    'service key': (await createKey(machine)).key,
    person: person.token,
    'team mate': mate.token,
    auditor: auditor.token,
    'admin without MFA': weakAdmin.token,
    admin: admin.token,
    'disabled person': disabled.token,
    'key of a disabled person': ofDisabled.key,
  };
  foreignKey = (await createKey(owner)).id;
  const stored = await request(['POST', '/v1/responses'], owner.token, { model, input: 'Hi' });
  foreignResponse = z.object({ id: z.string() }).parse(stored.body).id;
  const { status } = await request(['POST', `/v1/users/${disabled.username}/disable`], admin.token);
  if (status !== 200) throw new Error(`the person was not disabled: ${status}`);
});

/** Names for a thing that is another's, and for such as are not there. */
function namesFor(target: RouteExpectation['target']): readonly Readonly<Record<string, string>>[] {
  const id = owner.username;
  const names = {
    'own key': [{ id: foreignKey }, { id: 'key_000000000000' }],
    'own response': [{ id: foreignResponse }, { id: `resp_${'0'.repeat(32)}` }],
    'any user': [{ id }, { id: nobody }, { id: `${id}@example.com` }],
    'any group': [{ group: team }, { group: 'no-such-team' }],
    'any member': [
      { group: team, id },
      { group: team, id: nobody },
      { group: 'admin', id },
      { group: 'no-such-team', id },
    ],
    model: [{ id: model }, { id: 'no-such-model' }],
  };
  return target === undefined ? [{}] : names[target];
}

function pathsOf(path: string, { target }: RouteExpectation): readonly string[] {
  return namesFor(target).map((names) =>
    path.replace(/:(\w+)(\{[^}]*\})?/g, (_, name: string) => encodeURIComponent(names[name] ?? '')),
  );
}

/** What the door answers a caller; undefined for one it lets in. */
function refusalOf(caller: CallerName, { access }: RouteExpectation): { status: number; code: string } | undefined {
  if (admitted[access].includes(caller)) return undefined;
  if (caller === 'nobody' || caller.includes('disabled')) return { status: 401, code: 'invalid_api_key' };
  if (caller.includes('key')) return { status: 403, code: 'insufficient_scope' };
  return { status: 403, code: caller === 'admin without MFA' ? 'mfa_required' : 'forbidden' };
}

const readPeople = () =>
  Promise.all(
    usernames.map(async (username) => (await request(['GET', `/v1/users/${username}`], credentials.admin)).body),
  );

const inWords = ({ status, code, message }: Answered) => ({ status, code, message });

test('every route has an expectation, and every expectation a route', ({ expect }) => {
  expect(named.map(([name]) => name).sort()).toEqual(Object.keys(expectations).sort());
  for (const [name, route] of named) expect(route.access, name).toBe(expectations[name]?.access);
});

describe('at the door', () => {
  test.for(named)(
    '%s refuses whoever is not named, in the same words for what is there and what is not',
    async ([name, route], { expect }) => {
      const expected = expectations[name];
      if (!expected) throw new Error('the route has no expectation');
      for (const caller of callers) {
        const refusal = refusalOf(caller, expected);
        if (!refusal) continue;
        // Also a body that is right, or wrong in any way, changes nothing: it is not looked at.
        const bodies = route.body === null ? [undefined] : [{}, { admin: true }];
        const told: unknown[] = [];
        for (const path of pathsOf(route.path, expected)) {
          for (const body of bodies) told.push(inWords(await request([route.method, path], credentials[caller], body)));
        }
        // Anthropic's errors have no code.
        expect(told[0], caller).toMatchObject(route.dialect === 'anthropic' ? { status: refusal.status } : refusal);
        expect(told, caller).toEqual(told.map(() => told[0]));
      }
    },
  );
});

describe('behind the door', () => {
  const own = named.filter(([name]) => expectations[name]?.target?.startsWith('own'));
  test.for(own)(
    '%s: what is another’s is told like what is not there, to everybody',
    async ([name, route], { expect }) => {
      const expected = expectations[name];
      if (!expected) throw new Error('the route has no expectation');
      const [foreign = '', unknown = ''] = pathsOf(route.path, expected);
      for (const caller of admitted[expected.access]) {
        // Administrators and auditors have their own forms of some routes.
        if (expected.target === 'own key' && (caller === 'admin' || caller === 'auditor')) continue;
        const answers = await Promise.all(
          [foreign, unknown].map((path) => request([route.method, path], credentials[caller], expected.body)),
        );
        const [first, second] = answers.map(({ status, code, message }) => {
          return { status, code, message: message?.replaceAll(/(resp|key)_\w+/g, '<id>') };
        });
        expect(first, caller).toMatchObject({ status: 404 });
        expect(first, caller).toEqual(second);
      }
      expect((await request(['GET', `/v1/keys/${foreignKey}`], owner.token)).body).toMatchObject({ status: 'active' });
      expect((await request(['GET', `/v1/responses/${foreignResponse}`], owner.token)).status).toBe(200);
    },
  );

  test.for(Object.entries(widerQueries))('%s: more than one’s own is for roles', async ([name, wider], { expect }) => {
    const [method = '', path = ''] = name.split(' ');
    const door = expectations[name]?.access ?? 'admin';
    for (const caller of admitted[door]) {
      if (admitted[wider.access].includes(caller)) continue;
      for (const query of wider.queries) {
        const [foreign, unknown] = await Promise.all(
          [owner.username, nobody].map((id) =>
            request([method, `${path}?${query.replace(':user', id)}`], credentials[caller]),
          ),
        );
        expect(foreign?.status, `${caller} ${query}`).toBe(403);
        expect(unknown && inWords(unknown), `${caller} ${query}`).toEqual(foreign && inWords(foreign));
      }
    }
  });

  const changing = named.filter(([name]) => expectations[name]?.fields);
  test.for(changing)(
    '%s takes the fields that are named, and no other from anybody',
    async ([name, route], { expect }) => {
      const expected = expectations[name];
      if (!expected || !route.body) throw new Error('the route has a body and an expectation');
      const schema = z.toJSONSchema(route.body, { io: 'input', unrepresentable: 'any' });
      expect(Object.keys(schema.properties ?? {}).sort()).toEqual([...(expected.fields ?? [])].sort());
      const [path = ''] = pathsOf(route.path, expected);
      const before = await readPeople();
      for (const caller of admitted[expected.access]) {
        for (const field of hostileFields) {
          const body = JSON.parse(`{"name":"x",${JSON.stringify(field)}:"admin"}`);
          const { status, code } = await request([route.method, path], credentials[caller], body);
          expect([status, code], `${caller} ${field}`).toEqual([400, 'invalid_request']);
        }
      }
      expect(await readPeople()).toEqual(before);
    },
  );

  test('nobody changes themselves: what one is, is not for oneself to say', async ({ expect }) => {
    const { token, username } = owner;
    const before = (await request(['GET', '/v1/me'], token)).body;
    for (const body of [{ role: 'admin' }, { groups: ['admin'] }, { budgets: [] }, { models: ['*'] }, { mfa: true }]) {
      for (const method of ['PATCH', 'PUT', 'POST']) {
        expect((await request([method, '/v1/me'], token, body)).status).toBe(405);
      }
      expect((await request(['PATCH', `/v1/users/${username}`], token, body)).status).toBe(403);
    }
    expect((await request(['PUT', `/v1/groups/admin/users/${username}`], token)).status).toBe(403);
    expect((await request(['GET', '/v1/me'], token)).body).toEqual(before);
  });

  test('who is admitted is served: roles see people and groups, an administrator changes them', async ({ expect }) => {
    for (const caller of ['auditor', 'admin'] as const) {
      for (const path of ['/v1/users', `/v1/users/${owner.username}`, '/v1/groups', `/v1/groups/${team}`]) {
        expect((await request(['GET', path], credentials[caller])).status, `${caller} ${path}`).toBe(200);
      }
      const unknown = await request(['GET', `/v1/users/${nobody}`], credentials[caller]);
      expect(inWords(unknown)).toMatchObject({ status: 404, code: 'not_found' });
    }
    const victim = await createPerson([team]);
    const steps = [
      ['PATCH', `/v1/users/${victim.username}`, { name: 'Ann' }],
      ['POST', `/v1/users/${victim.username}/disable`],
      ['POST', `/v1/users/${victim.username}/enable`],
      ['POST', `/v1/users/${victim.username}/reset-mfa`],
      ['DELETE', `/v1/groups/${team}/users/${victim.username}`],
      ['PUT', `/v1/groups/${team}/users/${victim.username}`],
      ['DELETE', `/v1/users/${victim.username}`],
    ] as const;
    for (const [method, path, body] of steps) {
      const { status, message } = await request([method, path], credentials.admin, body);
      expect(status, `${method} ${path}: ${message}`).toBe(200);
    }
  });
});

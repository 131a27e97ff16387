import { setTimeout as delay } from 'node:timers/promises';
import { AdminUpdateUserAttributesCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { callsOf, Deployment, testClock } from '../keys/test-deployment.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await Deployment.start();
});
afterAll(() => deployment.close());

const reads = () => deployment.cognito.calls.get('AdminGetUser') ?? 0;

async function setAttribute(username: string, name: string, value: string): Promise<void> {
  await deployment.admin.send(
    new AdminUpdateUserAttributesCommand({
      UserPoolId: deployment.userPoolId,
      Username: username,
      UserAttributes: [{ Name: name, Value: value }],
    }),
  );
}

describe('find', () => {
  test('remembers a person for a minute', async ({ expect }) => {
    const clock = testClock();
    const { people } = deployment.startInstance({ clock });
    const username = await deployment.createPerson();
    const before = reads();
    const first = await people.find(username);
    await setAttribute(username, 'name', 'Ann');
    clock.advance(59_000);
    expect(await people.find(username)).toBe(first);
    expect(reads() - before).toBe(1);
    clock.advance(1_000);
    expect([first?.name, (await people.find(username))?.name]).toEqual([null, 'Ann']);
  });

  test('remembers for a minute that there is nobody', async ({ expect }) => {
    const clock = testClock();
    const { people } = deployment.startInstance({ clock });
    const before = reads();
    const nobody = '00000000-0000-4000-8000-000000000000';
    for (let index = 0; index < 50; index++) expect(await people.find(nobody)).toBeUndefined();
    expect(reads() - before).toBe(1);
    clock.advance(60_000);
    await people.find(nobody);
    expect(reads() - before).toBe(2);
  });

  test('after forget() answers nobody with what was read before it, however late that arrives', async ({ expect }) => {
    const arrival = Promise.withResolvers<void>();
    let waiting = true;
    const afterRead = async () => {
      if (!waiting) return;
      waiting = false;
      await arrival.promise;
    };
    const { people } = deployment.startInstance({ afterRead });
    const username = await deployment.createPerson();
    const overtaken = people.find(username);
    while (waiting) await delay(1);
    people.forget(username);
    await setAttribute(username, 'name', 'Ann');
    expect((await people.find(username))?.name).toBe('Ann');
    arrival.resolve();
    expect((await overtaken)?.name).toBeNull();
    expect((await people.find(username))?.name).toBe('Ann');
  });

  test('pairs a person with the generation of before, never with that of a later change', async ({ expect }) => {
    const username = await deployment.createPerson();
    const { people, balances } = deployment.startInstance({ afterRead: () => balances.bumpGeneration(username) });
    const person = await people.find(username);
    expect(await balances.generationOf(username)).toBe((person?.generation ?? Number.NaN) + 1);
  });
});

describe('groups and policy', () => {
  test('come with the person: no further call while they are cached', async ({ expect }) => {
    const { people, teamPolicies } = deployment.startInstance();
    const username = await deployment.createPerson(['red', 'blue', 'auditor']);
    await setAttribute(username, 'custom:policy', '{"v":1,"team":"blue"}');
    await deployment.putItem({ pk: 'G#red', sk: 'P', v: 1, models: ['nova-*'] });
    const before = [callsOf(deployment.cognito), callsOf(deployment.dynamo)];
    const person = await people.find(username);
    const first = [callsOf(deployment.cognito), callsOf(deployment.dynamo)];
    expect(await people.find(username)).toBe(person);
    expect([callsOf(deployment.cognito), callsOf(deployment.dynamo)]).toEqual(first);
    // Cognito: person and groups. DynamoDB: generation (read, made, read again) and one policy for each team.
    expect(first.map((count, index) => count - (before[index] ?? 0))).toEqual([2, 5]);
    expect([...(person?.groups ?? [])].sort()).toEqual(['auditor', 'blue', 'red']);
    expect(person).toMatchObject({ policy: { v: 1, team: 'blue' }, rights: { models: ['nova-*'] } });
    expect([...(person?.rights.teams ?? [])].sort()).toEqual(['blue', 'red']);
    expect(await teamPolicies.find('blue')).toBeUndefined();
  });

  test('person and groups are asked for at the same time', async ({ expect }) => {
    const bothAsked = Promise.withResolvers<void>();
    let asked = 0;
    const afterAsked = async () => {
      asked += 1;
      if (asked === 2) bothAsked.resolve();
      await bothAsked.promise;
    };
    const { people } = deployment.startInstance({ beforeRead: afterAsked });
    expect(await people.find(await deployment.createPerson())).toBeDefined();
  });

  test('limits of a team come with the person, of whatever models they may call', async ({ expect }) => {
    const { people, teamPolicies } = deployment.startInstance();
    const username = await deployment.createPerson(['red']);
    await setAttribute(username, 'custom:policy', '{"v":1,"models":["claude-*"],"limits":{"m":5}}');
    for (const t of [1, 2]) await teamPolicies.set('red', { v: 1, models: ['nova-*'], limits: { t } });
    const { rights } = (await people.find(username)) ?? {};
    expect(rights).toMatchObject({ models: ['claude-*'], limits: { month: 5 } });
    const ofTeam = rights?.teamLimits.get('red');
    expect(ofTeam).toMatchObject({ limits: { total: 2 } });
    await teamPolicies.set('red', null);
    people.forget(username);
    const counted = (await people.find(username))?.rights.teamLimits.get('red');
    expect(counted).toEqual({ name: 'red', generation: (ofTeam?.generation ?? Number.NaN) + 1, limits: {} });
    await teamPolicies.set('red', { v: 1, limits: { t: 3 } });
    people.forget(username);
    const again = (await people.find(username))?.rights.teamLimits.get('red');
    expect(again?.generation).toBe((ofTeam?.generation ?? Number.NaN) + 2);
  });

  test.for(['{', '7', '{"v":2,"models":["*"]}', '{"v":1,"models":"*"}'])(
    'what cannot be read (%s) allows nothing and is told without its content',
    async (text, { expect }) => {
      const { people, logLines } = deployment.startInstance();
      const username = await deployment.createPerson();
      await setAttribute(username, 'custom:policy', text);
      expect((await people.find(username))?.rights.models).toEqual([]);
      expect(JSON.parse(logLines[0] ?? 'null')).toMatchObject({ event: 'stored_policy_refused', username });
    },
  );
});

describe('a slot that cannot be read', () => {
  test.for([
    ['{', 'not a JSON object'],
    ['7', 'not a JSON object'],
    ['[]', 'field'],
    ['{"v":2,"id":"key_000000000001","h":"SECRETDIGEST"}', 'unknown version 2'],
    ['{"v":1,"id":"key_000000000001","h":"SECRETDIGEST"}', 'field'],
  ] as const)('%s is named in the log without its content and skipped', async ([value, reason], { expect }) => {
    const { people, logLines } = deployment.startInstance();
    const username = await deployment.createPerson();
    await setAttribute(username, 'custom:k03', value);
    const person = await people.find(username);
    expect([person?.keys.size, [...(person?.unreadableSlots ?? [])]]).toEqual([0, [3]]);
    const entry = JSON.parse(logLines[0] ?? 'null');
    expect(entry).toMatchObject({ event: 'stored_key_refused', username, slot: 3 });
    expect(entry.reason).toContain(reason);
    expect(logLines.join()).not.toContain('SECRETDIGEST');
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { Key } from '../../shared/api/keys.ts';
import type { Caller } from '../audit/audit-trail.ts';
import { GatewayError } from '../errors.ts';
import { signedIn } from '../people/test-people.ts';
import { FaultPoints } from './fault-points.ts';
import { createKeyOwners } from './key-owners.ts';
import type { KeyService } from './key-service.ts';
import { bearer, Deployment, type Instance, outcomeOf, table } from './test-deployment.ts';

// A process that dies at each answer it waits for, once before its request went out and once after the service has done
// its work; then another that sends the same request again. The two-writer rule must bring every such story to one end.

let deployment: Deployment;
let living: Instance;
beforeAll(async () => {
  deployment = await Deployment.start();
  living = deployment.startInstance();
});
afterAll(() => deployment.close());

/** The lease (10 s) and the time a request under an Idempotency-Key may run (15 s) are over. */
const untilFree = 16_000;
/** More than any change waits for. */
const mostPoints = 60;

const newCaller = () => signedIn(deployment, living);

type Work = (keys: KeyService) => Promise<Key>;

/** Tells `judge` of every place to die; ends with the first number that the work does not reach. The number of places. */
async function killEverywhere(
  prepare: () => Promise<Work>,
  judge: (work: Work, told: string) => Promise<void>,
): Promise<number> {
  for (let killAt = 1; killAt <= mostPoints; killAt++) {
    for (const phase of ['before', 'after'] as const) {
      const work = await prepare();
      const faults = new FaultPoints(killAt, phase);
      const outcome = await faults.orKilled(work(deployment.startInstance({ faults }).keys));
      if (outcome !== 'killed') return killAt - 1;
      await judge(work, `killed ${phase} answer ${killAt}`);
    }
  }
  throw new Error(`the work waits for more than ${mostPoints} answers`);
}

/** What holds of a person's keys whatever happened: one slot for each id, each id leads to them, no lease. */
async function expectSound(expect: Expect, username: string, told: string): Promise<void> {
  const person = await living.people.read(username);
  const ids = [...(person?.keys.values() ?? [])].map(({ id }) => id);
  expect(new Set(ids).size, told).toBe(ids.length);
  const { dynamo } = deployment.clients();
  const owners = createKeyOwners({ dynamo, table });
  for (const id of ids) expect(await owners.find(id), told).toBe(username);
  expect((await dynamo.query(table, { pk: `L#${username}` })).items, told).toEqual([]);
}

/** Nobody was left with a key that ends for one that is not there. */
async function expectSuccessor(expect: Expect, username: string, told: string): Promise<void> {
  const keys = [...((await living.people.read(username))?.keys.values() ?? [])];
  for (const { rt } of keys)
    if (rt !== undefined)
      expect(
        keys.map(({ id }) => id),
        told,
      ).toContain(rt);
}

type Expect = typeof import('vitest')['expect'];

/** By a process that has nothing cached. */
const works = (key: string | undefined) => outcomeOf(deployment.startInstance().authenticate(bearer(key ?? '')));

describe('create', () => {
  test('killed anywhere and sent again makes one key', { timeout: 300_000 }, async ({ expect }) => {
    let caller = await newCaller();
    const points = await killEverywhere(
      async () => {
        caller = await newCaller();
        const [who, once] = [caller, randomUUID()];
        return (keys) => keys.create(who, { name: 'k' }, once);
      },
      async (work, told) => {
        deployment.clock.advance(untilFree);
        const made = await work(living.keys);
        const listed = await living.keys.list(caller, {});
        expect(
          listed.data.map(({ id }) => id),
          told,
        ).toEqual([made.id]);
        // Without a plaintext the first had said that it was done; whoever it told has the key.
        if (made.key !== undefined) expect(await works(made.key), told).toBe('ok');
        const again = await work(living.keys);
        expect([again.id, again.key], told).toEqual([made.id, undefined]);
        await expectSound(expect, caller.username, told);
      },
    );
    expect(points).toBeGreaterThan(12);
  });
});

describe('rotate', () => {
  let caller: Caller & { readonly username: string };
  let old: Key;
  const prepare = (once: () => string | undefined) => async (): Promise<Work> => {
    caller = await newCaller();
    old = await living.keys.create(caller, { name: 'k' });
    const [who, id, key] = [caller, old.id, once()];
    return (keys) => keys.rotate(who, id, { overlap: '24h' }, key);
  };

  test('killed anywhere and sent again makes one key, and the old one works on', { timeout: 300_000 }, async ({
    expect,
  }) => {
    const points = await killEverywhere(
      prepare(() => randomUUID()),
      async (work, told) => {
        expect(await works(old.key), told).toBe('ok');
        await expectSuccessor(expect, caller.username, told);
        deployment.clock.advance(untilFree);
        const made = await work(living.keys);
        const listed = (await living.keys.list(caller, { status: 'active' })).data;
        expect(listed.map(({ id }) => id).sort(), told).toEqual([old.id, made.id].sort());
        if (made.key !== undefined) expect(await works(made.key), told).toBe('ok');
        expect(await works(old.key), told).toBe('ok');
        const left = Date.parse((await living.keys.show(caller, old.id)).expires_at ?? '') - deployment.clock.now();
        expect(left, told).toBeLessThanOrEqual(86_400_000);
        expect((await work(living.keys)).id, told).toBe(made.id);
        await expectSound(expect, caller.username, told);
      },
    );
    expect(points).toBeGreaterThan(16);
  });

  test('without an Idempotency-Key too', { timeout: 300_000 }, async ({ expect }) => {
    await killEverywhere(
      prepare(() => undefined),
      async (work, told) => {
        deployment.clock.advance(untilFree);
        const outcome = await work(living.keys).catch((error: unknown) => error);
        // Refused once the old key says what has taken its place.
        if (outcome instanceof GatewayError) expect(outcome.code, told).toBe('key_rotated');
        const listed = (await living.keys.list(caller, { status: 'active' })).data;
        expect(listed, told).toHaveLength(2);
        expect(await works(old.key), told).toBe('ok');
        await expectSound(expect, caller.username, told);
      },
    );
  });
});

describe.for([
  ['update', (id: string, who: Caller) => (keys: KeyService) => keys.update(who, id, { name: 'new' }), 'new', 'ok'],
  ['revoke', (id: string, who: Caller) => (keys: KeyService) => keys.revoke(who, id), 'k', '401 key_revoked'],
] as const)('%s', ([_, change, name, outcome]) => {
  test('killed anywhere and sent again is done', { timeout: 300_000 }, async ({ expect }) => {
    let caller = await newCaller();
    let made: Key | undefined;
    await killEverywhere(
      async () => {
        caller = await newCaller();
        made = await living.keys.create(caller, { name: 'k' });
        return change(made.id, caller);
      },
      async (work, told) => {
        deployment.clock.advance(untilFree);
        expect((await work(living.keys)).name, told).toBe(name);
        expect(await works(made?.key), told).toBe(outcome);
        expect((await living.keys.list(caller, {})).data, told).toHaveLength(1);
        await expectSound(expect, caller.username, told);
      },
    );
  });
});

test('a lease that a dead writer holds stops nobody for longer than it lasts', async ({ expect }) => {
  const caller = await newCaller();

  const { dynamo } = deployment.clients();
  for (let killAt = 1; ; killAt++) {
    const faults = new FaultPoints(killAt, 'after');
    await faults.orKilled(deployment.startInstance({ faults }).keys.create(caller, { name: 'k' }));
    if ((await dynamo.query(table, { pk: `L#${caller.username}` })).items.length > 0) break;
  }
  expect(await outcomeOf(living.keys.create(caller, { name: 'k' }))).toBe('409 key_update_in_progress');
  deployment.clock.advance(10_001);
  expect(await outcomeOf(living.keys.create(caller, { name: 'k' }))).toBe('ok');
});

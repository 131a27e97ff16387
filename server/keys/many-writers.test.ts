import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, test } from 'vitest';
import type { Key } from '../../shared/api/keys.ts';
import { parseApiKey } from '../../shared/api-key.ts';
import type { Caller } from '../audit/audit-trail.ts';
import { GatewayError } from '../errors.ts';
import { signedIn } from '../people/test-people.ts';
import { FaultPoints } from './fault-points.ts';
import { bearer, Deployment, type Instance, outcomeOf, table } from './test-deployment.ts';

// Twenty writers at one person at the same time, over two warm instances: creations, rotations, changes and revocations
// of the same few keys, one or two of the writers dying in the middle. Whatever their order was, what each of them was
// told must be what there is.

let deployment: Deployment;
let instances: readonly Instance[];
beforeAll(async () => {
  deployment = await Deployment.start();
  instances = [deployment.startInstance(), deployment.startInstance()];
});
afterAll(() => deployment.close());

type Act = 'create' | 'rotate' | 'update' | 'revoke';

interface Writer {
  readonly act: Act;
  /** Which of the keys that are there at the start. */
  readonly target: number;
  /** At which answer it dies; 0: not at all. */
  readonly killAt: number;
}

/** What a writer was told. */
interface Told {
  readonly writer: Writer;
  readonly key: Key | undefined;
  readonly refusal: string | undefined;
}

const writer = fc.record({
  act: fc.constantFrom<Act>('create', 'create', 'rotate', 'update', 'revoke'),
  target: fc.nat(4),
  killAt: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 24 }) }),
});

/** As a program would: what is told to try again it tries again, under the same Idempotency-Key. */
async function act(instance: Instance, caller: Caller, { act: what }: Writer, id: string, name: string): Promise<Key> {
  const once = randomUUID();
  for (let attempt = 1; ; attempt++) {
    try {
      if (what === 'create') return await instance.keys.create(caller, { name }, once);
      if (what === 'rotate') return await instance.keys.rotate(caller, id, { overlap: '1h' }, once);
      if (what === 'update') return await instance.keys.update(caller, id, { name });
      return await instance.keys.revoke(caller, id);
    } catch (error) {
      const isBusy = error instanceof GatewayError && error.code === 'key_update_in_progress';
      if (!isBusy || attempt === 5) throw error;
    }
  }
}

async function run(writers: readonly Writer[]) {
  const [first] = instances;
  if (!first) throw new Error('there are two instances');
  const caller = await signedIn(deployment, first);
  const started: Key[] = [];
  for (let index = 0; index < 5; index++) started.push(await first.keys.create(caller, { name: `start ${index}` }));
  const told = await Promise.all(
    writers.map(async (each, index): Promise<Told> => {
      const faults = each.killAt > 0 ? new FaultPoints(each.killAt, index % 2 ? 'before' : 'after') : undefined;
      const instance = faults ? deployment.startInstance({ faults }) : (instances[index % 2] ?? first);
      const work = act(instance, caller, each, started[each.target]?.id ?? '', `writer ${index}`);
      try {
        const key = await (faults?.orKilled(work) ?? work);
        return key === 'killed'
          ? { writer: each, key: undefined, refusal: 'killed' }
          : { writer: each, key, refusal: undefined };
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        return { writer: each, key: undefined, refusal: error.code };
      }
    }),
  );
  return { caller, started, told };
}

const rightly = new Set(['killed', 'key_update_in_progress', 'key_not_active', 'key_rotated']);

test('twenty writers on one person: what each was told is what there is', { timeout: 600_000 }, async ({ expect }) => {
  await fc.assert(
    fc.asyncProperty(fc.array(writer, { minLength: 20, maxLength: 20 }), async (writers) => {
      const { caller, started, told } = await run(writers);
      expect(told.flatMap(({ refusal = 'killed' }) => (rightly.has(refusal) ? [] : [refusal]))).toEqual([]);
      deployment.clock.advance(10_001);
      const fresh = deployment.startInstance();
      const person = await fresh.people.read(caller.username);
      const stored = [...(person?.keys ?? [])];
      // No key in two slots, and each in the slot that its text names.
      const slotOf = new Map(stored.map(([slot, key]) => [key.id, slot]));
      expect(slotOf.size).toBe(stored.length);
      const shown = [...started, ...told.flatMap(({ key }) => (key?.key === undefined ? [] : [key]))];
      for (const { id, key = '' } of shown) expect(slotOf.get(id)).toBe(parseApiKey(key)?.slot);
      // Each key that was shown works, unless somebody was told, or died saying, that it is revoked.
      const revoking = writers.filter(({ act: what }) => what === 'revoke').map(({ target }) => started[target]?.id);
      const revoked = told.flatMap(({ writer: { act: what }, key }) => (what === 'revoke' && key ? [key.id] : []));
      for (const { id, key = '' } of shown) {
        const outcome = await outcomeOf(fresh.authenticate(bearer(key)));
        if (revoked.includes(id)) expect(outcome).toBe('401 key_revoked');
        else if (!revoking.includes(id)) expect(outcome).toBe('ok');
      }
      // One key at most takes the place of another.
      const successors = stored.flatMap(([, key]) => (key.rf === undefined ? [] : [key.rf]));
      expect(new Set(successors).size).toBe(successors.length);
      // The dead hold nobody up once their lease has run out.
      expect(await outcomeOf(fresh.keys.create(caller, { name: 'after' }))).toBe('ok');
      const leases = await deployment.clients().dynamo.query(table, { pk: `L#${caller.username}` });
      expect(leases.items).toEqual([]);
    }),
    { numRuns: 3 },
  );
});

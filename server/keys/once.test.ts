import { afterAll, beforeAll, describe, test } from 'vitest';
import { conflict, forbidden } from '../errors.ts';
import { doOnce } from './once.ts';
import { Deployment, outcomeOf, table, testClock } from './test-deployment.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await Deployment.start();
});
afterAll(() => deployment.close());

let ids = 0;
const newId = () => `key_${ids++}`;
const clock = testClock();
const options = () => ({ dynamo: deployment.clients().dynamo, table, clock });

function once(idempotencyKey: string | undefined, asked: readonly unknown[] = ['a'], username = 'ann') {
  return <T>(work: (id: string) => Promise<T>) => doOnce(options(), { username, idempotencyKey, asked }, newId, work);
}

const idItself = async (id: string) => id;

describe('a request with an Idempotency-Key', () => {
  test('is done once; its repetition is told the id alone', async ({ expect }) => {
    const first = await once('a-1')(idItself);
    expect(first).toEqual({ replayed: false, made: expect.stringMatching(/^key_/) });
    const id = first.replayed ? first.id : first.made;
    clock.advance(29 * 86_400_000);
    expect(await once('a-1')(idItself)).toEqual({ replayed: true, id });
    clock.advance(2 * 86_400_000);
    expect((await once('a-1')(idItself)).replayed).toBe(false);
  });

  test('is another one for another person, and without the header', async ({ expect }) => {
    await once('b-1')(idItself);
    expect((await once('b-1', ['a'], 'ben')(idItself)).replayed).toBe(false);
    expect([(await once(undefined)(idItself)).replayed, (await once(undefined)(idItself)).replayed]).toEqual([
      false,
      false,
    ]);
  });

  test('with another body is refused, whether the first has ended or not', async ({ expect }) => {
    const reused = '422 idempotency_key_reused';
    await once('c-1', ['a', { name: 'k' }])(async () => {
      expect(await outcomeOf(once('c-1', ['a', { name: 'other' }])(idItself))).toBe(reused);
    });
    expect(await outcomeOf(once('c-1', ['b', { name: 'k' }])(idItself))).toBe(reused);
  });

  test('waits for nobody: a twin that runs is told, and when to come again', async ({ expect }) => {
    await once('d-1')(async () => {
      await expect(once('d-1')(idItself)).rejects.toMatchObject({
        status: 409,
        code: 'idempotency_in_progress',
        retryAfterSeconds: 15,
      });
    });
  });

  test('that failed goes on at once with the same id', async ({ expect }) => {
    let tried = '';
    const failed = once('e-1')(async (id) => {
      tried = id;
      throw new Error('no');
    });
    expect(await outcomeOf(failed)).toBe('Error: no');
    expect(await once('e-1')(idItself)).toEqual({ replayed: false, made: tried });
  });

  test('that was refused leaves its key for the corrected one; one that may have begun does not', async ({
    expect,
  }) => {
    const refused = (error: Error) => outcomeOf(once('h-1', ['wrong'])(() => Promise.reject(error)));
    expect(await refused(forbidden('forbidden', 'no'))).toBe('403 forbidden');
    const begun = conflict('key_update_in_progress', 'Again.', 1);
    expect(await outcomeOf(once('h-1', ['right'])(() => Promise.reject(begun)))).toBe('409 key_update_in_progress');
    // Now somebody may have written something: a later refusal says nothing of that.
    const later = once('h-1', ['right'])(() => Promise.reject(forbidden('forbidden', 'no')));
    expect(await outcomeOf(later)).toBe('403 forbidden');
    expect(await refused(forbidden('forbidden', 'no'))).toBe('422 idempotency_key_reused');
    expect((await once('h-1', ['right'])(idItself)).replayed).toBe(false);
  });

  test('that stalled until another took it over does not say that it made anything', async ({ expect }) => {
    let tried = '';
    const stalled = once('f-1')(async (id) => {
      tried = id;
      clock.advance(15_001);
      expect(await once('f-1')(idItself)).toEqual({ replayed: false, made: id });
    });
    expect(await outcomeOf(stalled)).toBe('409 idempotency_in_progress');
    expect(await once('f-1')(idItself)).toEqual({ replayed: true, id: tried });
  });

  test('that died is taken over by one of ten', async ({ expect }) => {
    const begun = Promise.withResolvers<void>();
    void once('g-1')(() => {
      begun.resolve();
      return new Promise(() => undefined);
    });
    await begun.promise;
    clock.advance(15_001);
    const both = Promise.withResolvers<void>();
    const outcomes = Array.from({ length: 10 }, () => outcomeOf(once('g-1')(() => both.promise)));
    await firstOf(outcomes, 9);
    both.resolve();
    expect((await Promise.all(outcomes)).filter((outcome) => outcome === 'ok')).toHaveLength(1);
  });

  test.for(['', 'with space', 'ü', 'a'.repeat(256), 'a\nb'])('%j is none', async (key, { expect }) => {
    await expect(once(key)(idItself)).rejects.toMatchObject({ status: 400, param: 'Idempotency-Key' });
  });

  test('is kept as a hash, and so is what it asked for', async ({ expect }) => {
    await once('secret-idempotency', ['secret-name'], 'eve')(idItself);
    const { items } = await deployment.clients().dynamo.query(table, { pk: 'I#eve' });
    expect(items).toHaveLength(1);
    expect(JSON.stringify(items)).not.toContain('secret');
  });
});

/** Resolves when so many have ended. */
function firstOf(works: readonly Promise<unknown>[], count: number): Promise<void> {
  let ended = 0;
  return new Promise((resolve) => {
    for (const work of works) {
      void work.then(() => {
        ended += 1;
        if (ended === count) resolve();
      });
    }
  });
}

import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, test } from 'vitest';
import type { AuditList, AuditQuery } from '../../shared/api/audit.ts';
import type { TokenIdentity } from '../auth/identity.ts';
import { auditTable, bearer, Deployment, type Instance, outcomeOf } from '../keys/test-deployment.ts';
import { type AuditReader, createAuditReader, settledAfterMs } from './audit-reader.ts';
import { type AuditFacts, encodeRow } from './audit-row.ts';
import { createAuditTrail } from './audit-trail.ts';

let deployment: Deployment;
let instance: Instance;
let auditor: TokenIdentity;
let plain: TokenIdentity;
let reader: AuditReader;
let now: number;
const clock = { now: () => now };
const noon = Date.parse('2026-11-21T12:00:00.000Z');
const dayMs = 86_400_000;

beforeAll(async () => {
  deployment = await Deployment.start();
  instance = deployment.startInstance();
  auditor = await identityOf(['auditor']);
  plain = await identityOf([]);
});
afterAll(() => deployment.close());

async function identityOf(groups: readonly string[]): Promise<TokenIdentity> {
  const { identity } = await deployment.callerOf(instance, await deployment.createPerson(groups));
  if (identity.kind !== 'token') throw new Error('a sign-in gave no token');
  return identity;
}

/** Each test has a table of its own. */
let rows: {
  readonly put: (time: number, change?: Partial<AuditFacts>) => Promise<string>;
  readonly queries: () => number;
};
beforeEach(() => {
  now = noon;
  const items: ReturnType<typeof encodeRow>[] = [];
  let queries = 0;
  const { dynamo } = deployment.clients();
  // One emulator for all tests: each has partitions of its own by a prefix before the month's.
  const prefix = crypto.randomUUID();
  const mine = (pk: string) => `${prefix}${pk}`;
  reader = createAuditReader({
    dynamo: {
      query: (table, query) => {
        queries++;
        return dynamo.query(table, {
          ...query,
          pk: mine(query.pk),
          ...(query.startAfter && { startAfter: query.startAfter }),
        });
      },
    },
    table: auditTable,
    clock,
  });
  rows = {
    queries: () => queries,
    put: async (time, change = {}) => {
      const id = String(items.length).padStart(6, '0');
      const row = encodeRow({ ...facts(), ...change }, time, id);
      items.push(row);
      await dynamo.putItem(auditTable, { ...row, pk: mine(String(row['pk'])) });
      return id;
    },
  };
});

function facts(): AuditFacts {
  return {
    actor: plain.person.username,
    actorKey: null,
    action: 'key.create',
    target: 'key_1',
    username: plain.person.username,
    requestId: 'req_1',
    sourceIp: '192.0.2.7',
  };
}

async function pagesOf(identity: TokenIdentity, query: AuditQuery): Promise<AuditList[]> {
  const pages: AuditList[] = [];
  let cursor: string | undefined;
  do {
    const page = await reader.list(identity, { ...query, ...(cursor !== undefined && { cursor }) });
    pages.push(page);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return pages;
}

const idsOf = (pages: readonly AuditList[]) => pages.flatMap(({ data }) => data.map(({ id }) => id));

test('who has revoked a key that they found does not learn whose it was', async ({ expect }) => {
  const finder = plain.person.username;
  const found = { actor: finder, username: 'owner', action: 'key.revoke', target: 'key_1', reason: 'leaked' };
  await rows.put(noon - 2, { ...found, before: { name: 'of Ann' }, after: { name: 'of Ann' } });
  const [seen] = (await reader.list(plain, {})).data;
  expect(seen).toMatchObject({ target: 'key_1', reason: 'leaked', user_id: null, before: null, after: null });
  const [all] = (await reader.list(auditor, {})).data;
  expect(all).toMatchObject({ user_id: 'owner', before: { name: 'of Ann' } });
  await rows.put(noon - 1, { ...found, username: finder, before: { name: 'mine' } });
  expect((await reader.list(plain, {})).data[0]).toMatchObject({ user_id: finder, before: { name: 'mine' } });
});

describe('a list', () => {
  test('is newest first, in pages that new rows do not move', async ({ expect }) => {
    const ids: string[] = [];
    for (let index = 0; index < 60; index++) ids.push(await rows.put(noon - (60 - index) * 2 * dayMs));
    const first = await reader.list(auditor, { from: '2026-01-01', limit: 7 });
    await rows.put(noon);
    const rest = await pagesOf(auditor, { from: '2026-01-01', limit: 7, cursor: first.next ?? '' });
    expect(idsOf([first, ...rest])).toEqual(ids.toReversed());
    expect([first, ...rest].map(({ data }) => data.length)).toEqual([7, 7, 7, 7, 7, 7, 7, 7, 4]);
  });

  test('with rows of one millisecond loses and repeats none', async ({ expect }) => {
    const ids: string[] = [];
    for (let index = 0; index < 9; index++) ids.push(await rows.put(noon - 1));
    expect(idsOf(await pagesOf(auditor, { limit: 2 }))).toEqual(ids.toReversed());
  });

  test('is of the current month unless another time is asked for', async ({ expect }) => {
    const [october, first, today] = [
      await rows.put(Date.parse('2026-10-31T23:59:59.999Z')),
      await rows.put(Date.parse('2026-11-01T00:00:00.000Z')),
      await rows.put(noon - 1),
    ];
    const ask = async (query: AuditQuery) => idsOf(await pagesOf(auditor, query));
    expect(await ask({})).toEqual([today, first]);
    expect(await ask({ from: '2026-10-31' })).toEqual([today, first, october]);
    expect(await ask({ to: '2026-10-31' })).toEqual([october]);
    expect(await ask({ from: '2026-10-31', to: '2026-11-01' })).toEqual([first, october]);
    expect(await ask({ from: '2026-10-31T23:59:59.999Z', to: '2026-11-01T00:00:00Z' })).toEqual([october]);
    expect(await ask({ from: '2027-01-01' })).toEqual([]);
  });

  test('tells all of a row', async ({ expect }) => {
    await rows.put(noon - 5, {
      actorKey: 'key_9',
      reason: 'leaked',
      before: { a: 1 },
      after: { name: 'b', list: ['c'] },
    });
    expect((await reader.list(auditor, {})).data).toEqual([
      {
        id: '000000',
        time: '2026-11-21T11:59:59.995Z',
        actor: plain.person.username,
        actor_key: 'key_9',
        action: 'key.create',
        target: 'key_1',
        user_id: plain.person.username,
        request_id: 'req_1',
        source_ip: '192.0.2.7',
        reason: 'leaked',
        before: { a: 1 },
        after: { name: 'b', list: ['c'] },
      },
    ]);
  });

  test.for([
    [{ actor: 'ann' }, [0]],
    [{ actor: 'key_7' }, [1]],
    [{ action: 'key' }, [0, 1]],
    [{ action: 'key.create' }, [0]],
    [{ action: 'key.crea' }, []],
    [{ action: 'keys' }, []],
    [{ target: 'red' }, [2]],
    [{ target: 're' }, []],
    [{ actor: 'ben', action: 'group' }, [2]],
  ] as const)('is filtered by %j', async ([query, expected], { expect }) => {
    await rows.put(noon - 3, { actor: 'ann', action: 'key.create' });
    await rows.put(noon - 2, { actor: 'ben', action: 'key.refuse', actorKey: 'key_7' });
    await rows.put(noon - 1, { actor: 'ben', action: 'group.policy', target: 'red', username: null });
    const found = idsOf(await pagesOf(auditor, { limit: 1, ...query }));
    expect(found.toSorted().map(Number)).toEqual(expected);
  });

  test('refuses a row of a layout it does not know by name', async ({ expect }) => {
    const { dynamo } = deployment.clients();
    const strange = { pk: 'A#1999-01', sk: '1999-01-02T00:00:00.000Z#x', v: 2 };
    await dynamo.putItem(auditTable, strange);
    const plainReader = createAuditReader({ dynamo, table: auditTable, clock });
    await expect(plainReader.list(auditor, { to: '1999-01-31' })).rejects.toThrow('has layout 2; this server knows 1');
  });

  test.for([
    [{ from: '2026-11-21', to: '2026-11-20' }, 'from'],
    [{ cursor: 'bm90aGluZw' }, 'cursor'],
    [{ cursor: Buffer.from('2026-99-99T00:00:00.000Z').toString('base64url') }, 'cursor'],
    [{ follow: 'true', to: '2026-11-21' }, 'to'],
  ] as const)('refuses %j', async ([query, param], { expect }) => {
    await expect(reader.list(auditor, query)).rejects.toMatchObject({ status: 400, param });
  });
});

describe('who', () => {
  test('has no role sees what they did and what was done to them, and not from where', async ({ expect }) => {
    const me = plain.person.username;
    const mine = await rows.put(noon - 9, { actor: me, username: me });
    const byOthers = await rows.put(noon - 8, { actor: 'admin', username: me });
    await rows.put(noon - 7, { actor: 'admin', username: 'somebody', target: me });
    await rows.put(noon - 6, { actor: 'admin', username: null });
    const { data } = await reader.list(plain, {});
    expect(data.map(({ id, source_ip }) => [id, source_ip])).toEqual([
      [byOthers, null],
      [mine, '192.0.2.7'],
    ]);
    expect((await reader.list(plain, { actor: 'admin' })).data.map(({ id }) => id)).toEqual([byOthers]);
    expect((await reader.list(plain, { target: me })).data).toEqual([]);
    expect((await reader.list(auditor, {})).data).toHaveLength(4);
  });

  test('is an admin needs the second factor; a key sees nothing', async ({ expect }) => {
    const admin = await identityOf(['admin']);
    await rows.put(noon - 9);
    expect(await outcomeOf(reader.list(admin, {}))).toBe('403 mfa_required');
    const withFactor = { ...admin, person: { ...admin.person, mfa: true } };
    expect((await reader.list(withFactor, {})).data).toHaveLength(1);
    const username = await deployment.createPerson();
    const { key } = await deployment.createKey(instance, username, { scopes: ['inference', 'usage', 'mcp'] });
    const byKey = await instance.authenticate(bearer(key));
    expect(await outcomeOf(reader.list(byKey, {}))).toBe('403 insufficient_scope');
  });
});

describe('the work of a page is bounded', () => {
  test('ten empty years are one page and one short question a month', async ({ expect }) => {
    const id = await rows.put(Date.parse('2016-12-05T00:00:00.000Z'));
    const page = await reader.list(auditor, { from: '2016-12-01' });
    expect([page.data.map((row) => row.id), page.next, rows.queries()]).toEqual([[id], null, 120]);
  });

  test('twenty centuries come to their end in pages', async ({ expect }) => {
    const pages = await pagesOf(auditor, { from: '0001-01-01' });
    expect(Math.max(...pages.map(({ data }) => data.length))).toBe(0);
    expect(rows.queries()).toBeLessThan(2026 * 12 + pages.length);
    expect(pages.length).toBe(Math.ceil(rows.queries() / 120));
  }, 120_000);

  test('a filter that nothing matches stops after 5,000 rows and goes on from there', async ({ expect }) => {
    const wanted = await rows.put(noon - 20_000, { target: 'wanted' });
    for (let start = 0; start < 6_000; start += 200) {
      await Promise.all(Array.from({ length: 200 }, (_, index) => rows.put(noon - 10_000 + start + index)));
    }
    const [first, second, ...others] = await pagesOf(auditor, { target: 'wanted' });
    expect([first?.data, second?.data.map(({ id }) => id), others]).toEqual([[], [wanted], []]);
  }, 120_000);
});

describe('following', () => {
  test('begins at now, gives each row once in the order of time, and never ends', async ({ expect }) => {
    await rows.put(noon - 1);
    let { data, next } = await reader.list(auditor, { follow: 'true' });
    expect(data).toEqual([]);
    const expected: string[] = [];
    const seen: string[] = [];
    for (let round = 0; round < 40; round++) {
      now += 3_000;
      // A writer that took long: its row has a time before rows that were written earlier.
      expected.push(await rows.put(now), await rows.put(now - (round % 4) * 3_000));
      ({ data, next } = await reader.list(auditor, { follow: 'true', limit: round < 20 ? 50 : 2, cursor: next ?? '' }));
      seen.push(...data.map(({ id }) => id));
    }
    now += settledAfterMs + 1;
    do {
      ({ data, next } = await reader.list(auditor, { follow: 'true', limit: 2, cursor: next ?? '' }));
      seen.push(...data.map(({ id }) => id));
    } while (data.length > 0);
    expect(seen.toSorted()).toEqual(expected.toSorted());
    expect(next).not.toBeNull();
  });

  test('goes on over months, from a time that was asked for', async ({ expect }) => {
    const ids = [
      await rows.put(Date.parse('2026-06-01T00:00:00.000Z')),
      await rows.put(Date.parse('2026-10-31T00:00:00.000Z')),
    ];
    const { data, next } = await reader.list(auditor, { follow: 'true', from: '2026-06-01' });
    expect(data.map(({ id }) => id)).toEqual(ids);
    const before = rows.queries();
    expect((await reader.list(auditor, { follow: 'true', from: '2026-06-01', cursor: next ?? '' })).data).toEqual([]);
    expect(rows.queries() - before).toBeLessThanOrEqual(1);
  });
});

test('a row whose answer was lost is written once and is no error', async ({ expect }) => {
  const { dynamo } = deployment.clients();
  const trail = createAuditTrail({
    dynamo: {
      putItem: async (...put) => {
        await dynamo.putItem(...put);
        await dynamo.putItem(...put);
      },
    },
    table: auditTable,
    clock: { now: () => Date.parse('2001-01-01T00:00:00.000Z') },
  });
  const caller = { identity: plain, requestId: 'req_1', sourceIp: undefined };
  await trail.record(caller, { action: 'key.create', target: 'key_1', username: plain.person.username });
  expect((await dynamo.query(auditTable, { pk: 'A#2001-01' })).items).toHaveLength(1);
});

test('any times, limits and filters give each matching row once', async ({ expect }) => {
  const times: number[] = [];
  for (let index = 0; index < 40; index++) {
    const time = noon - ((index * index * 7_919) % 100) * dayMs;
    times.push(time);
    await rows.put(time, { target: index % 3 === 0 ? 'a' : 'b' });
  }
  const moment = fc.integer({ min: 0, max: 110 }).map((days) => new Date(noon - days * dayMs).toISOString());
  const property = fc.asyncProperty(moment, moment, fc.integer({ min: 1, max: 9 }), async (one, other, limit) => {
    const [from, to] = one < other ? [one, other] : [other, one];
    fc.pre(from !== to);
    const found = idsOf(await pagesOf(auditor, { from, to, limit, target: 'a' })).map(Number);
    const expected = [...times.keys()].filter((index) => {
      const time = new Date(times[index] ?? 0).toISOString();
      return index % 3 === 0 && time >= from && time < to;
    });
    expect(found.toSorted((a, b) => a - b)).toEqual(expected);
  });
  await fc.assert(property, { numRuns: 40 });
}, 120_000);

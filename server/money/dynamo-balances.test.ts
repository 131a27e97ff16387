import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { ConditionFailedError, type DynamoClient, type Item } from '../aws/dynamodb.ts';
import { AwsFault } from '../local/emulator.ts';
import { mostAtOnce } from '../local/services-for-tests.ts';
import type { Reservation, ReserveRequest, Settlement } from './balance.ts';
import { createBalances } from './dynamo-balances.ts';
import { createLedger } from './dynamo-ledger.ts';
import { exactly, held, reserveRequest } from './test-requests.ts';
import { startTable, type TestTable } from './test-table.ts';

const noon = Date.UTC(2026, 10, 21, 12);
const clock = { now: () => noon };

let store: TestTable;
beforeAll(async () => {
  store = await startTable();
});
afterAll(() => store.close());

const nothing = { day: 0, month: 0, total: 0 };
const balancesOn = (dynamo: DynamoClient) => {
  const ledger = createLedger(store);
  return createBalances({ dynamo, table: store.table, clock, ledger, spentBefore: async () => nothing });
};
const settledNow = async (settling: Promise<Settlement>) => (await settling).isSettled;

async function balanceOf(username: string): Promise<Item> {
  const item = await store.dynamo.getItem(store.table, { pk: `U#${username}`, sk: 'B' }, { consistent: true });
  if (!item) throw new Error(`${username} has no balance`);
  return item;
}

/** A person whose item was made, with a function that makes requests of that person. */
async function newPerson(balances = balancesOn(store.dynamo)) {
  const username = randomUUID();
  const generation = await balances.generationOf(username);
  const request = (part: Partial<ReserveRequest> = {}) => reserveRequest({ username, generation, now: noon, ...part });
  return { username, generation, request, balances };
}

const dayOfHold = ({ holds }: Reservation) => holds[0]?.day;
const spent = (item: Item) => ({ d: item['d'], m: item['m'], t: item['t'], r: item['r'] });

describe('reserve and settle', () => {
  test(`${mostAtOnce} calls at once, every settle sent twice: the sum is exact and no hold is left`, async ({
    expect,
  }) => {
    const { username, request, balances } = await newPerson();
    const costs = Array.from({ length: mostAtOnce }, (_, index) => 1_000_003 * (index + 1));
    const settled = await Promise.all(
      costs.map(async (cost) => {
        const reservation = held(await balances.reserve(request()));
        return Promise.all([
          settledNow(balances.settle(reservation, cost)),
          settledNow(balances.settle(reservation, cost)),
        ]);
      }),
    );
    const sum = costs.reduce((a, b) => a + b);
    expect(settled.map((pair) => pair.filter(Boolean).length)).toEqual(costs.map(() => 1));
    expect(spent(await balanceOf(username))).toEqual({
      d: { n: '2026-11-21', s: sum },
      m: { n: '2026-11', s: sum },
      t: { s: sum },
      r: {},
    });
  });

  test('a call costs three requests: hold, ledger row and settle', async ({ expect }) => {
    const { request, balances } = await newPerson();
    held(await balances.reserve(request()));
    const before = store.requests();
    const reservation = held(await balances.reserve(request()));
    expect(store.requests() - before).toBe(1);
    await balances.settle(reservation, 5);
    expect(store.requests() - before).toBe(2);
  });

  test('a call without a known price holds null and adds nothing', async ({ expect }) => {
    const { username, request, balances } = await newPerson();
    const reservation = held(await balances.reserve(request({ estimate: exactly(null), keyId: null })));
    expect((await balanceOf(username))['r']).toEqual({
      [reservation.requestId]: {
        e: null,
        x: noon + 920_000,
        k: null,
        d: '2026-11-21',
        a: expect.any(String),
        s: noon,
        p: 'chat/completions bedrock claude-sonnet-4-5',
      },
    });
    expect(await settledNow(balances.settle(reservation, null))).toBe(true);
    expect(spent(await balanceOf(username))).toMatchObject({ d: { s: 0 }, t: { s: 0 }, r: {} });
  });

  test('a crash between the two leaves the hold, and another server can settle it once', async ({ expect }) => {
    const { username, request, balances } = await newPerson();
    const reservation = held(await balances.reserve(request()));
    expect(Object.keys((await balanceOf(username))['r'] ?? {})).toEqual([reservation.requestId]);
    const other = balancesOn(store.dynamo);
    expect([await settledNow(other.settle(reservation, 7)), await settledNow(balances.settle(reservation, 7))]).toEqual(
      [true, false],
    );
    expect(spent(await balanceOf(username))).toMatchObject({ t: { s: 7 }, r: {} });
  });

  test('a second call with the same id is refused while the first is open', async ({ expect }) => {
    const { request, balances } = await newPerson();
    const call = request();
    await balances.reserve(call);
    await expect(balances.reserve(call)).rejects.toMatchObject({ status: 409, code: 'duplicate_request' });
  });

  test('above 300 open calls is refused; holds that have expired are settled then and make room', async ({
    expect,
  }) => {
    const { username, request, balances } = await newPerson();
    const reserveMany = async (count: number, part: Partial<ReserveRequest>) => {
      const outcomes: (Reservation | 'stale')[] = [];
      while (outcomes.length < count) {
        const length = Math.min(mostAtOnce, count - outcomes.length);
        const wave = Array.from({ length }, () => balances.reserve(request(part)));
        outcomes.push(...(await Promise.all(wave)));
      }
      return outcomes;
    };
    await reserveMany(20, { expiresAt: noon - 1 });
    const open = await reserveMany(300, {});
    expect(open).not.toContain('stale');
    await expect(balances.reserve(request())).rejects.toMatchObject({
      status: 429,
      code: 'concurrency_limit',
      retryAfterSeconds: 1,
    });
    await balances.settle(held(open[0] ?? 'stale'), 1);
    held(await balances.reserve(request()));
    expect(Object.keys((await balanceOf(username))['r'] ?? {}).length).toBe(300);
    expect((await balances.view(username)).spent.total).toBe(20 * 1_000 + 1);
  });
});

describe('a new period', () => {
  const lateEvening = Date.UTC(2026, 10, 30, 23, 59, 59, 900);
  const afterMidnight = Date.UTC(2026, 11, 1, 0, 0, 0, 100);

  test('between reserve and settle: the period that has ended is not touched, the total is', async ({ expect }) => {
    const { username, request, balances } = await newPerson();
    const evening = held(await balances.reserve(request({ now: lateEvening })));
    const early = held(await balances.reserve(request({ now: lateEvening })));
    await balances.settle(early, 40);
    const morning = held(await balances.reserve(request({ now: afterMidnight })));
    expect([evening, morning].map(dayOfHold)).toEqual(['2026-11-30', '2026-12-01']);
    await balances.settle(evening, 100);
    await balances.settle(morning, 3);
    expect(spent(await balanceOf(username))).toEqual({
      d: { n: '2026-12-01', s: 3 },
      m: { n: '2026-12', s: 3 },
      t: { s: 143 },
      r: {},
    });
  });

  test('a new day within the month keeps the month', async ({ expect }) => {
    const { username, request, balances } = await newPerson();
    const yesterday = held(await balances.reserve(request({ now: noon - 86_400_000 })));
    const today = held(await balances.reserve(request()));
    await balances.settle(yesterday, 100);
    await balances.settle(today, 3);
    expect(spent(await balanceOf(username))).toMatchObject({
      d: { n: '2026-11-21', s: 3 },
      m: { n: '2026-11', s: 103 },
      t: { s: 103 },
    });
  });

  test('50 calls at midnight turn it once, and the person is marked active that day', async ({ expect }) => {
    const { username, request, balances } = await newPerson();
    const evening = held(await balances.reserve(request({ now: lateEvening })));
    await balances.settle(evening, 1_000);
    // Each settles at once: were the day turned a second time, what was spent meanwhile would be lost.
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const reservation = held(await balances.reserve(request({ now: afterMidnight })));
        await balances.settle(reservation, 7);
      }),
    );
    expect(spent(await balanceOf(username))).toEqual({
      d: { n: '2026-12-01', s: 350 },
      m: { n: '2026-12', s: 350 },
      t: { s: 1_350 },
      r: {},
    });
    for (const day of ['2026-11-30', '2026-12-01']) {
      expect(await store.dynamo.getItem(store.table, { pk: `D#${day}`, sk: username })).toEqual({
        pk: `D#${day}`,
        sk: username,
        v: 1,
      });
    }
  });

  test('a call that began before midnight does not turn the new day back', async ({ expect }) => {
    const { username, request, balances } = await newPerson();
    await balances.settle(held(await balances.reserve(request({ now: afterMidnight }))), 5);
    const late = held(await balances.reserve(request({ now: lateEvening })));
    expect(dayOfHold(late)).toBe('2026-12-01');
    // Its row lies on the day that pays for it.
    expect(late.holds[0]?.since).toBe(Date.UTC(2026, 11, 1));
    await balances.settle(late, 6);
    expect(spent(await balanceOf(username))).toMatchObject({ d: { n: '2026-12-01', s: 11 }, m: { s: 11 } });
  });
});

describe('the generation', () => {
  test('is made on first sight, once for all who ask at the same time', async ({ expect }) => {
    const balances = balancesOn(store.dynamo);
    const username = randomUUID();
    const seen = await Promise.all(Array.from({ length: 10 }, () => balances.generationOf(username)));
    expect(new Set(seen)).toEqual(new Set([noon]));
  });

  test('makes a reserve stale as soon as it was bumped', async ({ expect }) => {
    const { username, generation, request, balances } = await newPerson();
    await Promise.all([balances.bumpGeneration(username), balances.bumpGeneration(username)]);
    expect(await balances.generationOf(username)).toBe(generation + 2);
    expect(await balances.reserve(request())).toBe('stale');
    expect(await balances.reserve(request({ generation: generation + 2 }))).toMatchObject({
      holds: [{ id: username }],
    });
  });

  test('bumping it for a person without an item makes one', async ({ expect }) => {
    const balances = balancesOn(store.dynamo);
    const username = randomUUID();
    await balances.bumpGeneration(username);
    expect(await balances.generationOf(username)).toBe(noon);
  });

  test('a reserve without an item is stale, and the next one finds the item', async ({ expect }) => {
    const { request, balances } = await newPerson();
    const username = randomUUID();
    expect(await balances.reserve(request({ username, generation: noon - 1 }))).toBe('stale');
    expect(await balances.reserve(request({ username, generation: noon }))).toMatchObject({
      holds: [{ id: username }],
    });
  });
});

describe('the last use', () => {
  test('is kept by key id, without a write of its own', async ({ expect }) => {
    const { username, request, balances } = await newPerson();
    await balances.reserve(request({ keyId: 'key_a', now: noon }));
    await balances.reserve(request({ keyId: 'key_b', now: noon + 1 }));
    await balances.reserve(request({ keyId: 'key_a', now: noon + 2 }));
    await balances.reserve(request({ keyId: null, now: noon + 3 }));
    expect((await balances.view(username)).lastUsed).toEqual(
      new Map([
        ['key_a', noon + 2],
        ['key_b', noon + 1],
      ]),
    );
    expect((await balances.view(randomUUID())).lastUsed).toEqual(new Map());
  });

  test('of the key used longest ago makes room above 45', async ({ expect }) => {
    const { username, request, balances } = await newPerson();
    for (let index = 0; index < 50; index++) {
      held(await balances.reserve(request({ keyId: `key_${index}`, now: noon + index })));
    }
    held(await balances.reserve(request({ keyId: 'key_5', now: noon + 100 })));
    const used = (await balances.view(username)).lastUsed;
    expect(used.size).toBe(45);
    expect(['key_0', 'key_4', 'key_5', 'key_49'].map((id) => used.get(id))).toEqual([
      undefined,
      undefined,
      noon + 100,
      noon + 49,
    ]);
  });
});

describe('when DynamoDB is in trouble', () => {
  const throttled = new AwsFault('ThrottlingException', 'Rate exceeded');

  /** The next requests that `matches` picks fail so often. */
  function failing(times: number, fault: AwsFault | 'lost', matches = (_: unknown) => true): void {
    let left = times;
    store.setFault((_, input) => (matches(input['UpdateExpression']) && left-- > 0 ? fault : undefined));
  }

  test('a refused condition that does not bring the old item is decided by a read', async ({ expect }) => {
    const dynamo: DynamoClient = {
      ...store.dynamo,
      updateItem: async (...input) => {
        try {
          return await store.dynamo.updateItem(...input);
        } catch (error) {
          throw error instanceof ConditionFailedError ? new ConditionFailedError(undefined) : error;
        }
      },
    };
    const { username, request, balances } = await newPerson(balancesOn(dynamo));
    const call = request();
    const reservation = held(await balances.reserve(call));
    await expect(balances.reserve(call)).rejects.toMatchObject({ code: 'duplicate_request' });
    expect(await settledNow(balances.settle(reservation, 9))).toBe(true);
    expect(await settledNow(balances.settle(reservation, 9))).toBe(false);
    await balances.bumpGeneration(username);
    expect(await balances.reserve(request())).toBe('stale');
    expect(spent(await balanceOf(username))).toMatchObject({ d: { s: 9 }, t: { s: 9 }, r: {} });
  });

  test('a reserve whose answer was lost and that was sent again is held once and not refused', async ({ expect }) => {
    const { username, request, balances } = await newPerson();
    held(await balances.reserve(request({ requestId: 'first' })));
    failing(1, 'lost');
    const reservation = held(await balances.reserve(request()));
    expect(Object.keys((await balanceOf(username))['r'] ?? {}).toSorted()).toEqual(['first', reservation.requestId]);
    failing(1, 'lost');
    // It is true only where its own write was seen to succeed; the money is counted once all the same.
    expect(await settledNow(balances.settle(reservation, 11))).toBe(false);
    const item = await balanceOf(username);
    expect([item['t'], Object.keys(item['r'] ?? {})]).toEqual([{ s: 11 }, ['first']]);
  });

  test('a reserve is tried three times, then refused with 503', async ({ expect }) => {
    const { request, balances } = await newPerson();
    failing(2, throttled);
    held(await balances.reserve(request()));
    const refusal = { status: 503, code: 'budget_unavailable', retryAfterSeconds: 2 };
    failing(3, throttled);
    await expect(balances.reserve(request())).rejects.toMatchObject(refusal);
    failing(3, throttled);
    await expect(balances.bumpGeneration(randomUUID())).rejects.toMatchObject(refusal);
  });

  test('a settle is tried three times, and can be sent again later', async ({ expect }) => {
    const { username, request, balances } = await newPerson();
    const isSettle = (expression: unknown) => String(expression).includes('REMOVE');
    const first = held(await balances.reserve(request()));
    failing(2, throttled, isSettle);
    expect(await settledNow(balances.settle(first, 4))).toBe(true);
    const second = held(await balances.reserve(request()));
    failing(3, throttled, isSettle);
    await expect(balances.settle(second, 4)).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect(await settledNow(balances.settle(second, 4))).toBe(true);
    expect(spent(await balanceOf(username))).toMatchObject({ t: { s: 8 }, r: {} });
  });
});

test('an item of a newer layout is refused by name and not written', async ({ expect }) => {
  const { username, request, balances } = await newPerson();
  const newer = { ...(await balanceOf(username)), v: 3 };
  await store.dynamo.putItem(store.table, newer);
  const refusal = { status: 503, message: expect.stringContaining('layout 3; this server knows 2') };
  await expect(balances.reserve(request())).rejects.toMatchObject(refusal);
  await expect(balances.generationOf(username)).rejects.toMatchObject(refusal);
  expect(await balanceOf(username)).toEqual(newer);
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { AwsFault } from '../local/emulator.ts';
import { startBooks, type TestBooks } from '../money/test-books.ts';
import { rowOf } from '../money/test-rows.ts';
import { createLogger } from '../observe/logger.ts';
import { createMetrics } from '../observe/metrics.ts';
import { testPerson } from '../people/test-person.ts';
import { createKeySpending } from './key-spending.ts';

const username = '6d0f3f0e-5f0d-4b53-9a3c-0f3f6d6b7c11';
const keyId = 'key_abcdefghijkl';
const dayMs = 86_400_000;
const today = Date.UTC(2026, 10, 21);
const usd = 1_000_000_000;

let books: TestBooks;
beforeEach(async () => {
  books = await startBooks();
});
afterEach(() => books.store.close());

function identityOf(createdDaysAgo: number) {
  const stored = { v: 1, id: keyId, p: 'p1', n: 'laptop', l: 'wxyz', e: 0, s: 'a', g: 1 } as const;
  const c = (today - createdDaysAgo * dayMs) / 1000;
  const person = { ...testPerson, username, keys: new Map([[1, { ...stored, c, sc: [], m: ['*'] }]]) };
  return {
    kind: 'key',
    person,
    keyId,
    scopes: [],
    models: ['*'],
    mcpTools: ['*'],
    team: null,
    expiresAt: null,
  } as const;
}

/** What one instance does with a call: its row, and what follows once it is answered. */
function instance(createdDaysAgo = 100) {
  const lines: string[] = [];
  const figures: string[] = [];
  let now = today;
  const spending = createKeySpending({
    reports: async () => books.reports,
    clock: { now: () => now },
    logger: createLogger((line) => lines.push(line)),
    metrics: createMetrics({ write: (line) => figures.push(line), namespace: 'Pennyworth', service: 'test' }),
  });
  return {
    figures,
    events: () => lines.map((line) => JSON.parse(line)),
    async call(costNanoUsd: number, time: number) {
      now = time;
      books.setTime(time);
      await books.call(rowOf({ username, keyId, time, costNanoUsd }));
      await spending.note(identityOf(createdDaysAgo), 'req_1', costNanoUsd)?.();
    },
  };
}

/** So much on each of the seven days before. */
async function spendBefore(costNanoUsd: number): Promise<void> {
  for (let ago = 7; ago >= 1; ago--) {
    await books.call(rowOf({ username, keyId, time: today - ago * dayMs, costNanoUsd }));
  }
  await books.call(rowOf({ username, keyId: 'key_otherotherot', time: today - dayMs, costNanoUsd: 1_000 * usd }));
}

const noon = today + dayMs / 2;

test('ten times the mean of seven days is told, at the call that reaches it, once a day', async () => {
  await spendBefore(usd);
  const { call, events, figures } = instance();
  for (let calls = 1; calls <= 9; calls++) await call(usd, noon + calls);
  expect(events()).toEqual([]);
  for (let calls = 10; calls <= 25; calls++) await call(usd, noon + calls);
  expect(events()).toMatchObject([
    {
      level: 'warn',
      event: 'suspicious_activity',
      reason: 'unusual_spending',
      username,
      id: keyId,
      request_id: 'req_1',
    },
  ]);
  expect(figures.map((line) => JSON.parse(line))).toMatchObject([
    { SuspiciousActivity: 1, reason: 'unusual_spending' },
  ]);
});

test('what other instances let through counts too', async () => {
  await spendBefore(usd);
  const others = instance();
  for (let calls = 1; calls <= 9; calls++) await others.call(usd, noon + calls);
  const { call, events } = instance();
  await call(usd, noon + 10);
  expect(events()).toMatchObject([{ reason: 'unusual_spending' }]);
});

test.each<[string, number, number, number]>([
  ['a key without calls in these days', 0, 100, 30],
  ['a key that is younger than they are', usd, 5, 30],
  ['less than ten times', 3 * usd, 100, 29],
])('%s is nothing unusual', async (_, before, createdDaysAgo, calls) => {
  if (before > 0) await spendBefore(before);
  const { call, events } = instance(createdDaysAgo);
  for (let index = 0; index < calls; index++) await call(usd, noon + index);
  expect(events()).toEqual([]);
});

test('below a dollar nothing is looked at, however much more it is than before; the next day begins anew', async () => {
  await spendBefore(1);
  const { call, events } = instance();
  await call(usd / 2, noon);
  await call(usd / 2, noon + dayMs);
  expect(events()).toEqual([]);
  await call(usd / 2, noon + dayMs + 1);
  expect(events()).toMatchObject([{ reason: 'unusual_spending' }]);
});

test('a ledger that cannot be read is a line, and nothing is thrown', async () => {
  const { call, events } = instance();
  await call(usd / 2, noon);
  await books.call(rowOf({ username, keyId, time: noon }));
  books.store.setFault((operation) =>
    operation === 'PutItem' || operation === 'UpdateItem'
      ? undefined
      : new AwsFault('InternalServerError', 'down', 500),
  );
  await call(usd, noon + 1);
  books.store.setFault(undefined);
  expect(events()).toMatchObject([{ event: 'spending_not_compared', id: keyId }]);
});

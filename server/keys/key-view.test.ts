import { describe, test } from 'vitest';
import { Key, type ListKeysQuery } from '../../shared/api/keys.ts';
import { GatewayError } from '../errors.ts';
import { newView } from '../money/balance.ts';
import { testPerson } from '../people/test-person.ts';
import { toKey, toPage } from './key-view.ts';
import type { StoredKey } from './stored-key.ts';

const now = Date.parse('2026-11-21T12:00:00.000Z');
const stored: StoredKey = {
  v: 1,
  id: 'key_000000000001',
  h: 'digest',
  p: '01234567',
  n: 'laptop',
  l: 'wxyz',
  c: now / 1000 - 60,
  e: now / 1000 + 60,
  s: 'a',
  sc: ['inference'],
  m: ['claude-*'],
  t: 'red',
  g: 1,
};

const balance = { ...newView, lastUsed: new Map([['key_000000000001', now - 1]]) };

describe('toKey', () => {
  test('shows everything but the digest', ({ expect }) => {
    const key = toKey(testPerson, stored, balance, now);
    expect(Key.parse(key)).toEqual({
      id: 'key_000000000001',
      name: 'laptop',
      last4: 'wxyz',
      status: 'active',
      user_id: 'b81f7aa2-42a5-4b6b-9f0e-0d3f3a5a9c11',
      email: 'ann@example.com',
      team: 'red',
      scopes: ['inference'],
      models: ['claude-*'],
      mcp_tools: ['*'],
      budgets: [],
      rpm: null,
      tpm: null,
      concurrency: null,
      created_at: '2026-11-21T11:59:00.000Z',
      expires_at: '2026-11-21T12:01:00.000Z',
      last_used_at: '2026-11-21T11:59:59.999Z',
    });
    expect(JSON.stringify(key)).not.toContain('digest');
  });

  test('with budgets shows what is spent of them', ({ expect }) => {
    const spent = { day: 1, month: 2_500_000_000, total: 3 };
    const limited = { ...stored, b: { m: 20_000_000_000, r: 60 } };
    const key = toKey(testPerson, limited, { ...balance, keys: new Map([[stored.id, spent]]) }, now);
    expect(Key.parse(key)).toMatchObject({
      budgets: [
        {
          period: 'month',
          limit_usd: '20.000000000',
          spent_usd: '2.500000000',
          resets_at: '2026-12-01T00:00:00.000Z',
        },
      ],
      rpm: 60,
      tpm: null,
    });
  });

  test.for([
    [{}, 'active'],
    [{ e: 0 }, 'active'],
    [{ e: now / 1000 }, 'expired'],
    [{ e: now / 1000 - 1 }, 'expired'],
    [{ s: 'r' }, 'revoked'],
    [{ s: 'r', e: 1 }, 'revoked'],
  ] as const)('%j is %s', ([change, status], { expect }) => {
    expect(toKey(testPerson, { ...stored, ...change }, newView, now).status).toBe(status);
  });
});

describe('toPage', () => {
  const idOf = (index: number) => `key_0000000000${String(index).padStart(2, '0')}`;
  // Pairs of keys share a second; every third is revoked.
  const keys = Array.from({ length: 9 }, (_, index) => {
    const s = index % 3 === 0 ? ('r' as const) : ('a' as const);
    return toKey(testPerson, { ...stored, s, id: idOf(index), c: stored.c + Math.floor(index / 2) }, newView, now);
  });

  function walk(query: ListKeysQuery): string[][] {
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = toPage(keys, { ...query, ...(cursor === undefined ? {} : { cursor }) });
      pages.push(page.data.map((key) => key.id));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return pages;
  }

  test('lists the newest first, each key on one page', ({ expect }) => {
    const all = [8, 7, 6, 5, 4, 3, 2, 1, 0].map(idOf);
    expect(walk({})).toEqual([all]);
    expect(walk({ limit: 4 })).toEqual([all.slice(0, 4), all.slice(4, 8), all.slice(8)]);
    expect(walk({ limit: 9 })).toEqual([all]);
  });

  test('filters before it counts', ({ expect }) => {
    expect(walk({ status: 'revoked', limit: 2 })).toEqual([[6, 3].map(idOf), [0].map(idOf)]);
    expect(walk({ status: 'expired' })).toEqual([[]]);
  });

  test.for(['', 'x', '%00', Buffer.from('2026').toString('base64url')])(
    'refuses the cursor %j',
    (cursor, { expect }) => {
      expect(() => toPage(keys, { cursor })).toThrow(GatewayError);
    },
  );
});

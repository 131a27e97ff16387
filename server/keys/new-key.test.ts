import { randomBytes } from 'node:crypto';
import { describe, test } from 'vitest';
import { CreateKey } from '../../shared/api/keys.ts';
import { GatewayError } from '../errors.ts';
import type { Person } from '../people/person.ts';
import { testPerson } from '../people/test-person.ts';
import { unlimited } from '../people/test-rights.ts';
import { createKeyFormat } from './key-format.ts';
import { type KeyRequest, parseKeyRequest } from './key-request.ts';
import { planNewKey } from './new-key.ts';
import { StoredKey } from './stored-key.ts';

const now = Date.parse('2026-11-21T12:00:00.500Z');
const nowSeconds = Math.floor(now / 1000);
const hour = 3_600;
const day = 24 * hour;

function personIn(...groups: string[]): Person {
  return {
    ...testPerson,
    groups,
    rights: { ...unlimited, models: ['*'], teams: groups.filter((group) => group !== 'admin') },
  };
}

function request(input: unknown): KeyRequest {
  return parseKeyRequest(CreateKey.parse(input), now);
}

const secret = randomBytes(32);
const format = createKeyFormat({
  fingerprint: '0123456789abcdef',
  pepper: secret,
  pepperId: '01234567',
  checksumKey: secret,
  ledgerKey: secret,
  sealingKey: secret,
});
const id = 'key_aaaaaaaaaaaa';
const planFor = (owner: Person, input: unknown) => planNewKey(owner, request(input), id, format, now);

function refusal(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error instanceof GatewayError ? [error.status, error.code, error.param] : error;
  }
}

describe('a request for a key', () => {
  test('gets 90 days, inference and mcp, every model', ({ expect }) => {
    expect(request({ name: ' laptop ' })).toEqual({
      n: 'laptop',
      c: nowSeconds,
      e: nowSeconds + 90 * day,
      sc: ['inference', 'mcp'],
      m: ['*'],
      team: undefined,
    });
  });

  test.for([
    [{ expires_in: '1h' }, hour],
    [{ expires_in: '36h' }, 36 * hour],
    [{ expires_in: '3650d' }, 3650 * day],
    [{ expires_at: '2026-11-21T13:00:00.000Z' }, hour],
    [{ expires_at: '2026-12-21T12:00:00Z' }, 30 * day],
  ] as const)('%j ends then', ([input, life], { expect }) => {
    expect(request({ name: 'k', ...input }).e).toBe(nowSeconds + life);
  });

  test('never ends only when that is written', ({ expect }) => {
    expect(request({ name: 'k', expires_in: 'never' }).e).toBe(0);
  });

  test.for([
    [{ expires_in: '3651d' }, [400, 'invalid_request', 'expires_in']],
    [{ expires_in: '99999h' }, [400, 'invalid_request', 'expires_in']],
    [{ expires_at: '2026-11-21T12:30:00Z' }, [400, 'invalid_request', 'expires_at']],
    [{ expires_at: '2020-01-01T00:00:00Z' }, [400, 'invalid_request', 'expires_at']],
    [{ expires_at: '2046-01-01T00:00:00Z' }, [400, 'invalid_request', 'expires_at']],
    [{ expires_in: '1d', expires_at: '2026-12-01T00:00:00Z' }, [400, 'invalid_request', 'expires_at']],
    [{ budgets: [{ period: 'day', limit_usd: '0.00' }] }, [400, 'invalid_request', 'budgets[0].limit_usd']],
    [{ rpm: -1 }, [400, 'invalid_request', 'rpm']],
    [{ tpm: 0 }, [400, 'invalid_request', 'tpm']],
    [{ concurrency: 301 }, [400, 'invalid_request', 'concurrency']],
    [{ team: 'blue' }, [403, 'forbidden', 'team']],
    [{ team: 'admin' }, [403, 'forbidden', 'team']],
  ] as const)('%j is refused', ([input, expected], { expect }) => {
    expect(refusal(() => planFor(personIn('red', 'admin'), { name: 'k', ...input }))).toEqual(expected);
  });

  test.for([
    [['*'], ['claude-*'], true],
    [['claude-*'], ['claude-sonnet-4-5', 'claude-h*'], true],
    [['claude-*'], ['*'], true],
    [[], ['*'], true],
    [['claude-*'], ['cl*'], false],
    [['claude-*', 'nova-lite'], ['nova-lite', 'nova-pro'], false],
    [['claude-*5'], ['claude-*'], false],
    [[], ['nova-lite'], false],
  ] as const)('an owner of %j gives %j: %j', ([models, asked, isGranted], { expect }) => {
    const owner = { ...testPerson, rights: { ...unlimited, models, teams: [] } };
    const outcome = refusal(() => planFor(owner, { name: 'k', models: asked }).key.m);
    expect(outcome).toEqual(isGranted ? asked : [403, 'model_not_allowed', 'models']);
  });

  test('an empty list of budgets is no limit', ({ expect }) => {
    expect(request({ name: 'k', budgets: [] }).n).toBe('k');
  });

  test('keeps the team it names; one that names none is bound to none', ({ expect }) => {
    expect([
      planFor(personIn('red', 'blue'), { name: 'k', team: 'blue' }).key.t,
      planFor(personIn('red'), { name: 'k' }).key.t,
    ]).toEqual(['blue', undefined]);
  });
});

describe('planNewKey', () => {
  const plan = (keys: Person['keys'], input: unknown = { name: 'k' }, unreadableSlots = new Set<number>()) =>
    planFor({ ...personIn('red'), keys, unreadableSlots }, input);

  function stored(change: Partial<StoredKey>): StoredKey {
    const id = 'key_000000000001';
    const times = { c: nowSeconds - day, e: nowSeconds + day };
    return { v: 1, id, h: 'h', p: 'p', n: 'n', l: 'last', s: 'a', sc: ['mcp'], m: ['*'], g: 1, ...times, ...change };
  }
  const forty = (change: (slot: number) => Partial<StoredKey> = () => ({})) =>
    new Map(Array.from({ length: 40 }, (_, index) => [index + 1, stored(change(index + 1))] as const));

  test('makes what the slot will hold, and nothing of the secret but its last four characters', ({ expect }) => {
    const { slot, key, text } = plan(new Map([[1, stored({})]]));
    expect({ slot, ...key }).toEqual({
      slot: 2,
      v: 1,
      id: expect.stringMatching(/^key_[A-Za-z0-9]{12}$/),
      h: expect.stringMatching(/^[\w-]{43}$/),
      p: '01234567',
      n: 'k',
      l: text.slice(67, 71),
      c: nowSeconds,
      e: nowSeconds + 90 * day,
      s: 'a',
      sc: ['inference', 'mcp'],
      m: ['*'],
      g: 17,
    });
    expect(StoredKey.parse(JSON.parse(JSON.stringify(key)))).toEqual(key);
    expect(format.matches(text, key.h)).toBe(true);
  });

  test('passes over a slot that it cannot read', ({ expect }) => {
    expect(plan(new Map(), undefined, new Set([1, 2])).slot).toBe(3);
  });

  test('takes the slot of the oldest key that works no more, but no active one', ({ expect }) => {
    const keys = forty((slot) => {
      if (slot === 30) return { s: 'r', c: nowSeconds - 5 * day };
      if (slot === 20) return { e: nowSeconds - 1, c: nowSeconds - 9 * day };
      if (slot === 10) return { s: 'r', c: nowSeconds - 7 * day };
      return { c: nowSeconds - 99 * day };
    });
    expect(plan(keys).slot).toBe(20);
  });

  test('refuses the forty-first active key', ({ expect }) => {
    expect(refusal(() => plan(forty()))).toEqual([409, 'key_limit', undefined]);
    expect(refusal(() => plan(new Map(), undefined, new Set(forty().keys())))).toEqual([409, 'key_limit', undefined]);
  });

  test('refuses patterns that would not fit into the attribute', ({ expect }) => {
    const models = Array.from({ length: 50 }, (_, index) => `model-${index}-${'x'.repeat(60)}`);
    expect(refusal(() => plan(new Map(), { name: 'k', models }))).toEqual([400, 'invalid_request', 'models']);
  });
});

import { randomBytes, randomUUID } from 'node:crypto';
import {
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminEnableUserCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { encodeApiKeyBody, encodeBase62 } from '../../shared/api-key.ts';
import { createKeyFormat } from '../keys/key-format.ts';
import { bearer, callsOf, Deployment, type Instance, outcomeOf, testClock } from '../keys/test-deployment.ts';
import { reserveRequest } from '../money/test-requests.ts';

let deployment: Deployment;
let instance: Instance;
let username: string;
let key: string;
beforeAll(async () => {
  deployment = await Deployment.start();
  instance = deployment.startInstance();
  username = await deployment.createPerson(['red']);
  ({ key } = await deployment.createKey(instance, username, { scopes: ['inference', 'usage'], models: ['nova-*'] }));
});
afterAll(() => deployment.close());

const calls = () => callsOf(deployment.cognito, deployment.dynamo, deployment.ssm);

describe('a credential', () => {
  test.for([
    ['by Authorization', () => bearer(key)],
    ['by x-api-key', () => ({ 'x-api-key': [key] })],
    ['by both, equal', () => ({ ...bearer(key), 'x-api-key': [key] })],
    ['twice, equal', () => ({ authorization: [`Bearer ${key}`, `bearer  ${key} `] })],
    ['beside an empty header', () => ({ authorization: ['Bearer'], 'x-api-key': ['', key] })],
  ] as const)('%s is taken', async ([, headers], { expect }) => {
    expect(await instance.authenticate(headers())).toMatchObject({ kind: 'key', person: { username } });
  });

  test('by key tells what the key may do', async ({ expect }) => {
    const { person, ...identity } = await instance.authenticate(bearer(key));
    expect(identity).toEqual({
      kind: 'key',
      keyId: expect.stringMatching(/^key_\w{12}$/),
      expiresAt: expect.any(Number),
      scopes: ['inference', 'usage'],
      models: ['nova-*'],
      mcpTools: ['*'],
      team: 'red',
    });
    expect(person).toMatchObject({ username, email: `${username}@example.com`, enabled: true, mfa: false });
  });

  test.for([
    [
      'two that differ',
      () => ({ ...bearer(key), 'x-api-key': [`${key.slice(0, -1)}!`] }),
      '400 conflicting_credentials',
    ],
    ['two of one header', () => ({ 'x-api-key': [key, 'other'] }), '400 conflicting_credentials'],
    [
      'another scheme beside a key',
      () => ({ authorization: ['Basic eA=='], 'x-api-key': [key] }),
      '400 conflicting_credentials',
    ],
    ['another scheme', () => ({ authorization: [`Basic ${key}`] }), '401 invalid_api_key'],
    ['no scheme but a wrong word', () => ({ authorization: [`Bearer${key}`] }), '401 invalid_api_key'],
    ['none', () => ({}), '401 invalid_api_key'],
    ['empty ones', () => ({ authorization: ['', 'Bearer '], 'x-api-key': [' '] }), '401 invalid_api_key'],
    ['300 characters', () => bearer(key.repeat(4).slice(0, 300)), '401 invalid_api_key'],
    ['a token of 9 KB', () => bearer(`eyJ${'a'.repeat(9000)}.e30.c2ln`), '401 invalid_api_key'],
  ] as const)('is refused: %s', async ([, headers, expected], { expect }) => {
    expect(await outcomeOf(instance.authenticate(headers()))).toBe(expected);
  });

  test('that is missing is asked for, with how to send it', async ({ expect }) => {
    await expect(instance.authenticate({})).rejects.toMatchObject({
      message: 'No API key was sent. Send "Authorization: Bearer <key>" or "x-api-key: <key>".',
      headers: { 'www-authenticate': 'Bearer' },
    });
  });
});

describe('guessing', () => {
  const wrong = '401 invalid_api_key';

  async function refusals(count: number, make: () => string): Promise<{ wrong: number; microseconds: number }> {
    const start = performance.now();
    let refused = 0;
    for (let index = 0; index < count; index++) {
      if ((await outcomeOf(instance.authenticate(bearer(make())))) === wrong) refused++;
    }
    return { wrong: refused, microseconds: ((performance.now() - start) / count) * 1000 };
  }

  function randomChecksum(): string {
    return encodeBase62(BigInt(randomBytes(4).readUInt32BE()), 6);
  }

  test('100,000 random keys cost no call to AWS, 100 µs each at most', async ({ expect }) => {
    const before = calls();
    const result = await refusals(100_000, () => {
      const digits = BigInt(`0x${randomBytes(52).toString('hex')}`) % 62n ** 69n;
      return `pnw_${encodeBase62(digits, 69).slice(0, 67)}${randomChecksum()}`;
    });
    expect(result.wrong).toBe(100_000);
    expect(calls() - before).toBe(0);
    expect(result.microseconds).toBeLessThan(500);
  });

  test('10,000 keys in the name of a person cost no call to AWS', async ({ expect }) => {
    const before = calls();
    let index = 0;
    const result = await refusals(10_000, () => {
      const owner = index++ % 2 === 0 ? username : randomUUID();
      return `${encodeApiKeyBody(owner, (index % 40) + 1, randomBytes(32))}${randomChecksum()}`;
    });
    expect(result.wrong).toBe(10_000);
    expect(calls() - before).toBe(0);
  });

  test('10,000 hostile strings are refused without a call and without a fault', async ({ expect }) => {
    const before = calls();
    const part = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.base64String({ maxLength: 200 }),
      fc.json().map((json) => Buffer.from(json).toString('base64url')),
      fc.constantFrom('', '..', 'eyJhbGciOiJub25lIn0', '__proto__', key, key.slice(0, 70), '\0', 'A'.repeat(9000)),
    );
    const hostile = fc.tuple(fc.constantFrom('', 'pnw_', 'eyJ', `${key.slice(0, 30)}`), part, part, part);
    await fc.assert(
      fc.asyncProperty(hostile, fc.constantFrom('.', '', ' '), async ([start, ...rest], joint) => {
        const text = start + rest.join(joint);
        fc.pre(text.trim() !== key);
        expect(await outcomeOf(instance.authenticate({ 'x-api-key': [text] }))).toBe(wrong);
      }),
      { numRuns: 10_000 },
    );
    expect(calls() - before).toBe(0);
  }, 120_000);
});

describe('a person’s state', () => {
  test('200 first calls at once read the person once', async ({ expect }) => {
    const cold = deployment.startInstance();
    await cold.rootSecret.keys();
    const count = () => [
      deployment.cognito.calls.get('AdminGetUser') ?? 0,
      deployment.dynamo.calls.get('GetItem') ?? 0,
    ];
    const before = count();
    const found = await Promise.all(Array.from({ length: 200 }, () => cold.authenticate(bearer(key))));
    expect(new Set(found.map(({ person }) => person)).size).toBe(1);
    // The table is asked for the generation, and for the policy of the one team.
    expect(count().map((calls, index) => calls - (before[index] ?? 0))).toEqual([1, 2]);
  });

  test('revoking a key here makes a reserve elsewhere stale, and after forget() it is refused', async ({ expect }) => {
    const elsewhere = deployment.startInstance();
    const made = await deployment.createKey(instance, username);
    const { person } = await elsewhere.authenticate(bearer(made.key));
    await instance.keys.revoke(await deployment.callerOf(instance, username), made.id);

    expect(await outcomeOf(instance.authenticate(bearer(made.key)))).toBe('401 key_revoked');
    const now = Date.now();
    const reserve = reserveRequest({ username, keyId: made.id, generation: person.generation, now });
    expect(await elsewhere.balances.reserve(reserve)).toBe('stale');
    elsewhere.people.forget(username);
    expect(await outcomeOf(elsewhere.authenticate(bearer(made.key)))).toBe('401 key_revoked');
    expect(await outcomeOf(elsewhere.authenticate(bearer(key)))).toBe('ok');
  });

  test('an expired or revoked key is told so; another secret for its slot, rightly summed, is not', async ({
    expect,
  }) => {
    const clock = testClock();
    const later = deployment.startInstance({ clock });
    const ann = await deployment.createPerson();
    const [expiring, revoked] = [
      await deployment.createKey(instance, ann, { expires_in: '1h' }),
      await deployment.createKey(instance, ann, { expires_in: 'never' }),
    ];
    await instance.keys.revoke(await deployment.callerOf(instance, ann), revoked.id);
    const format = createKeyFormat(await instance.rootSecret.keys());
    const guesses = [1, 2, 3].map((slot) => format.mint(ann, slot)?.text ?? '');
    const outcomes = () =>
      Promise.all([expiring.key, revoked.key, ...guesses].map((text) => outcomeOf(later.authenticate(bearer(text)))));
    const wrong = '401 invalid_api_key';
    expect(await outcomes()).toEqual(['ok', '401 key_revoked', wrong, wrong, wrong]);
    clock.advance(3_600_000);
    expect(await outcomes()).toEqual(['401 key_expired', '401 key_revoked', wrong, wrong, wrong]);
  });

  test('disabled, their keys and tokens stop within a minute, and work again when enabled', async ({ expect }) => {
    const clock = testClock();
    const warm = deployment.startInstance({ clock });
    const ann = await deployment.createPerson();
    const made = await deployment.createKey(instance, ann);
    const { accessToken } = await deployment.signIn(ann);
    const both = async () => [
      await outcomeOf(warm.authenticate(bearer(made.key))),
      await outcomeOf(warm.authenticate(bearer(accessToken))),
    ];
    const who = { UserPoolId: deployment.userPoolId, Username: ann };
    expect(await both()).toEqual(['ok', 'ok']);
    await deployment.admin.send(new AdminDisableUserCommand(who));
    clock.advance(60_000);
    expect(await both()).toEqual([wrong, wrong]);
    await deployment.admin.send(new AdminEnableUserCommand(who));
    clock.advance(60_000);
    expect(await both()).toEqual(['ok', 'ok']);
    await deployment.admin.send(new AdminDeleteUserCommand(who));
    clock.advance(60_000);
    expect(await both()).toEqual([wrong, wrong]);
  });
  const wrong = '401 invalid_api_key';

  test('a warm check takes 20 µs at most', async ({ expect }) => {
    const headers = bearer(key);
    const times: number[] = [];
    for (let round = 0; round < 20; round++) {
      const start = performance.now();
      for (let index = 0; index < 1_000; index++) await instance.authenticate(headers);
      times.push(performance.now() - start);
    }
    const median = times.sort((a, b) => a - b)[10] ?? Number.NaN;
    // ms for 1,000 checks = µs for one; five times the bar guards against a busy machine.
    expect(median).toBeLessThan(100);
  });
});

describe('while Cognito is out of reach', () => {
  test('keys of people who were just here go on for five minutes, everybody else gets 503', async ({ expect }) => {
    const broken = await Deployment.start();
    try {
      const warm = broken.startInstance();
      const ann = await broken.createPerson();
      const made = await broken.createKey(warm, ann);
      const cold = broken.startInstance();
      await cold.rootSecret.keys();
      const { accessToken } = await broken.signIn(ann);
      expect(await outcomeOf(warm.authenticate(bearer(made.key)))).toBe('ok');
      await broken.cognito.close();

      const unavailable = '503 auth_unavailable';
      expect(await outcomeOf(warm.authenticate(bearer(made.key)))).toBe('ok');
      broken.clock.advance(200_000);
      expect(await outcomeOf(warm.authenticate(bearer(made.key)))).toBe('ok');
      expect(await outcomeOf(cold.authenticate(bearer(made.key)))).toBe(unavailable);
      expect(await outcomeOf(cold.authenticate(bearer(accessToken)))).toBe(unavailable);
      broken.clock.advance(101_000);
      expect(await outcomeOf(warm.authenticate(bearer(made.key)))).toBe(unavailable);
    } finally {
      await broken.close();
    }
  });
});

import { describe, inject, test } from 'vitest';
import { Key } from '../../shared/api/keys.ts';
import { chat } from './manage.ts';
import { createKey, createPerson, request } from './people.ts';

// What nobody means when it comes to money: refused by its field, and nothing of the request is done.

const dev = inject('dev');
const admin = inject('adminToken');

const amounts = [
  -1,
  '-0.01',
  0,
  '0',
  1e12,
  '1000000.000000001',
  '0.0000000001',
  1e-10,
  '1e3',
  'twenty',
  '',
  null,
  'NaN',
];

describe.for(amounts)('a budget of %j', (limit_usd) => {
  const budgets = [
    { period: 'day', limit_usd: '1' },
    { period: 'month', limit_usd },
  ];

  test('of a key is refused when it is made and when it is changed, and the key is as it was', async ({ expect }) => {
    const person = await createPerson();
    const { id } = await createKey(person, { budgets: [{ period: 'day', limit_usd: '2' }], rpm: 5 });
    const before = await request(['GET', `/v1/keys/${id}`], person.token);
    const tries = [
      await request(['POST', '/v1/keys'], person.token, { name: 'other', budgets }),
      await request(['PATCH', `/v1/keys/${id}`], person.token, { name: 'other', rpm: 9, budgets }),
    ];
    for (const { status, body } of tries) {
      expect(status).toBe(400);
      expect(body).toMatchObject({ error: { param: expect.stringMatching(/^budgets\b.*limit_usd/) } });
    }
    expect((await request(['GET', `/v1/keys/${id}`], person.token)).body).toEqual(before.body);
    expect((await request(['GET', '/v1/keys'], person.token)).body).toMatchObject({ data: [{ id }] });
  });

  test('of a person or team is refused, and their policy is as it was', async ({ expect }) => {
    const team = `poor-${crypto.randomUUID().slice(0, 8)}`;
    const { username } = await createPerson();
    const policy = { budgets: [{ period: 'day', limit_usd: '2' }] };
    for (const [method, path] of [
      ['PATCH', `/v1/users/${username}`],
      ['PUT', `/v1/groups/${team}`],
    ] as const) {
      expect((await request([method, path], admin, { policy })).status).toBe(200);
      const before = await request(['GET', path], admin);
      const refused = await request([method, path], admin, { policy: { budgets, rpm: 3 } });
      expect(refused.status).toBe(400);
      expect(refused.body).toMatchObject({ error: { param: expect.stringMatching(/^policy\.budgets\b.*limit_usd/) } });
      expect((await request(['GET', path], admin)).body).toEqual(before.body);
    }
  });
});

test('a limit below what is spent is taken, shown beside it, and the next call is told what is left of what', async ({
  expect,
}) => {
  const person = await createPerson();
  const { id, key } = await createKey(person, { budgets: [{ period: 'month', limit_usd: '5' }] });
  expect((await chat(key)).status).toBe(200);
  const path = `/v1/keys/${id}`;
  const shown = async () => Key.parse((await request(['GET', path], person.token)).body).budgets[0]?.spent_usd ?? '0';
  await expect.poll(shown).not.toBe('0.000000000');
  const lowered = await request(['PATCH', path], person.token, {
    budgets: [{ period: 'month', limit_usd: '0.000000001' }],
  });
  expect(lowered.status).toBe(200);
  expect(lowered.body).toMatchObject({ budgets: [{ limit_usd: '0.000000001', spent_usd: await shown() }] });
  const refused = await chat(key);
  expect([refused.status, refused.body.error.message]).toEqual([
    402,
    expect.stringContaining('The monthly budget of this API key has $0.000000000 left of $0.000000001'),
  ]);
});

test.for([
  ['from=2026-02-30', 'from'],
  ['to=2026-13-01', 'to'],
  ['from=2025-02-29&to=2025-03-01', 'from'],
  ['from=2026-11', 'from'],
  ['from=yesterday', 'from'],
  ['from=2010-01-01&to=2020-01-02', 'from'],
  ['from=2026-11-21&to=2026-11-20', 'from'],
] as const)('no report, list or export of %s', async ([query, param], { expect }) => {
  const { token } = await createPerson();
  for (const route of ['/v1/usage', '/v1/usage/calls']) {
    const { status, body } = await request(['GET', `${route}?${query}`], token);
    expect([route, status]).toEqual([route, 400]);
    expect(body).toMatchObject({
      error: { param, message: expect.stringMatching(new RegExp(`^${param}: .+[;.] .+`)) },
    });
  }
  expect((await request(['GET', `/v1/usage/verify?${query}`], admin)).status).toBe(400);
});

test('a model that took too long is charged for its prompt, as AWS may bill it, and for nothing it has not said', async ({
  expect,
}) => {
  const person = await createPerson();
  const { key } = await createKey(person);
  const fail = '[[sim:{"fail":{"type":"ModelTimeoutException"}}]]';
  const answered = await chat(key, { messages: [{ role: 'user', content: `Slowly. ${fail}` }] });
  expect([answered.status, answered.body.error.code]).toEqual([504, 'upstream_timeout']);
  const calls = async () => (await request(['GET', '/v1/usage/calls'], person.token)).body;
  const row = {
    status: 'error',
    input_tokens: expect.any(Number),
    output_tokens: 0,
    cost_nano_usd: expect.any(Number),
  };
  await expect.poll(calls).toMatchObject({ data: [row] });
  const { total } = Object(await request(['GET', '/v1/usage'], person.token)).body;
  expect(total.input_tokens).toBeGreaterThan(10);
  expect(total.cost_nano_usd).toBe(total.input_tokens * 3_300);
  expect(dev.model).toBe('claude-sonnet-4-5');
});

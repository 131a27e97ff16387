import { beforeAll, describe, inject, test } from 'vitest';
import { GroupBy, UsageCallList, UsageReport } from '../../shared/api/usage.ts';
import { Recomputation, ReplayResult, UsageVerification } from '../../shared/api/usage-books.ts';
import { dayOf } from '../../shared/period.ts';
import { createKey, createPerson, request, type SignedIn } from './people.ts';

const { model } = inject('dev');
const dayMs = 86_400_000;
const today = dayOf(Date.now());
const yesterday = dayOf(Date.now() - 2 * dayMs);

let [ada, bob, auditor, admin]: readonly (SignedIn | undefined)[] = [];
/** Two calls of ada's (one by key), one of bob's, of this file alone. */
beforeAll(async () => {
  [ada, bob, auditor, admin] = await Promise.all([
    createPerson(['usage-readers']),
    createPerson(),
    createPerson(['auditor']),
    createPerson(['admin'], { secondFactor: true }),
  ]);
  const { key } = await createKey(of(ada));
  for (const credential of [of(ada).token, key, of(bob).token]) {
    const body = { model, max_tokens: 20, messages: [{ role: 'user', content: 'Hi' }] };
    const { status } = await request(['POST', '/v1/chat/completions'], credential, body);
    if (status !== 200) throw new Error(`a call was answered with ${status}`);
  }
});

function of(person: SignedIn | undefined): SignedIn {
  if (!person) throw new Error('nobody was made');
  return person;
}

async function get(path: string, person: SignedIn | undefined) {
  const answer = await request(['GET', path], of(person).token);
  if (answer.status !== 200) throw new Error(`${path}: ${answer.message}`);
  return answer.body;
}

describe('reports of other people', () => {
  test('say the same to their person, to an auditor and to an admin, by every group', async ({ expect }) => {
    const { username } = of(ada);
    for (const group_by of GroupBy.options) {
      const own = UsageReport.parse(await get(`/v1/usage?group_by=${group_by}`, ada));
      expect(own.total.requests).toBe(2);
      for (const reader of [auditor, admin]) {
        const theirs = UsageReport.parse(await get(`/v1/usage?group_by=${group_by}&user_id=${username}`, reader));
        expect({ ...theirs, forecast: undefined }).toEqual({ ...own, forecast: undefined });
      }
    }
    const calls = UsageCallList.parse(await get(`/v1/usage/calls?user_id=${username}`, auditor));
    expect(calls).toEqual(await get('/v1/usage/calls', ada));
  });

  test('hold everybody with all=true, and nobody else’s without', async ({ expect }) => {
    const report = UsageReport.parse(await get('/v1/usage?all=true&group_by=user', auditor));
    const requests = new Map(report.rows.map((row) => [row.group, row.requests]));
    expect([requests.get(of(ada).username), requests.get(of(bob).username)]).toEqual([2, 1]);
    const teams = UsageReport.parse(await get('/v1/usage?all=true&group_by=team', auditor));
    expect(teams.rows.find(({ group }) => group === 'usage-readers')?.requests).toBe(2);
    const calls = UsageCallList.parse(await get(`/v1/usage/calls?all=true&model=${model}&limit=1000`, admin));
    expect(new Set(calls.data.map(({ user_id }) => user_id)).size).toBeGreaterThan(1);
    const own = UsageCallList.parse(await get('/v1/usage/calls', bob));
    expect(own.data.map(({ user_id }) => user_id)).toEqual([of(bob).username]);
  });
});

test.for([
  ['from=2026-02-31', 'from'],
  ['to=yesterday', 'to'],
  ['from=2026-11-02&to=2026-11-01', 'from'],
  ['from=2016-01-01&to=2026-01-02', 'from'],
  ['group_by=colour', 'group_by'],
  ['all=maybe', 'all'],
  ['month=2026-11', 'month'],
])('%s is refused by the name of %s', async ([query, param], { expect }) => {
  const { status, body } = await request(['GET', `/v1/usage?${query}`], of(ada).token);
  expect([status, body]).toMatchObject([400, { error: { code: 'invalid_request', param } }]);
});

describe('the books', () => {
  test('are verified, and say what is not there locally', async ({ expect }) => {
    const told = UsageVerification.parse(await get(`/v1/usage/verify?from=${today}&to=${today}`, auditor));
    expect(told).toMatchObject({ finding: null, next: null });
    expect(told.rows).toBeGreaterThanOrEqual(3);
    const { status, code } = await request(['GET', '/v1/usage/reconcile'], of(auditor).token);
    expect([status, code]).toEqual([400, 'no_cloudwatch']);
  });

  test('are priced again only where days are closed', async ({ expect }) => {
    const ask = (to: string) => request(['POST', '/v1/usage/recompute'], of(admin).token, { from: yesterday, to });
    expect(await ask(today)).toMatchObject({ status: 400, body: { error: { param: 'to' } } });
    expect(Recomputation.parse((await ask(yesterday)).body)).toMatchObject({ applied: false, corrections: 0 });
  });

  test('take a row of the log once, and the trail has it', async ({ expect }) => {
    const { username } = of(bob);
    const requestId = `req_${crypto.randomUUID().replaceAll('-', '')}`;
    const row = JSON.stringify({
      ...{ requestId, time: Date.now(), username, keyId: null, team: null, endpoint: '/v1/chat/completions', model },
      ...{
        target: model,
        provider: 'bedrock',
        status: 'ok',
        errorCode: null,
        stream: false,
        durationMs: 1,
        attempts: 1,
      },
      usage: { inputTokens: 1, cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0, outputTokens: 1 },
      ...{ estimatedNanoUsd: 5, costNanoUsd: 5, dropped: [], upstreamRequestId: null, usageEstimated: false },
    });
    const replay = () => request(['POST', '/v1/usage/replay'], of(admin).token, { rows: [row] });
    const results = await Promise.all([replay(), replay()]);
    const told = results.flatMap(({ body }) => ReplayResult.parse(body).data.map(({ result }) => result));
    expect(told.toSorted()).toEqual(['imported', 'known']);
    const calls = UsageCallList.parse(await get('/v1/usage/calls', bob));
    expect(calls.data.filter(({ request_id }) => request_id === requestId)).toHaveLength(1);
    const trail = await get(`/v1/audit?actor=${of(admin).username}&action=usage.replay`, admin);
    expect(trail).toMatchObject({ data: [{ action: 'usage.replay', target: 'ledger' }] });
  });
});

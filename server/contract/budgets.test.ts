import { request as httpRequest } from 'node:http';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { describe, inject, test } from 'vitest';
import * as z from 'zod/mini';
import { Key } from '../../shared/api/keys.ts';
import { Me } from '../../shared/api/me.ts';
import { UsageReport } from '../../shared/api/usage.ts';
import { parseUsd } from '../../shared/money.ts';
import { marker } from './ask.ts';
import { openHolds } from './holds.ts';
import { createKey, createPerson, request, type SignedIn } from './people.ts';

const dev = inject('dev');
const admin = inject('adminToken');

/** 4,000 bytes of answer are 1,000 tokens: with a short prompt $0.0166 by the catalogue's prices, held at $0.0175. */
const callBody = {
  model: dev.model,
  max_tokens: 1_000,
  messages: [{ role: 'user', content: `Please. ${marker({ bytes: 4_000, chunks: 10 })}` }],
};
const tenCalls = '0.167';

function chat(key: string, fields: object = {}, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${dev.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ ...callBody, ...fields }),
  });
}

/** A stream whose client leaves with the first piece of it. @returns the status */
function leave(key: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${dev.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    });
    sent.on('response', (response) => {
      const status = response.statusCode ?? 0;
      response.on('end', () => resolve(status)).on('error', () => resolve(status));
      response.once('data', () => {
        if (status === 200) sent.destroy();
        resolve(status);
      });
    });
    sent.on('error', reject);
    sent.end(JSON.stringify({ ...callBody, stream: true }));
  });
}

/** nano-USD of the person's ledger; once nothing is open any more. */
async function spentBy({ username, token }: SignedIn): Promise<number> {
  for (let attempt = 0; attempt < 100 && (await openHolds(`U#${username}`)).length > 0; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const report = UsageReport.parse((await request(['GET', '/v1/usage'], token)).body);
  return report.total.cost_nano_usd ?? 0;
}

const setPolicy = (path: string, policy: object) => request(['PATCH', path], admin, { policy });
const month = (limit_usd: string) => ({ budgets: [{ period: 'month', limit_usd }] });

describe('200 callers at once, streaming or not, some leaving, against budgets for ten calls', () => {
  test.for([
    ['of the key', { key: tenCalls }],
    ['of the person', { person: tenCalls }],
    ['of key, person and team together', { key: '0.2', person: '0.19', team: tenCalls }],
  ] as const)('%s: never more is spent, nothing leaks', { timeout: 300_000 }, async ([, limits], { expect }) => {
    const team = `budget-${crypto.randomUUID().slice(0, 8)}`;
    const person = await createPerson('team' in limits ? [team] : []);
    if ('team' in limits) {
      expect((await request(['PUT', `/v1/groups/${team}`], admin, { policy: month(limits.team) })).status).toBe(200);
    }
    if ('person' in limits) {
      expect((await setPolicy(`/v1/users/${person.username}`, month(limits.person))).status).toBe(200);
    }
    const { id, key } = await createKey(person, 'key' in limits ? month(limits.key) : {});
    const statuses = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        if (index % 5 === 0) return leave(key);
        const response = await chat(key, { stream: index % 2 === 0 });
        await response.text();
        return response.status;
      }),
    );
    const admitted = statuses.filter((status) => status === 200).length;
    expect(new Set(statuses)).toEqual(new Set([200, 402]));
    const spent = await spentBy(person);
    expect(admitted).toBeGreaterThanOrEqual(9);
    expect(spent).toBeLessThanOrEqual(parseUsd(tenCalls) ?? 0);
    expect(await openHolds(`U#${person.username}`)).toEqual([]);
    if ('team' in limits) expect(await openHolds(`G#${team}`)).toEqual([]);
    // What the budgets say is spent is what the ledger says.
    if ('key' in limits) {
      const [budget] = Key.parse((await request(['GET', `/v1/keys/${id}`], person.token)).body).budgets;
      expect(parseUsd(budget?.spent_usd ?? '')).toBe(spent);
    }
    if ('person' in limits) {
      const [budget] = Me.parse((await request(['GET', '/v1/me'], person.token)).body).budgets;
      expect(parseUsd(budget?.spent_usd ?? '')).toBe(spent);
    }
    const { total } = UsageReport.parse((await request(['GET', '/v1/usage'], person.token)).body);
    expect(total.requests).toBe(admitted);
  });
});

describe('a budget that is used up', () => {
  test('of a team holds for whoever is in it, by whatever key', async ({ expect }) => {
    const [poor, rich] = [`a-${crypto.randomUUID()}`, `b-${crypto.randomUUID()}`];
    for (const [team, policy] of [
      [poor, month('0.000001')],
      [rich, {}],
    ] as const) {
      expect((await request(['PUT', `/v1/groups/${team}`], admin, { policy })).status).toBe(200);
    }
    const person = await createPerson();
    const join = (team: string) => request(['PUT', `/v1/groups/${team}/users/${person.username}`], admin);
    const older = await createKey(person);
    const answered = await chat(older.key);
    expect([answered.status, await answered.text()]).toEqual([200, expect.any(String)]);
    expect((await join(poor)).status).toBe(200);
    expect((await chat(older.key)).status).toBe(402);
    const named = await createKey(person, { team: poor });
    const freed = await request(['PATCH', `/v1/keys/${named.id}`], person.token, { team: null });
    expect(freed.body).toMatchObject({ team: poor });
    expect((await chat(named.key)).status).toBe(402);
    // Of two teams the first by name pays: being in another one as well frees nobody.
    expect((await join(rich)).status).toBe(200);
    expect([(await chat(older.key)).status, (await chat(person.token)).status]).toEqual([402, 402]);
  });

  test('is told in each dialect, as an error that SDKs do not try again', async ({ expect }) => {
    const { key } = await createKey(await createPerson(), { budgets: [{ period: 'total', limit_usd: '0.000001' }] });
    const openai = new OpenAI({ baseURL: `${dev.url}/v1`, apiKey: key });
    const anthropic = new Anthropic({ baseURL: dev.url, apiKey: key });
    const messages = [{ role: 'user' as const, content: 'Hi' }];
    const expected = { status: 402, code: 'insufficient_quota', type: 'insufficient_quota' };
    const chats = openai.chat.completions.create({ model: dev.model, messages });
    await expect(chats).rejects.toMatchObject(expected);
    await expect(openai.responses.create({ model: dev.model, input: 'Hi' })).rejects.toMatchObject(expected);
    await expect(openai.completions.create({ model: dev.model, prompt: 'Hi' })).rejects.toMatchObject(expected);
    await expect(anthropic.messages.create({ model: dev.model, messages, max_tokens: 9 })).rejects.toMatchObject({
      status: 402,
      error: { type: 'error', error: { type: 'billing_error', message: expect.stringContaining('total budget') } },
    });
    const refused = await chat(key);
    expect(refused.headers.get('x-should-retry')).toBe('false');
    await refused.text();
  });

  test('lowers the output cap that the gateway chose, and tells it; not one the caller named', async ({ expect }) => {
    // $0.05 pay for about 2,900 tokens of output.
    const { key } = await createKey(await createPerson(), { budgets: [{ period: 'day', limit_usd: '0.05' }] });
    const named = await chat(key, { max_tokens: 4_000 });
    expect([named.status, await named.text()]).toEqual([402, expect.stringContaining('Ask for a shorter answer')]);
    const free = await chat(key, { max_tokens: undefined });
    expect(free.status).toBe(200);
    const cap = Number(free.headers.get('x-pennyworth-max-tokens'));
    expect(cap).toBeGreaterThan(2_000);
    expect(cap).toBeLessThan(3_030);
    await free.text();
  });

  test('is changed, and shown with what is spent', async ({ expect }) => {
    const person = await createPerson();
    const { id, key } = await createKey(person, { budgets: [{ period: 'day', limit_usd: 0.001 }] });
    expect((await chat(key)).status).toBe(402);
    const patch = (body: object) => request(['PATCH', `/v1/keys/${id}`], person.token, body);
    const raised = await patch({ budgets: [{ period: 'day', limit_usd: '1.5' }], rpm: 100 });
    expect(raised.body).toMatchObject({ rpm: 100, budgets: [{ period: 'day', limit_usd: '1.500000000' }] });
    const answered = await chat(key);
    await answered.text();
    const cost = parseUsd(answered.headers.get('x-pennyworth-cost-usd') ?? '');
    await spentBy(person);
    const shown = Key.parse((await request(['GET', `/v1/keys/${id}`], person.token)).body);
    expect(parseUsd(shown.budgets[0]?.spent_usd ?? '')).toBe(cost);
    expect((await patch({ budgets: [], rpm: null })).body).toMatchObject({ budgets: [], rpm: null });
  });
});

describe.for([true, false])('optimized latency, which AWS bills at rates of its own (streamed: %s)', (stream) => {
  const asked = { model: 'nova-pro', performanceConfig: { latency: 'optimized' }, stream };

  test('is refused to who has a budget, since its price is not known', async ({ expect }) => {
    const { key } = await createKey(await createPerson(), month('5'));
    const refused = await chat(key, asked);
    expect([refused.status, await refused.text()]).toEqual([
      403,
      expect.stringContaining('nova-pro has no known price with optimized latency'),
    ]);
    const standard = await chat(key, { ...asked, performanceConfig: { latency: 'standard' } });
    expect([standard.status, await standard.text()]).toEqual([200, expect.any(String)]);
  });

  test('costs nobody knows what where there is none, and is told as no service tier', async ({ expect }) => {
    const person = await createPerson();
    const { key } = await createKey(person);
    const answered = await chat(key, asked);
    expect([answered.status, await answered.text()]).toEqual([200, expect.not.stringContaining('service_tier')]);
    await spentBy(person);
    const { body } = await request(['GET', '/v1/usage'], person.token);
    expect(UsageReport.parse(body)).toMatchObject({ unpriced_requests: 1, total: { cost_nano_usd: null } });
  });
});

describe('rates', () => {
  test('of three requests a minute: three, then 429 with the time to wait; told in each answer’s headers', async ({
    expect,
  }) => {
    const { key } = await createKey(await createPerson(), { rpm: 3, tpm: 1_000_000 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => chat(key)));
    // One that began a moment before those that were let in may hear of that moment only.
    const waits = ({ headers }: Response) => Number(headers.get('retry-after'));
    const [refused] = answers.filter(({ status }) => status === 429).toSorted((a, b) => waits(b) - waits(a));
    expect(answers.filter(({ status }) => status === 200).length).toBe(3);
    const Refusal = z.object({ error: z.object({ type: z.string(), code: z.string(), message: z.string() }) });
    expect(Refusal.parse(JSON.parse((await refused?.text()) ?? '')).error).toMatchObject({
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
      message: expect.stringContaining('3 requests a minute'),
    });
    expect(refused && waits(refused)).toBeGreaterThan(15);
    const admitted = answers.filter(({ status }) => status === 200).map(({ headers }) => headers);
    const remaining = admitted.map((headers) => headers.get('x-ratelimit-remaining-requests')).toSorted();
    // One that had to be sent again sees those that came meanwhile.
    expect(remaining[0]).toBe('0');
    expect(remaining.every((left) => ['0', '1', '2'].includes(left ?? ''))).toBe(true);
    expect(admitted[0]?.get('x-ratelimit-limit-requests')).toBe('3');
    expect(admitted[0]?.get('x-ratelimit-limit-tokens')).toBe('1000000');
    expect(admitted[0]?.get('x-ratelimit-reset-requests')).toMatch(/^(\d+m)?\d+m?s$/);
  });

  test('of one open call: who asks one after the other is never refused, streamed or not', async ({ expect }) => {
    const { key } = await createKey(await createPerson(), { concurrency: 1 });
    for (let call = 0; call < 12; call++) {
      const answer = await chat(key, { stream: call % 2 === 0 });
      expect(answer.status).toBe(200);
      await answer.text();
    }
  });

  test('of open calls: as many as are allowed, and again once one has ended', async ({ expect }) => {
    const { key } = await createKey(await createPerson(), { concurrency: 2 });
    const slow = { messages: [{ role: 'user', content: `Wait. ${marker({ delayMs: 500, text: 'Done.' })}` }] };
    const answers = await Promise.all(Array.from({ length: 6 }, () => chat(key, slow)));
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(2);
    const [refused] = answers.filter(({ status }) => status === 429);
    expect(await refused?.text()).toContain('concurrency_limit');
    await Promise.all(answers.map((answer) => (answer.bodyUsed ? '' : answer.text())));
    // A hold ends with the call's settlement, which follows its last byte.
    await expect.poll(async () => (await chat(key)).status, { timeout: 10_000 }).toBe(200);
  });
});

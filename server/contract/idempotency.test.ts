import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { describe, inject, test } from 'vitest';
import { UsageReport } from '../../shared/api/usage.ts';
import { marker } from './ask.ts';
import { createKey, createPerson, request, type SignedIn } from './people.ts';

const dev = inject('dev');

const messages = [{ role: 'user', content: 'Say hello.' }];
const slowly = [{ role: 'user', content: `Wait. ${marker({ delayMs: 1_500, text: 'Done.' })}` }];
const bodies = {
  '/v1/chat/completions': { model: dev.model, messages },
  '/v1/completions': { model: dev.model, prompt: 'Say hello.' },
  '/v1/responses': { model: dev.model, input: 'Say hello.' },
  '/v1/messages': { model: dev.model, messages, max_tokens: 100 },
} as const;
type Path = keyof typeof bodies;

async function post(key: string, idempotencyKey: string, body: object, path: Path = '/v1/chat/completions') {
  const response = await fetch(`${dev.url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'idempotency-key': idempotencyKey,
      // Which API's body it is.
      ...(path === '/v1/messages' && { 'anthropic-version': '2023-06-01' }),
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const { status, headers } = response;
  const id = headers.get('x-request-id') ?? '';
  return {
    status,
    text,
    headers,
    id,
    replayed: headers.get('idempotent-replayed'),
    of: headers.get('original-request'),
  };
}

/** Rows of the person's ledger, once the last of them is there. */
async function paidCalls({ token }: SignedIn, least: number): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    const report = UsageReport.parse((await request(['GET', '/v1/usage'], token)).body);
    if (report.total.requests >= least || attempt === 60) return report.total.requests;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('a call with an Idempotency-Key', () => {
  test.for(Object.entries(bodies))(
    '%s: its repetition gets the same answer and pays nothing',
    async ([path, body], { expect }) => {
      const person = await createPerson();
      const { key } = await createKey(person);
      const isPath = (name: string): name is Path => name in bodies;
      if (!isPath(path)) throw new Error(`${path} is no route`);
      const first = await post(key, 'one', body, path);
      expect([first.status, first.replayed]).toEqual([200, null]);
      // The order of members is nothing a client decides.
      const again = await post(key, 'one', Object.fromEntries(Object.entries(body).toReversed()), path);
      expect([again.status, again.replayed, again.of]).toEqual([200, 'true', first.id]);
      expect(again.text).toBe(first.text);
      expect(again.id).not.toBe(first.id);
      for (const name of ['content-type', 'x-pennyworth-model', 'x-pennyworth-cost-usd', 'x-pennyworth-max-tokens']) {
        expect(again.headers.get(name)).toBe(first.headers.get(name));
      }
      const other = await post(key, 'one', { ...body, temperature: 0.5 }, path);
      expect([other.status, other.text]).toEqual([422, expect.stringContaining('was used for another request')]);
      expect((await post(key, 'two', body, path)).replayed).toBe(null);
      expect(await paidCalls(person, 2)).toBe(2);
    },
  );

  test('thirty at once: one is paid for, all get its answer', async ({ expect }) => {
    const person = await createPerson();
    const { key } = await createKey(person, { rpm: 1 });
    const body = { ...bodies['/v1/chat/completions'], messages: slowly };
    const answers = await Promise.all(Array.from({ length: 30 }, () => post(key, 'one', body)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const [made] = answers.filter(({ replayed }) => replayed === null);
    const replayed = answers.filter(({ of }) => of !== null);
    expect([replayed.length, new Set(replayed.map(({ of }) => of))]).toEqual([29, new Set([made?.id])]);
    // How a rate stood then is told to nobody later.
    expect(made?.headers.get('x-ratelimit-limit-requests')).toBe('1');
    expect(replayed[0]?.headers.get('x-ratelimit-limit-requests')).toBe(null);
    expect(await paidCalls(person, 1)).toBe(1);
  });

  test('an answer too long for the table comes back whole', async ({ expect }) => {
    const { key } = await createKey(await createPerson());
    // Each of these takes two bytes in JSON, and four in what is kept.
    const long = [{ role: 'user', content: `Please. ${marker({ text: '"'.repeat(200_000) })}` }];
    const body = { ...bodies['/v1/chat/completions'], max_tokens: 64_000, messages: long };
    const first = await post(key, 'long', body);
    const again = await post(key, 'long', body);
    expect([again.replayed, again.text.length > 400_000, again.text === first.text]).toEqual(['true', true, true]);
  });

  test('is another one for another person; the same by another credential of theirs', async ({ expect }) => {
    const [ann, ben] = [await createPerson(), await createPerson()];
    const body = bodies['/v1/chat/completions'];
    const first = await post((await createKey(ann)).key, 'one', body);
    expect((await post((await createKey(ben)).key, 'one', body)).replayed).toBe(null);
    expect((await post((await createKey(ann)).key, 'one', body)).of).toBe(first.id);
    expect((await post(ann.token, 'one', body)).of).toBe(first.id);
  });

  test('that was refused before it cost anything is not remembered', async ({ expect }) => {
    const person = await createPerson();
    const { id, key } = await createKey(person, { budgets: [{ period: 'total', limit_usd: '0.000001' }] });
    const body = bodies['/v1/chat/completions'];
    expect((await post(key, 'one', body)).status).toBe(402);
    await request(['PATCH', `/v1/keys/${id}`], person.token, { budgets: [] });
    expect(await post(key, 'one', body)).toMatchObject({ status: 200, replayed: null });
    expect((await post(key, 'wrong', { ...body, model: 'no-such-model' })).status).toBe(404);
    expect((await post(key, 'wrong', { ...body, model: 'no-such-model' })).status).toBe(404);
    const failing = {
      ...body,
      messages: [{ role: 'user', content: `Fail. ${marker({ fail: { type: 'ModelErrorException' } })}` }],
    };
    const failures = [await post(key, 'failing', failing), await post(key, 'failing', failing)];
    expect(failures.map(({ status, of }) => [status >= 400, of])).toEqual([
      [true, null],
      [true, null],
    ]);
    expect((await post(key, 'a b', body)).status).toBe(400);
  });

  test('is not answered to a key that was revoked meanwhile', async ({ expect }) => {
    const person = await createPerson();
    const { id, key } = await createKey(person);
    expect((await post(key, 'one', bodies['/v1/chat/completions'])).status).toBe(200);
    await request(['DELETE', `/v1/keys/${id}`], person.token);
    expect((await post(key, 'one', bodies['/v1/chat/completions'])).status).toBe(401);
  });

  test('streamed: it is told once, and its repetition which request it was', async ({ expect }) => {
    const person = await createPerson();
    const { key } = await createKey(person);
    const body = { ...bodies['/v1/chat/completions'], messages: slowly, stream: true };
    const streaming = post(key, 'one', body);
    const during = await post(key, 'one', body);
    const first = await streaming;
    const ended = await post(key, 'one', body);
    const [told, refused] = first.status === 200 ? [first, during] : [during, first];
    expect([told.status, told.text]).toEqual([200, expect.stringContaining('[DONE]')]);
    for (const answer of [refused, ended]) {
      expect([answer.status, answer.of, answer.headers.get('x-should-retry')]).toEqual([409, told.id, 'false']);
      expect(answer.text).toContain('idempotency_not_replayable');
      expect(answer.text).toContain(told.id);
    }
    expect(await paidCalls(person, 1)).toBe(1);
  });
});

describe('the SDKs', () => {
  test('OpenAI’s sends no key of its own; with one in its headers its retries are paid for once', async ({
    expect,
  }) => {
    const person = await createPerson();
    const { key } = await createKey(person);
    const body = { model: dev.model, messages: [{ role: 'user' as const, content: slowly[0]?.content ?? '' }] };
    const sent: (string | null)[] = [];
    const client = new OpenAI({
      baseURL: `${dev.url}/v1`,
      apiKey: key,
      timeout: 700,
      maxRetries: 5,
      fetch: (input, init) => {
        sent.push(new Headers(init?.headers).get('idempotency-key'));
        return fetch(input, init);
      },
    });
    const { data, response } = await client.chat.completions
      .create(body, { headers: { 'Idempotency-Key': 'by-hand' } })
      .withResponse();
    expect(data.choices[0]?.message.content).toBe('Done.');
    expect(response.headers.get('idempotent-replayed')).toBe('true');
    expect(sent.length).toBeGreaterThan(1);
    expect(new Set(sent)).toEqual(new Set(['by-hand']));
    expect(await paidCalls(person, 1)).toBe(1);
    sent.length = 0;
    await client.chat.completions.create({ ...body, messages: [{ role: 'user', content: 'Hi' }] });
    expect(sent).toEqual([null]);
  });

  test('Anthropic’s likewise', async ({ expect }) => {
    const person = await createPerson();
    const { key } = await createKey(person);
    const client = new Anthropic({ baseURL: dev.url, apiKey: key, timeout: 700, maxRetries: 5 });
    const answer = await client.messages.create(
      { model: dev.model, max_tokens: 99, messages: [{ role: 'user', content: slowly[0]?.content ?? '' }] },
      { headers: { 'Idempotency-Key': 'by-hand' } },
    );
    expect(answer.content).toMatchObject([{ type: 'text', text: 'Done.' }]);
    expect(await paidCalls(person, 1)).toBe(1);
  });
});

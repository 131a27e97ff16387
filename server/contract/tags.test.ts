import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { beforeAll, describe, inject, test } from 'vitest';
import { type UsageCall, UsageCallList, UsageReport } from '../../shared/api/usage.ts';
import { createKey, createPerson, request, type SignedIn } from './people.ts';

const { url, model } = inject('dev');
const header = 'x-pennyworth-tag';

let person: SignedIn;
let apiKey: string;
beforeAll(async () => {
  person = await createPerson();
  ({ key: apiKey } = await createKey(person));
});

/** As `doc/developers.md` says: the header of every request of a client. */
function clients(tag: string) {
  const defaultHeaders = { [header]: tag };
  return {
    openai: new OpenAI({ baseURL: `${url}/v1`, apiKey, defaultHeaders, maxRetries: 0 }),
    anthropic: new Anthropic({ baseURL: url, authToken: apiKey, apiKey: null, defaultHeaders, maxRetries: 0 }),
  };
}

const messages = [{ role: 'user' as const, content: 'Say hello.' }];
const routes: Readonly<Record<string, (tag: string) => Promise<unknown>>> = {
  '/v1/chat/completions': (tag) => clients(tag).openai.chat.completions.create({ model, messages }),
  '/v1/completions': (tag) => clients(tag).openai.completions.create({ model, prompt: 'Say hello.' }),
  '/v1/responses': (tag) => clients(tag).openai.responses.stream({ model, input: 'Say hello.' }).finalResponse(),
  '/v1/messages': (tag) => {
    return clients(tag).anthropic.messages.stream({ model, messages, max_tokens: 50 }).finalMessage();
  },
};

async function callsOf(query: string, least = 1): Promise<readonly UsageCall[]> {
  for (let attempt = 0; ; attempt++) {
    const { data } = UsageCallList.parse((await request(['GET', `/v1/usage/calls?${query}`], person.token)).body);
    if (data.length >= least || attempt === 60) return data;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function reportOf(query: string): Promise<UsageReport> {
  return UsageReport.parse((await request(['GET', `/v1/usage?${query}`], person.token)).body);
}

describe('a tag', () => {
  test('of every route that spends is in its call and in the reports, which add up', async ({ expect }) => {
    for (const [path, call] of Object.entries(routes)) await call(`route:${path}`);
    await new OpenAI({ baseURL: `${url}/v1`, apiKey }).chat.completions.create({ model, messages });
    const calls = await callsOf('', 5);
    const expected = Object.keys(routes).map((path) => [path, `route:${path}`]);
    expect(calls.map(({ endpoint, tag }) => [endpoint, tag]).toReversed()).toEqual([
      ...expected,
      ['/v1/chat/completions', null],
    ]);
    const { rows, total } = await reportOf('group_by=tag');
    expect(new Map(rows.map(({ group, cost_nano_usd }) => [group, cost_nano_usd]))).toEqual(
      new Map(calls.map(({ tag, cost_nano_usd }) => [tag, cost_nano_usd])),
    );
    expect(total.cost_nano_usd).toBe(calls.reduce((sum, { cost_nano_usd }) => sum + (cost_nano_usd ?? 0), 0));
    const one = encodeURIComponent('route:/v1/messages');
    expect((await reportOf(`tag=${one}`)).total.requests).toBe(1);
    expect((await callsOf(`tag=${one}`)).map(({ endpoint }) => endpoint)).toEqual(['/v1/messages']);
  });

  test('of a repeated request is that of the first, which was paid', async ({ expect }) => {
    const ask = (tag: string) =>
      clients(tag).openai.chat.completions.create({ model, messages }, { headers: { 'Idempotency-Key': 'tagged' } });
    const { id } = await ask('again:1');
    expect((await ask('again:2')).id).toBe(id);
    expect(await callsOf('tag=again:1')).toHaveLength(1);
    expect((await reportOf('tag=again:2')).total.requests).toBe(0);
  });

  test.for(
    Object.keys(routes).flatMap((path) => ['', 'two words', 'a,b', 'x'.repeat(65)].map((tag) => [path, tag] as const)),
  )('on %s that is %j is refused by the name of the header', async ([path, tag], { expect }) => {
    const call = routes[path];
    const refused = await call?.(tag).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!(refused instanceof OpenAI.APIError) && !(refused instanceof Anthropic.APIError)) throw refused;
    expect(refused.status).toBe(400);
    expect(refused.message).toContain(
      `${header}: must be 1 to 64 letters, digits and . _ : / @ -; change it, or leave`,
    );
    if (refused instanceof OpenAI.APIError) expect(refused.param).toBe(header);
    else expect(refused.type).toBe('invalid_request_error');
  });

  test('is nobody’s matter where nothing is spent', async ({ expect }) => {
    const { openai, anthropic } = clients('two words');
    expect((await openai.models.list()).data.length).toBeGreaterThan(0);
    expect((await anthropic.messages.countTokens({ model, messages })).input_tokens).toBeGreaterThan(0);
  });
});

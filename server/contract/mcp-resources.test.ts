import { describe, expect, inject, test } from 'vitest';
import * as z from 'zod/mini';
import { ModelList } from '../../shared/api/models.ts';
import { UsageReport } from '../../shared/api/usage.ts';
import { connect, generations, soon } from './mcp-clients.ts';
import { createKey, createPerson, request } from './people.ts';

const { api_key: apiKey } = inject('dev');

const Contents = z.object({ contents: z.array(z.object({ uri: z.string(), mimeType: z.string(), text: z.string() })) });
const Messages = z.object({
  messages: z.array(z.object({ role: z.string(), content: z.object({ text: z.string() }) })),
});

describe.each(generations)('with the SDK’s client of %s', (generation) => {
  const client = async (credential = apiKey) => (await connect(generation, credential)).client;
  const read = async (uri: string, credential = apiKey) => {
    const { contents } = Contents.parse(await (await client(credential)).readResource({ uri }));
    return contents[0] ?? { uri: '', mimeType: '', text: '' };
  };

  test('lists resources and templates, each of which can be read', async () => {
    const connected = await client();
    const { resources } = await connected.listResources();
    const uris = resources.map(({ uri }) => uri);
    expect(uris).toEqual([...new Set(uris)]);
    expect(uris).toEqual(
      expect.arrayContaining(['pennyworth://models', 'pennyworth://prices', 'pennyworth://usage/month']),
    );
    expect(uris.filter((uri) => uri.startsWith('pennyworth://doc/')).length).toBeGreaterThan(10);
    for (const { uri, mimeType } of resources) {
      const found = await read(uri);
      expect(found).toMatchObject({ uri, mimeType });
      expect(found.text.length, uri).toBeGreaterThan(100);
      if (mimeType === 'application/json') expect(() => JSON.parse(found.text), uri).not.toThrow();
    }
    const { resourceTemplates } = await connected.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'pennyworth://models/{model}',
      'pennyworth://usage/{month}',
    ]);
  });

  test('models are those of /v1/models, of whoever asks', async () => {
    const models = ModelList.parse(JSON.parse((await read('pennyworth://models')).text));
    expect(models).toEqual((await request(['GET', '/v1/models'], apiKey)).body);
    const one = await read('pennyworth://models/nova-lite');
    expect(JSON.parse(one.text)).toEqual(models.data.find(({ id }) => id === 'nova-lite'));
    const { key } = await createKey(await createPerson(), { models: ['claude-*'] });
    await expect(read('pennyworth://models/nova-lite', key)).rejects.toThrow();
    expect((await read('pennyworth://models', key)).text).not.toContain('"nova-lite"');
    for (const unknown of ['models/nope', 'models/%E0%A4%A', 'usage/2026-13', 'doc/decisions/0001.md', 'nope']) {
      await expect(read(`pennyworth://${unknown}`)).rejects.toMatchObject({ code: expect.any(Number) });
    }
  });

  test('usage is the caller’s own, also for a key without the scope for /v1/usage', async () => {
    const person = await createPerson();
    const { key } = await createKey(person, { scopes: ['inference', 'mcp'] });
    await (await connect(generation, key)).call('chat', { model: 'nova-lite', prompt: 'Hi' });
    const report = async (uri: string) => UsageReport.parse(JSON.parse((await read(uri, key)).text));
    await expect.poll(async () => (await report('pennyworth://usage/month')).total.requests, soon).toBe(1);
    const { from, group_by: groupBy } = await report('pennyworth://usage/month');
    expect(groupBy).toBe('model');
    expect((await report(`pennyworth://usage/${from.slice(0, 7)}`)).rows).toEqual([
      expect.objectContaining({ group: 'nova-lite', requests: 1 }),
    ]);
    expect((await report('pennyworth://usage/2024-02')).total.requests).toBe(0);
  });

  test('completes models, months and codes, at most a hundred', async () => {
    const connected = await client();
    const complete = async (ref: { uri: string } | { name: string }, name: string, value: string) => {
      const of = 'uri' in ref ? { type: 'ref/resource' as const, ...ref } : { type: 'ref/prompt' as const, ...ref };
      return (await connected.complete({ ref: of, argument: { name, value } })).completion;
    };
    const models = { uri: 'pennyworth://models/{model}' };
    const all = await complete(models, 'model', '');
    expect(all).toMatchObject({ hasMore: true });
    expect(all.values).toHaveLength(100);
    expect(all.total).toBeGreaterThan(100);
    const nova = await complete(models, 'model', 'Nova-l');
    expect(nova.values).toContain('nova-lite');
    for (const each of nova.values) expect(each).toMatch(/^nova-l/);
    const thisMonth = new Date().toISOString().slice(0, 7);
    expect((await complete({ uri: 'pennyworth://usage/{month}' }, 'month', '')).values[0]).toBe(thisMonth);
    expect((await complete({ name: 'review_spend' }, 'month', thisMonth.slice(0, 4))).values).toContain(thisMonth);
    expect((await complete({ name: 'explain_refusal' }, 'code', 'insufficient')).values).toEqual([
      'insufficient_quota',
      'insufficient_scope',
    ]);
    expect((await complete({ name: 'choose_model' }, 'task', '')).values).toEqual([]);
  });

  test('prompts name tools that there are', async () => {
    const connected = await client();
    const { prompts } = await connected.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual(['review_spend', 'choose_model', 'explain_refusal']);
    const { tools } = await connected.listTools();
    const values = { month: '2026-11', task: 'Sort my mail.', budget: '1 USD', code: 'insufficient_quota' };
    const words: string[] = [];
    for (const { name, arguments: named = [] } of prompts) {
      const given = Object.entries(values).filter(([each]) => named.some((argument) => argument.name === each));
      const { messages } = Messages.parse(await connected.getPrompt({ name, arguments: Object.fromEntries(given) }));
      for (const { content } of messages) words.push(content.text);
    }
    const text = words.join('\n');
    const meant = [...text.matchAll(/\b[a-z]+(?:_[a-z]+)+\b/g)].map(([word]) => word);
    const names = tools.map(({ name }) => name);
    for (const word of ['usage_by', 'budget_remaining', 'cheapest_model_that', 'list_models'])
      expect(meant).toContain(word);
    const others = [
      ...['group_by', 'structured_output', 'max_output_tokens', 'insufficient_quota', 'rate_limit_exceeded'],
      ...['concurrency_limit', 'model_not_found', 'model_not_allowed'],
    ];
    expect(meant.filter((word) => !names.includes(word) && !others.includes(word))).toEqual([]);
    expect(text).toContain('2026-11-30');
    await expect(connected.getPrompt({ name: 'review_spend', arguments: { month: 'May' } })).rejects.toThrow('2026-11');
    await expect(connected.getPrompt({ name: 'choose_model', arguments: {} })).rejects.toThrow(
      'arguments.task: is missing',
    );
  });
});

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { BudgetRemaining, CheapestModels, ModelsFound, Quote } from '../../shared/api/mcp-tools.ts';
import { Capability, Model } from '../../shared/api/models.ts';
import { UsageReport } from '../../shared/api/usage.ts';
import { connect, generations, type McpClient, soon } from './mcp-clients.ts';
import { createKey, createPerson, request, type SignedIn } from './people.ts';

const { api_key: apiKey } = inject('dev');
const adminToken = inject('adminToken');
const model = 'nova-lite';

/** Keywords of JSON Schema 2020-12 that hold schemas: by name, in a list, or one. */
const named = ['properties', '$defs', 'patternProperties'];
const nested = ['items', 'additionalProperties', 'propertyNames', 'anyOf', 'oneOf', 'allOf', 'not', 'prefixItems'];
const plain = [
  ...['$schema', '$ref', 'title', 'description', 'default', 'type', 'enum', 'const', 'format', 'pattern', 'required'],
  ...['minLength', 'maxLength', 'minimum', 'maximum', 'exclusiveMinimum', 'minItems', 'maxItems'],
];
const types = ['null', 'boolean', 'object', 'array', 'number', 'string', 'integer'];

/** What of a schema JSON Schema 2020-12 does not have, by its place. */
function faultsIn(schema: unknown, at: string): readonly string[] {
  if (typeof schema === 'boolean') return [];
  if (Array.isArray(schema)) return schema.flatMap((each, index) => faultsIn(each, `${at}[${index}]`));
  if (typeof schema !== 'object' || schema === null) return [`${at} is no schema`];
  return Object.entries(schema).flatMap(([keyword, value]) => {
    const here = `${at}.${keyword}`;
    if (keyword === 'type') return [value].flat().every((each) => types.includes(String(each))) ? [] : [here];
    if (nested.includes(keyword)) return faultsIn(value, here);
    if (named.includes(keyword)) return faultsIn(Object.values(value ?? {}), here);
    return plain.includes(keyword) ? [] : [here];
  });
}

describe('the table of tools', () => {
  test('has each name once, and only chat is not read-only', async () => {
    const { client } = await connect('2026', adminToken);
    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
    const own = ['chat', 'quote', 'budget_remaining', 'usage_by', 'list_models', 'cheapest_model_that'];
    expect(names).toEqual(expect.arrayContaining([...own, 'spending_by', 'list_people', 'list_keys']));
    for (const { name, annotations, title, description } of tools) {
      // So no tool makes or changes keys or people.
      expect(annotations, name).toMatchObject({ readOnlyHint: name !== 'chat', destructiveHint: false });
      expect(title, name).toMatch(/^[A-Z]/);
      expect(description?.length, name).toBeGreaterThan(40);
    }
  });

  test('stands in doc/mcp.md, whole', async () => {
    const { client } = await connect('2026', adminToken);
    const page = readFileSync(path.resolve(import.meta.dirname, '../../doc/mcp.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, name]) => name);
    expect(rows.toSorted()).toEqual((await client.listTools()).tools.map(({ name }) => name).toSorted());
    for (const { name } of (await client.listPrompts()).prompts) expect(page).toContain(`\`${name}\``);
  });

  test('has strict schemas of JSON Schema 2020-12', async () => {
    const { client } = await connect('2026', adminToken);
    for (const { name, inputSchema, outputSchema } of (await client.listTools()).tools) {
      expect(inputSchema, name).toMatchObject({ type: 'object', additionalProperties: false });
      expect(outputSchema, name).toMatchObject({ type: 'object' });
      expect([...faultsIn(inputSchema, 'input'), ...faultsIn(outputSchema, 'output')], name).toEqual([]);
    }
  });

  test('shows a key what its scopes allow, and nobody else’s things to who is no auditor', async () => {
    const person = await createPerson();
    const namesFor = async (credential: string) => {
      const { client } = await connect('2026', credential);
      return (await client.listTools()).tools.map(({ name }) => name).toSorted();
    };
    const free = ['budget_remaining', 'cheapest_model_that', 'list_models', 'usage_by'];
    expect(await namesFor((await createKey(person, { scopes: ['mcp'] })).key)).toEqual(free);
    const all = [...free, 'chat', 'quote'].toSorted();
    expect(await namesFor((await createKey(person)).key)).toEqual(all);
    expect(await namesFor(person.token)).toEqual(all);
    const auditor = await createPerson(['auditor']);
    const { call } = await connect('2026', person.token);
    for (const name of ['list_people', 'list_keys', 'spending_by']) {
      expect(await namesFor(auditor.token)).toContain(name);
      await expect(call(name)).rejects.toThrow(`Unknown tool: ${name}`);
    }
  });
});

describe.each(generations)('with the SDK’s client of %s', (generation) => {
  let person: SignedIn;
  let key: { readonly id: string; readonly key: string };
  let client: McpClient;
  beforeAll(async () => {
    person = await createPerson();
    const budgets = [
      { period: 'day', limit_usd: '0.50' },
      { period: 'total', limit_usd: '9.00' },
    ];
    key = await createKey(person, { scopes: ['inference', 'mcp'], budgets, rpm: 10, concurrency: 5 });
    client = await connect(generation, key.key);
  });

  test('budget_remaining tells what binds, and what a call has taken of it', async () => {
    const before = BudgetRemaining.parse((await client.call('budget_remaining')).structured);
    expect(before.unlimited).toBe(false);
    expect(before.tightest).toMatchObject({ whose: 'key', id: key.id, period: 'day', limit_usd: '0.500000000' });
    expect(before.budgets.map(({ period }) => period)).toEqual(['day', 'total']);
    expect(before.rates).toEqual([
      { whose: 'key', id: key.id, kind: 'requests_per_minute', limit: 10, left: 10 },
      { whose: 'key', id: key.id, kind: 'open_calls', limit: 5, left: 5 },
    ]);
    const { structured } = await client.call('chat', { model, prompt: 'Hi' });
    await expect
      .poll(async () => (await client.call('budget_remaining')).structured, soon)
      .toMatchObject({
        tightest: { spent_usd: structured['cost_usd'], reserved_usd: '0.000000000' },
        rates: [{ kind: 'requests_per_minute', left: 9 }, { kind: 'open_calls' }],
      });
    const free = await connect(generation, person.token);
    expect((await free.call('budget_remaining')).structured).toEqual({
      unlimited: true,
      budgets: [],
      tightest: null,
      rates: [],
    });
  });

  test('budget_remaining has the team that pays', async () => {
    const team = `team-${crypto.randomUUID().slice(0, 8)}`;
    const member = await createPerson([team]);
    const policy = { policy: { budgets: [{ period: 'month', limit_usd: '3.00' }], tpm: 50_000 } };
    expect(await request(['PUT', `/v1/groups/${team}`], adminToken, policy)).toMatchObject({ status: 200 });
    const { call } = await connect(generation, (await createKey(member, { team })).key);
    expect((await call('budget_remaining')).structured).toMatchObject({
      unlimited: false,
      tightest: { whose: 'team', id: team, period: 'month', left_usd: '3.000000000', resets_at: expect.any(String) },
      rates: [{ whose: 'team', kind: 'tokens_per_minute', limit: 50_000, left: 50_000 }],
    });
  });

  test('usage_by shows a key its own calls, without the scope for /v1/usage', async () => {
    const owner = await createPerson();
    const [mine, other] = [await createKey(owner, { scopes: ['inference', 'mcp'] }), await createKey(owner)];
    const { call } = await connect(generation, mine.key);
    const { structured: answer } = await call('chat', { model, prompt: 'Hello' });
    await (await connect(generation, other.key)).call('chat', { model, prompt: 'Not mine' });
    const byKey = async () => UsageReport.parse((await call('usage_by', { group_by: 'key' })).structured);
    await expect.poll(async () => (await byKey()).rows.map(({ group }) => group), soon).toEqual([mine.id]);
    expect((await byKey()).total).toMatchObject({ requests: 1, cost_nano_usd: answer['cost_nano_usd'] });
    const byEndpoint = await call('usage_by', { group_by: 'endpoint' });
    expect(byEndpoint.structured['rows']).toEqual([expect.objectContaining({ group: '/mcp' })]);
    // The person's has both keys, and is what the route says.
    const own = await connect(generation, owner.token);
    const report = async () => (await own.call('usage_by', { group_by: 'key' })).structured;
    await expect.poll(async () => UsageReport.parse(await report()).rows, soon).toHaveLength(2);
    expect(await report()).toEqual((await request(['GET', '/v1/usage?group_by=key'], owner.token)).body);
    const refused = await call('usage_by', { all: true });
    expect(refused).toMatchObject({ isError: true, text: expect.stringMatching(/^insufficient_scope: /) });
    expect(await own.call('usage_by', { all: true })).toMatchObject({
      isError: true,
      text: expect.stringMatching(/^forbidden: /),
    });
    const wrong = await call('usage_by', { from: 'yesterday' });
    expect(wrong).toMatchObject({ isError: true, text: expect.stringMatching(/^invalid_request: from: /) });
  });

  test('list_models is narrowed by maker, capability and name', async () => {
    const all = ModelsFound.parse((await client.call('list_models')).structured).models;
    expect(all.length).toBeGreaterThan(50);
    const found = await client.call('list_models', { maker: 'Anthropic', capabilities: ['vision'], search: 'haiku' });
    const { models } = ModelsFound.parse(found.structured);
    expect(models.length).toBeGreaterThan(0);
    expect(models.length).toBeLessThan(all.length);
    for (const { id, maker, capabilities } of models) {
      expect([id, maker]).toEqual([expect.stringContaining('haiku'), 'anthropic']);
      expect(capabilities).toContain('vision');
    }
    const [detailed] = ModelsFound.parse(
      (await client.call('list_models', { search: model, details: true })).structured,
    ).models.filter(({ id }) => id === model);
    const route = await request(['GET', `/v1/models/${model}`], apiKey);
    expect(detailed?.details).toEqual(Model.parse(route.body));
  });

  test('cheapest_model_that ranks what fits by its cost', async () => {
    const wish = { capabilities: ['tools', 'vision'], min_context_window: 200_000, input_tokens: 10_000 };
    const { structured } = await client.call('cheapest_model_that', wish);
    const { models, fitting } = CheapestModels.parse(structured);
    expect(models).toHaveLength(10);
    expect(fitting).toBeGreaterThan(10);
    const costs = models.map((each) => each.cost_nano_usd);
    expect(costs).toEqual(costs.toSorted((a, b) => a - b));
    for (const each of models) {
      expect(each.capabilities).toEqual(expect.arrayContaining(['tools', 'vision']));
      expect(each.context_window).toBeGreaterThanOrEqual(200_000);
    }
    const [first] = models;
    const quoted =
      10_000 * Number(first?.input_usd_per_million_tokens) + 1_000 * Number(first?.output_usd_per_million_tokens);
    expect(first?.cost_nano_usd).toBe(Math.round(quoted * 1_000));
    const unknown = await client.call('cheapest_model_that', { capabilities: ['telepathy'] });
    expect(unknown.isError).toBe(true);
    for (const name of Capability.options) expect(unknown.text).toContain(name);
    const { key: narrow } = await createKey(person, { models: ['nova-*'] });
    const few = await (await connect(generation, narrow)).call('cheapest_model_that');
    for (const { id } of CheapestModels.parse(few.structured).models) expect(id).toMatch(/^nova-/);
  });

  test('quote says what is held, what is left, what fits, and what is refused', async () => {
    const asked = { model: 'claude-sonnet-4-5', prompt: 'Hi', max_output_tokens: 1_000 };
    const quote = Quote.parse((await client.call('quote', asked)).structured);
    expect(quote).toMatchObject({ requests: 1, max_output_tokens: 1_000, budget: { fits: true }, dropped: [] });
    expect(quote.estimate?.nano_usd).toBeLessThan(quote.upper_bound?.nano_usd ?? 0);
    const many = Quote.parse((await client.call('quote', { ...asked, requests: 1_000 })).structured);
    expect(many.upper_bound?.nano_usd).toBe(1_000 * (quote.upper_bound?.nano_usd ?? 0));
    expect(many.budget.fits).toBe(false);
    // Nothing is spent or held by asking.
    const large = { model: 'claude-opus-4-5', prompt: 'Hi', max_output_tokens: 64_000 };
    const { budget } = Quote.parse((await client.call('quote', large)).structured);
    expect(budget.fits).toBe(false);
    const affordable = budget.affordable_max_output_tokens ?? 0;
    expect(affordable).toBeGreaterThan(1_024);
    const refused = await client.call('chat', large);
    expect(refused.text).toMatch(/^insufficient_quota: /);
    const fits = await client.call('chat', { ...large, max_output_tokens: affordable });
    expect(fits.isError).toBe(false);
    const dropped = await client.call('quote', { model, prompt: 'Hi', max_output_tokens: 9_999_999 });
    expect(dropped.structured).toMatchObject({ dropped: ['max_output_tokens'] });
    const unknown = await client.call('quote', { model: 'nova-lit', prompt: 'Hi' });
    expect(unknown.text).toMatch(/^model_not_found: .*nova-lite/);
  });
});

describe('what auditors and administrators see', () => {
  test('is what the routes show them', async () => {
    const auditor = await createPerson(['auditor']);
    const { call } = await connect('2026', auditor.token);
    const email = `${auditor.username}@example.com`;
    const one = await call('list_people', { email });
    expect(one.structured).toEqual((await request(['GET', `/v1/users?email=${email}`], auditor.token)).body);
    expect(one.text).toContain(auditor.username);
    const people = await call('list_people', { limit: 5 });
    expect(people.structured['data']).toHaveLength(5);
    const next = await call('list_people', { limit: 5, cursor: people.structured['next'] });
    expect(next.structured['data']).not.toEqual(people.structured['data']);
    const owner = await createPerson();
    const { id } = await createKey(owner);
    const keys = await call('list_keys', { user_id: owner.username });
    expect(keys.structured['data']).toEqual([expect.objectContaining({ id, user_id: owner.username })]);
    expect((await call('list_keys', { limit: 2 })).structured['data']).toHaveLength(2);
    expect(keys.text).not.toContain('pnw_');
    const spending = await call('spending_by', { group_by: 'team' });
    const { rows } = UsageReport.parse(spending.structured);
    expect(rows.length).toBeGreaterThan(0);
    const wrong = await call('list_people', { limit: '5' });
    expect(wrong).toMatchObject({ isError: true, text: expect.stringMatching(/^invalid_request: limit: /) });
  });
});

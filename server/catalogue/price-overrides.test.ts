import { describe, test } from 'vitest';
import { configuredTargets } from './configured.ts';
import file from './models.json' with { type: 'json' };
import type { ConfiguredPrices } from './price-overrides.ts';
import { createCatalogue } from './resolve.ts';

const sonnet = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
const arn = 'arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abcdef123456';
const aliases = { own: { model: 'claude-sonnet-4-5', target: arn }, other: { model: 'claude-sonnet-4-5' } };

function catalogueWith(prices: ConfiguredPrices) {
  return createCatalogue({ region: 'us-west-2', file, configured: configuredTargets(['m']), aliases, prices });
}

const inputs = (prices: ConfiguredPrices, ...names: readonly string[]) => {
  const catalogue = catalogueWith(prices);
  return names.map((name) => catalogue.resolve(name).price?.input ?? null);
};

const dollar = { input: 1, output: '1.00' };
const bundled = 3_300_000;
const mine = 1_000_000;

describe('a price of the operator', () => {
  test.for([
    ['claude-sonnet-4-5', [mine, mine, mine, mine, mine, mine]],
    [sonnet, [mine, mine, mine, mine, mine, mine]],
    [`us.${sonnet}`, [mine, bundled, mine, bundled, mine, mine]],
    [`eu.${sonnet}`, [bundled, mine, bundled, bundled, bundled, bundled]],
    ['own', [bundled, bundled, bundled, mine, bundled, bundled]],
    ['other', [bundled, bundled, bundled, bundled, mine, bundled]],
    [arn, [bundled, bundled, bundled, mine, bundled, bundled]],
  ] as const)('by %s holds for what it names', ([name, expected], { expect }) => {
    const profileArn = `arn:aws:bedrock:us-west-2:123456789012:inference-profile/us.${sonnet}`;
    const names = ['claude-sonnet-4-5', `eu.${sonnet}`, `us.${sonnet}`, 'own', 'other', profileArn];
    expect(inputs({ [name]: dollar }, ...names)).toEqual(expected);
  });

  test('by a narrower name comes before that of the model', ({ expect }) => {
    const prices = {
      'claude-sonnet-4-5': dollar,
      [`us.${sonnet}`]: { input: 2, output: 2 },
      own: { input: 3, output: 3 },
    };
    expect(inputs(prices, `eu.${sonnet}`, 'claude-sonnet-4-5', 'own')).toEqual([mine, 2_000_000, 3_000_000]);
  });

  test('gives one to a model that had none, without a warning', ({ expect }) => {
    const catalogue = catalogueWith({ 'openai-compatible/m': { input: 0, output: '0.001' } });
    expect(catalogue.resolve('openai-compatible/m').price).toEqual({ input: 0, output: 1_000 });
    expect(catalogue.priceWarnings).toEqual([]);
  });

  test('is listed', ({ expect }) => {
    const listed = catalogueWith({ 'nova-lite': dollar }).list();
    expect(listed.find(({ model }) => model.alias === 'nova-lite')?.price?.input).toBe(mine);
  });

  test('is the whole price, in integer pico-USD per token', ({ expect }) => {
    const price = {
      input: '0.0000005',
      output: 0.1 + 0.2,
      cache_read: '0.000000499',
      cache_write_5m: '3.75',
      cache_write_1h: 6,
      tiers: { flex: dollar },
      long_context: [{ above_input_tokens: 10, input: 2, output: 2 }],
    };
    expect(catalogueWith({ 'nova-lite': price }).resolve('nova-lite').price).toEqual({
      input: 1,
      output: 300_000,
      cacheRead: 0,
      cacheWrite5m: 3_750_000,
      cacheWrite1h: 6_000_000,
      tiers: { flex: { input: mine, output: mine } },
      longContext: [{ aboveInputTokens: 10, input: 2_000_000, output: 2_000_000 }],
    });
  });
});

test.for<[ConfiguredPrices, string]>([
  [{ 'claude-9': dollar }, 'prices.claude-9: names no model'],
  [{ [arn.replace('abc', 'xyz')]: dollar }, 'names no model'],
  [{ 'nova-lite': dollar, 'amazon.nova-lite-v1:0': dollar }, 'prices.amazon.nova-lite-v1:0: nova-lite has a price by'],
])('%j is refused at the start', ([prices, message], { expect }) => {
  expect(() => catalogueWith(prices)).toThrow(message);
});

describe('a warning', () => {
  const nova = { input: 0.06, output: 0.24, cache_read: 0.015, cache_write_5m: 0.06 };

  test.for([
    [nova, []],
    [{ ...nova, input: 6 }, []],
    [{ ...nova, input: 6.01 }, ['prices.nova-lite.input far_off']],
    [{ ...nova, output: 0.0024 }, []],
    [{ ...nova, output: 0.0023 }, ['prices.nova-lite.output far_off']],
    [{ ...nova, input: 0.00000006 }, ['prices.nova-lite.input far_off']],
    [{ input: 0.06, output: 0.24 }, ['prices.nova-lite.cache_read missing', 'prices.nova-lite.cache_write_5m missing']],
  ] as const)('for %j is %j', ([price, warnings], { expect }) => {
    const { priceWarnings } = catalogueWith({ 'nova-lite': price });
    expect(priceWarnings.map(({ field, reason }) => `${field} ${reason}`)).toEqual(warnings);
  });

  test.for([
    [{ input: 3, output: 15, cache_read: 0 }, []],
    [{ input: 0, output: 0 }, []],
    [{ input: 0.000003, output: 0.000015 }, ['input implausible', 'output implausible']],
    [{ input: 3_000, output: 15 }, ['input implausible']],
  ] as const)('for %j of a model that has no price is %j', ([price, warnings], { expect }) => {
    const { priceWarnings } = catalogueWith({ 'openai-compatible/m': price });
    const told = priceWarnings.map(
      ({ field, reason }) => `${field.replace('prices.openai-compatible/m.', '')} ${reason}`,
    );
    expect(told).toEqual(warnings);
  });

  test('is given for tiers and long prompts that the bundled price knows', ({ expect }) => {
    const fields = (name: string) => catalogueWith({ [name]: dollar }).priceWarnings.map(({ field }) => field);
    expect(fields('nova-pro')).toContain('prices.nova-pro.tiers');
    expect(fields('gpt-5.4')).toContain('prices.gpt-5.4.long_context');
  });
});

import { test } from 'vitest';
import { Model } from '../../shared/api/models.ts';
import { listedModel } from './list-models.ts';
import file from './models.json' with { type: 'json' };
import { createCatalogue } from './resolve.ts';

const catalogue = createCatalogue({ region: 'us-west-2', file });

test('a model is listed in OpenAI’s shape with target, prices and capabilities beside it', ({ expect }) => {
  expect(listedModel(catalogue.resolve('claude-haiku-4-5'))).toEqual({
    id: 'claude-haiku-4-5',
    object: 'model',
    created: Date.UTC(2025, 9, 1) / 1000,
    owned_by: 'anthropic',
    pennyworth: {
      provider: 'bedrock',
      target: 'us.anthropic.claude-haiku-4-5-20251001-v1:0',
      profiles: ['apac', 'au', 'eu', 'global', 'jp', 'us'].map(
        (at) => `${at}.anthropic.claude-haiku-4-5-20251001-v1:0`,
      ),
      context_window: 200_000,
      max_output_tokens: 64_000,
      min_output_tokens: 1,
      prices_usd_per_million_tokens: {
        input: '1.10',
        output: '5.50',
        cache_read: '0.11',
        cache_write_5m: '1.375',
        cache_write_1h: '2.20',
      },
      tier_prices_usd_per_million_tokens: {},
      long_context_prices_usd_per_million_tokens: [],
      prompt_cache: { min_tokens: 4_096, tools: true, ttls: ['5m', '1h'] },
      reasoning: {
        control: 'budget',
        always_on: false,
        efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
      },
      capabilities: [
        'streaming',
        'system',
        'tools',
        'tool_choice',
        'streaming_tools',
        'stop_sequences',
        'sampling',
        'vision',
        'documents',
        'reasoning',
        'structured_output',
        'prompt_caching',
        'assistant_prefill',
      ],
    },
  });
});

test.for([
  ['mistral-small', Date.UTC(2024, 1, 1) / 1000],
  ['claude-opus-4-7', 0],
] as const)('%s was created at %s', ([alias, created], { expect }) => {
  expect(listedModel(catalogue.resolve(alias)).created).toBe(created);
});

test('a model without a price is listed with null, not 0', ({ expect }) => {
  const target = { ...catalogue.resolve('nova-lite'), price: null };
  expect(listedModel(target).pennyworth.prices_usd_per_million_tokens).toBeNull();
});

test('prices of service tiers and long prompts are told beside the standard ones', ({ expect }) => {
  const { pennyworth } = listedModel(catalogue.resolve('global.openai.gpt-6-astra'));
  const ultrafast = { input: '60.00', output: '300.00', cache_read: '6.00', cache_write_5m: '75.00' };
  expect(pennyworth.tier_prices_usd_per_million_tokens).toEqual({ ultrafast: { ...ultrafast, cache_write_1h: null } });
  expect(pennyworth.long_context_prices_usd_per_million_tokens).toMatchObject([
    { above_input_tokens: 272_000, input: '20.00', tiers: { ultrafast: { input: '120.00', output: '450.00' } } },
  ]);
});

test('what a model cannot do is told as null', ({ expect }) => {
  const { pennyworth } = listedModel(catalogue.resolve('titan-text-lite'));
  expect(pennyworth).toMatchObject({ prompt_cache: null, reasoning: null });
  expect(listedModel(catalogue.resolve('nova-lite')).pennyworth.prompt_cache).toEqual({
    min_tokens: 1_024,
    tools: false,
    ttls: ['5m'],
  });
});

test('every listed model fits the contract', ({ expect }) => {
  for (const target of catalogue.list()) expect(Model.parse(listedModel(target))).toEqual(listedModel(target));
});

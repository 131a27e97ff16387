import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'vitest';
import type { Capabilities } from './catalogue.ts';
import { parseCatalogueFile } from './file.ts';

const file = path.join(import.meta.dirname, 'models.json');
const { models, pricesAsOf } = parseCatalogueFile(JSON.parse(readFileSync(file, 'utf8')));

function model(id: string) {
  const found = models.find((row) => row.id === id);
  if (!found) throw new Error(`the catalogue has no ${id}`);
  return found;
}

describe('models.json', () => {
  // Node 24 on a machine with two cores: JSON.parse 0.5 ms; the check of its shape 12 ms the first time.
  test('is at most 150 kB, which JSON.parse reads in half a millisecond at a cold start', ({ expect }) => {
    expect(readFileSync(file).byteLength).toBeLessThan(150_000);
    expect(pricesAsOf).toBe('2026-11-21');
    expect(models.length).toBeGreaterThan(100);
  });

  test('gives every alias and every id once, and no alias that is another model’s id', ({ expect }) => {
    const names = models.flatMap(({ id, alias }) => (id === alias ? [id] : [id, alias]));
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test.for([
    ['anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4-5'],
    ['anthropic.claude-opus-4-6-v1', 'claude-opus-4-6'],
    ['amazon.nova-lite-v1:0', 'nova-lite'],
    ['openai.gpt-oss-120b-1:0', 'gpt-oss-120b'],
    ['mistral.pixtral-large-2502-v1:0', 'pixtral-large'],
    ['anthropic.claude-3-5-sonnet-20241022-v2:0', 'claude-3-5-sonnet'],
    ['anthropic.claude-3-5-sonnet-20240620-v1:0', 'claude-3-5-sonnet-20240620'],
    ['anthropic.claude-v2:1', 'claude-v2:1'],
  ] as const)('%s is listed as %s', ([id, alias], { expect }) => {
    expect(model(id).alias).toBe(alias);
  });

  test('leaves out what is retired and what Converse does not serve', ({ expect }) => {
    const left = [
      'claude-sonnet-4-20250514',
      'llama3-1-405b',
      'j2-mid',
      'command-text',
      'pegasus',
      'embed',
      'stability',
    ];
    expect(models.filter(({ id }) => left.some((part) => id.includes(part)))).toEqual([]);
  });

  test('keeps prices as integer pico-USD per token, with what profiles and regions change', ({ expect }) => {
    expect(model('amazon.nova-micro-v1:0').price).toEqual({
      input: 35_000,
      output: 140_000,
      cacheRead: 8_750,
      cacheWrite5m: 35_000,
    });
    expect(model('meta.llama3-8b-instruct-v1:0').priceOverrides['region:sa-east-1']).toEqual({
      input: 500_000,
      output: 1_010_000,
    });
    expect(model('zai.glm-5.3').price).toEqual({
      input: 1_848_000,
      output: 5_808_000,
      cacheRead: 343_200,
      cacheWrite5m: 2_310_000,
      tiers: expect.anything(),
    });
    expect(model('anthropic.claude-sonnet-4-5-20250929-v1:0').priceOverrides['us-gov.']?.longContext).toEqual([
      {
        aboveInputTokens: 200_000,
        input: 7_200_000,
        output: 27_000_000,
        cacheRead: 720_000,
        cacheWrite5m: 9_000_000,
        cacheWrite1h: 14_400_000,
      },
    ]);
  });

  test('a cache that a profile does not have is not priced by the base row', ({ expect }) => {
    const haiku = model('anthropic.claude-haiku-4-5-20251001-v1:0');
    expect(haiku.price?.cacheWrite1h).toBe(2_000_000);
    expect(haiku.priceOverrides['apac.']).not.toHaveProperty('cacheWrite1h');
  });

  test('a profile and a region have service tiers and long-context prices of their own', ({ expect }) => {
    const pro = model('amazon.nova-pro-v1:0');
    const flex = { input: 420_000, output: 1_680_000, cacheRead: 105_000, cacheWrite5m: 420_000 };
    expect(pro.priceOverrides['apac.']?.tiers).toEqual({ flex });
    expect(pro.price?.tiers?.['priority']).toMatchObject({ input: 1_400_000, output: 5_600_000 });
    expect(pro.priceOverrides['region:us-gov-west-1']).not.toHaveProperty('tiers');
    expect(pro.priceOverrides).not.toHaveProperty('us.');
    const astra = model('openai.gpt-6-astra').priceOverrides['global.'];
    expect(astra?.tiers?.['ultrafast']?.input).toBe(60_000_000);
    expect(astra?.longContext?.[0]).toMatchObject({ input: 20_000_000, tiers: { ultrafast: { input: 120_000_000 } } });
    expect(model('openai.gpt-oss-20b-1:0').price?.tiers).toEqual({
      flex: { input: 35_000, output: 150_000 },
      priority: { input: 122_500, output: 525_000 },
    });
  });

  test('both ids of Kimi K2 Thinking are there', ({ expect }) => {
    expect(model('moonshot.kimi-k2-thinking').alias).toBe('kimi-k2-thinking');
    expect(model('moonshotai.kimi-k2-thinking').alias).toBe('moonshotai.kimi-k2-thinking');
  });

  test('no model has a contradiction in what it takes', ({ expect }) => {
    const wrong = models.filter(({ capabilities: its, minOutputTokens, maxOutputTokens = 1 }) => {
      const withoutTools = its.toolChoice !== 'none' || its.streamingTools || its.singleToolCall || its.strictTools;
      const silent = its.efforts.length > 0 || its.reasoningAlwaysOn || its.reasoningReplay !== 'none';
      return (
        (!its.tools && withoutTools) ||
        (its.reasoning === 'none' && silent) ||
        (its.reasoningAlwaysOn && its.efforts.includes('none')) ||
        (its.sampling === 'none' && its.topK !== 'none') ||
        (its.toolResultImages && !its.vision) ||
        minOutputTokens > maxOutputTokens
      );
    });
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });
});

/** What a family takes that others refuse, and the other way round. */
const families: readonly (readonly [string, Partial<Capabilities>])[] = [
  [
    'anthropic.claude-3-5-haiku-20241022-v1:0',
    {
      toolChoice: 'tool',
      singleToolCall: false,
      strictTools: false,
      sampling: 'both',
      topK: 'claude',
      vision: false,
      documents: true,
      reasoning: 'none',
      reasoningReplay: 'none',
      nativeStructuredOutput: false,
      promptCaching: { tools: true, hourly: false, minTokens: 2_048 },
      assistantPrefill: true,
      blankStopSequences: false,
    },
  ],
  ['anthropic.claude-opus-4-1-20250805-v1:0', { sampling: 'one', reasoning: 'budget', assistantPrefill: true }],
  ['anthropic.claude-opus-4-20250514-v1:0', { sampling: 'both', reasoning: 'budget', reasoningReplay: 'signed' }],
  [
    'anthropic.claude-sonnet-4-5-20250929-v1:0',
    {
      systemAmongMessages: false,
      toolChoice: 'tool',
      forcedTools: true,
      singleToolCall: true,
      strictTools: true,
      toolResultImages: true,
      toolResultStatus: true,
      sampling: 'one',
      reasoning: 'budget',
      reasoningAlwaysOn: false,
      nativeStructuredOutput: true,
      promptCaching: { tools: true, hourly: true, minTokens: 1_024 },
      assistantPrefill: true,
    },
  ],
  [
    'anthropic.claude-opus-4-6-v1',
    {
      sampling: 'one',
      reasoning: 'adaptive',
      efforts: ['none', 'low', 'medium', 'high', 'max'],
      promptCaching: { tools: true, hourly: true, minTokens: 4_096 },
      assistantPrefill: false,
    },
  ],
  [
    'anthropic.claude-opus-4-7',
    {
      strictTools: false,
      sampling: 'none',
      topK: 'none',
      reasoning: 'adaptive',
      efforts: ['none', 'low', 'medium', 'high', 'xhigh'],
      nativeStructuredOutput: false,
      promptCaching: { tools: true, hourly: true, minTokens: 2_048 },
    },
  ],
  [
    'anthropic.claude-opus-5',
    { systemAmongMessages: true, forcedTools: true, efforts: ['none', 'low', 'medium', 'high', 'xhigh', 'max'] },
  ],
  [
    'anthropic.claude-sonnet-5-5',
    {
      systemAmongMessages: true,
      forcedTools: false,
      strictTools: false,
      reasoningAlwaysOn: true,
      efforts: ['low', 'medium', 'high', 'xhigh'],
      nativeStructuredOutput: true,
      promptCaching: { tools: true, hourly: true, minTokens: 512 },
      assistantPrefill: false,
    },
  ],
  ['anthropic.claude-mythos-preview', { sampling: 'none', reasoning: 'adaptive', reasoningAlwaysOn: true }],
  [
    'amazon.nova-lite-v1:0',
    {
      toolChoice: 'tool',
      singleToolCall: false,
      toolResultStatus: true,
      toolResultImages: true,
      topK: 'nova',
      video: true,
      reasoning: 'none',
      promptCaching: { tools: false, hourly: false, minTokens: 1_024 },
      assistantPrefill: false,
    },
  ],
  ['amazon.nova-micro-v1:0', { vision: false, documents: false, video: false }],
  [
    'amazon.nova-2-lite-v1:0',
    { reasoning: 'nova', efforts: ['none', 'low', 'medium', 'high'], reasoningReplay: 'none' },
  ],
  ['amazon.titan-text-lite-v1', { system: false, tools: false, stopSequences: false, vision: false, documents: true }],
  [
    'meta.llama3-3-70b-instruct-v1:0',
    { tools: true, toolChoice: 'none', streamingTools: false, toolResultStatus: false, mixesToolsAndText: false },
  ],
  ['meta.llama4-scout-17b-instruct-v1:0', { vision: true, toolResultImages: true, streamingTools: false }],
  ['mistral.mistral-7b-instruct-v0:2', { system: false, tools: false, toolChoice: 'none', vision: false }],
  ['mistral.mistral-large-2407-v1:0', { stopSequences: false, toolChoice: 'any', streamingTools: false }],
  ['mistral.pixtral-large-2502-v1:0', { vision: true, toolResultImages: false, toolChoice: 'none' }],
  ['mistral.voxtral-small-24b-2507', { audio: true, vision: false }],
  ['deepseek.r1-v1:0', { tools: false, reasoning: 'fixed', reasoningAlwaysOn: true, reasoningReplay: 'none' }],
  ['deepseek.v3.2', { toolChoice: 'any', reasoning: 'effort-word', nativeStructuredOutput: true, promptCaching: null }],
  ['qwen.qwen3-32b-v1:0', { stopSequences: false, toolChoice: 'any', nativeStructuredOutput: true }],
  [
    'openai.gpt-oss-120b-1:0',
    { stopSequences: false, sampling: 'both', reasoning: 'effort-word', verbosity: false, promptCaching: null },
  ],
  [
    'openai.gpt-5.4',
    {
      stopSequences: false,
      sampling: 'none',
      toolResultImages: false,
      reasoning: 'openai',
      efforts: ['none', 'low', 'medium', 'high', 'xhigh'],
      verbosity: true,
      promptCaching: null,
      streamCountsCached: true,
    },
  ],
  ['openai.gpt-6-astra', { reasoningAlwaysOn: true, efforts: ['low', 'medium', 'high', 'xhigh', 'max'] }],
  ['xai.grok-4.7', { stopSequences: false, toolResultImages: false, promptCaching: null }],
  ['moonshotai.kimi-k3', { promptCaching: null, toolResultImages: false }],
  ['ai21.jamba-1-5-mini-v1:0', { tools: true, toolChoice: 'none', documents: true }],
  ['ai21.jamba-instruct-v1:0', { tools: false }],
  ['writer.palmyra-x5-v1:0', { toolResultStatus: false, toolChoice: 'none' }],
];

test.for(families)('%s takes what is known of it', ([id, capabilities], { expect }) => {
  expect(model(id).capabilities).toMatchObject(capabilities);
});

test.for([
  ['openai.gpt-5.4', 16],
  ['xai.grok-4.7', 16],
  ['moonshotai.kimi-k3', 16],
  ['openai.gpt-oss-20b-1:0', 1],
  ['anthropic.claude-opus-5', 1],
] as const)('%s writes at least %s tokens', ([id, tokens], { expect }) => {
  expect(model(id).minOutputTokens).toBe(tokens);
});

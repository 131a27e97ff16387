import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'vitest';
import { parseCatalogueFile } from './file.ts';

const file = path.join(import.meta.dirname, 'models.json');
const { models, pricesAsOf } = parseCatalogueFile(JSON.parse(readFileSync(file, 'utf8')));

function model(id: string) {
  const found = models.find((row) => row.id === id);
  if (!found) throw new Error(`the catalogue has no ${id}`);
  return found;
}

describe('models.json', () => {
  test('is small enough to be read at every cold start', ({ expect }) => {
    expect(readFileSync(file).byteLength).toBeLessThan(130_000);
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

  test('knows what each family refuses', ({ expect }) => {
    const refused = (id: string) =>
      Object.entries(model(id).capabilities)
        .filter(([, value]) => value === false)
        .map(([name]) => name);
    expect(
      Object.fromEntries(['mistral.mistral-7b-instruct-v0:2', 'deepseek.r1-v1:0'].map((id) => [id, refused(id)])),
    ).toEqual({
      'mistral.mistral-7b-instruct-v0:2': [
        'system',
        'tools',
        'toolChoice',
        'streamingTools',
        'vision',
        'documents',
        'reasoning',
        'promptCaching',
        'assistantPrefill',
      ],
      'deepseek.r1-v1:0': [
        'tools',
        'toolChoice',
        'streamingTools',
        'vision',
        'documents',
        'promptCaching',
        'assistantPrefill',
      ],
    });
    expect(refused('anthropic.claude-sonnet-4-5-20250929-v1:0')).toEqual([]);
    expect(refused('meta.llama3-3-70b-instruct-v1:0')).toContain('streamingTools');
    expect(refused('qwen.qwen3-32b-v1:0')).toContain('stopSequences');
    expect(model('anthropic.claude-sonnet-4-5-20250929-v1:0').capabilities.sampling).toBe('one');
    expect(model('anthropic.claude-opus-4-20250514-v1:0').capabilities.sampling).toBe('both');
    expect(model('anthropic.claude-opus-4-7').capabilities.sampling).toBe('none');
  });
});

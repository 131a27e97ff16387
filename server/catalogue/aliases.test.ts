import { describe, test } from 'vitest';
import { isModelAllowed } from '../auth/authorize.ts';
import type { ConfiguredAliases } from './aliases.ts';
import { configuredTargets } from './configured.ts';
import file from './models.json' with { type: 'json' };
import { createCatalogue } from './resolve.ts';

const sonnet = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
const arn = 'arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abcdef123456';
const configured = configuredTargets(['llama-local']);

function catalogueWith(aliases: ConfiguredAliases, region = 'us-west-2') {
  return createCatalogue({ region, file, configured, aliases });
}

describe('an alias of the operator', () => {
  const catalogue = catalogueWith({
    'pw-sonnet': { model: 'claude-sonnet-4-5' },
    'team-a/sonnet': { model: sonnet, target: arn },
    'sonnet-eu': { model: 'claude-sonnet-4-5', target: `eu.${sonnet}` },
    'sonnet-global': { model: `global.${sonnet}` },
    'nova-lite': { model: 'nova-lite', target: 'global.amazon.nova-lite-v1:0' },
    local: { model: 'openai-compatible/llama-local' },
  });

  test.for([
    ['pw-sonnet', `us.${sonnet}`, 'claude-sonnet-4-5', 3_300_000],
    ['team-a/sonnet', arn, 'claude-sonnet-4-5', 3_300_000],
    ['sonnet-eu', `eu.${sonnet}`, 'claude-sonnet-4-5', 3_300_000],
    ['sonnet-global', `global.${sonnet}`, 'claude-sonnet-4-5', 3_000_000],
    ['nova-lite', 'global.amazon.nova-lite-v1:0', 'amazon.nova-lite-v1:0', 60_000],
  ] as const)('%s goes to %s with capabilities and price of %s', ([name, modelId, model, input], { expect }) => {
    const target = catalogue.resolve(name);
    const { capabilities } = createCatalogue({ region: 'us-west-2', file }).resolve(model).model;
    expect(target).toMatchObject({
      provider: 'bedrock',
      modelId,
      model: { alias: name, capabilities },
      price: { input },
    });
    expect(catalogue.resolve(`bedrock/${name}`)).toEqual(target);
  });

  test('may stand for a model of another server', ({ expect }) => {
    expect(catalogue.resolve('local')).toMatchObject({ provider: 'openai-compatible', modelId: 'llama-local' });
  });

  test('is listed once, beside its model or in its place', ({ expect }) => {
    const names = catalogue.list().map(({ model }) => model.alias);
    expect(names).toEqual(expect.arrayContaining(['pw-sonnet', 'claude-sonnet-4-5', 'team-a/sonnet', 'local']));
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(names.toSorted());
    expect(catalogue.list().find(({ model }) => model.alias === 'nova-lite')?.modelId).toContain('global.');
  });

  test('is covered by allow-lists under its name and under what is sent, not under its model’s', ({ expect }) => {
    const { model, modelId } = catalogue.resolve('team-a/sonnet');
    const allowed = (pattern: string) => isModelAllowed([pattern], model.alias, modelId);
    expect(['team-a/*', arn, 'arn:aws:bedrock:*/abcdef123456', 'claude-sonnet-4-5'].map(allowed)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  test('makes its ARN known by itself', ({ expect }) => {
    expect(catalogue.resolve(arn)).toEqual(catalogue.resolve('team-a/sonnet'));
  });

  test('leaves all other names as they are', ({ expect }) => {
    expect(catalogue.resolve('claude-sonnet-4-5').modelId).toBe(`us.${sonnet}`);
    expect(catalogue.resolve('amazon.nova-lite-v1:0').modelId).toBe('us.amazon.nova-lite-v1:0');
  });

  test('is offered to whoever mistypes it', ({ expect }) => {
    expect(() => catalogue.resolve('pw-sonet')).toThrow('Nearest: pw-sonnet, ');
  });

  test('reaches a model that its region does not offer only with a target', ({ expect }) => {
    const target = 'us.anthropic.claude-mythos-5';
    const inIreland = catalogueWith({ mythos: { model: 'claude-mythos-5', target } }, 'eu-west-1');
    expect(inIreland.resolve('mythos').modelId).toBe(target);
    expect(() => catalogueWith({ mythos: { model: 'claude-mythos-5' } }, 'eu-west-1')).toThrow(
      `PENNYWORTH_CONFIG: aliases.mythos.model: claude-mythos-5 is not offered in eu-west-1; name a profile in target: ${target}`,
    );
  });
});

test.for<[ConfiguredAliases, string]>([
  [{ a: { model: 'claude-9' } }, 'aliases.a.model: there is no model "claude-9"'],
  [{ a: { model: 'nova-lite' }, b: { model: 'a' } }, 'aliases.b.model: there is no model "a"'],
  [{ 'nova-pro': { model: 'nova-lite' } }, 'aliases.nova-pro: is a name of the model nova-pro'],
  [{ 'amazon.nova-pro-v1:0': { model: 'nova-lite' } }, 'aliases.amazon.nova-pro-v1:0: is a name of the model nova-pro'],
  [{ 'claude-mythos-5': { model: 'nova-lite' } }, 'aliases.claude-mythos-5: is a name of the model'],
  [{ [`us.${sonnet}`]: { model: sonnet } }, 'is the id of a profile'],
  [{ 'openai-compatible/llama-local': { model: 'nova-lite' } }, 'is a name of the model openai-compatible/llama-local'],
  [{ a: { model: 'openai-compatible/llama-local', target: arn } }, 'aliases.a.target: only models of Bedrock'],
  [{ a: { model: 'nova-lite', target: `us.${sonnet}` } }, 'aliases.a.target: belongs to the model claude-sonnet-4-5'],
  [{ a: { model: 'claude-9' }, b: { model: 'claude-8' } }, 'aliases.b.model'],
])('%j is refused at the start', ([aliases, message], { expect }) => {
  expect(() => catalogueWith(aliases)).toThrow(message);
  expect(() => catalogueWith(aliases)).toThrow(/^PENNYWORTH_CONFIG: /);
});

test('an ARN that nothing knows is refused with what the operator can do, and not repeated', ({ expect }) => {
  expect(() => catalogueWith({}).resolve(arn)).toThrow('"target": "<the ARN>"');
  expect(() => catalogueWith({}).resolve(arn)).not.toThrow('123456789012');
});

import { describe, test } from 'vitest';
import { GatewayError } from '../errors.ts';
import file from './models.json' with { type: 'json' };
import { createCatalogue } from './resolve.ts';

const sonnet = 'anthropic.claude-sonnet-4-5-20250929-v1:0';

function errorOf(run: () => unknown): Pick<GatewayError, 'status' | 'code' | 'param' | 'message'> {
  try {
    run();
  } catch (error) {
    if (error instanceof GatewayError) {
      const { status, code, param, message } = error;
      return { status, code, param, message };
    }
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('an alias or bare id', () => {
  test.for([
    ['us-west-2', `us.${sonnet}`],
    ['eu-central-1', `eu.${sonnet}`],
    ['ap-northeast-1', `jp.${sonnet}`],
    ['ap-southeast-2', `au.${sonnet}`],
    ['us-gov-west-1', `us-gov.${sonnet}`],
    ['ca-central-1', sonnet],
    ['sa-east-1', sonnet],
  ] as const)('in %s goes to %s', ([region, modelId], { expect }) => {
    const catalogue = createCatalogue({ region, file });
    for (const name of ['claude-sonnet-4-5', sonnet, `bedrock/${sonnet}`, 'claude-sonnet-4-5-20250929']) {
      expect(catalogue.resolve(name)).toMatchObject({ provider: 'bedrock', modelId, model: { id: sonnet } });
    }
  });

  test('goes to apac where the country has no profile of its own', ({ expect }) => {
    const inTokyo = createCatalogue({ region: 'ap-northeast-1', file });
    expect(inTokyo.resolve('nova-lite').modelId).toBe('apac.amazon.nova-lite-v1:0');
  });

  test('goes to the global profile only where nothing nearer is, or where that is preferred', ({ expect }) => {
    const gpt = (region: string, preferGlobal = false) => createCatalogue({ region, file, preferGlobal });
    expect(gpt('us-east-1').resolve('gpt-5.4').modelId).toBe('us.openai.gpt-5.4');
    expect(gpt('eu-west-1').resolve('gpt-5.4').modelId).toBe('global.openai.gpt-5.4');
    expect(gpt('us-east-1', true).resolve('gpt-5.4').modelId).toBe('global.openai.gpt-5.4');
    expect(gpt('us-east-1', true).resolve('nova-lite').modelId).toBe('us.amazon.nova-lite-v1:0');
  });

  test('that no target of this region serves is refused with the profiles that do', ({ expect }) => {
    const catalogue = createCatalogue({ region: 'eu-west-1', file });
    expect(errorOf(() => catalogue.resolve('claude-mythos-5'))).toEqual({
      status: 404,
      code: 'model_not_found',
      param: 'model',
      message:
        'The model claude-mythos-5 is not offered in eu-west-1. To let the call leave it, name a profile: ' +
        'us.anthropic.claude-mythos-5.',
    });
    expect(catalogue.list().map(({ model }) => model.alias)).not.toContain('claude-mythos-5');
    expect(catalogue.resolve('us.anthropic.claude-mythos-5').modelId).toBe('us.anthropic.claude-mythos-5');
  });

  test('never reaches a global profile from GovCloud', ({ expect }) => {
    const catalogue = createCatalogue({ region: 'us-gov-east-1', file, preferGlobal: true });
    expect(catalogue.list().filter(({ modelId }) => modelId.startsWith('global.'))).toEqual([]);
  });
});

describe('an id with a prefix and an ARN', () => {
  const catalogue = createCatalogue({ region: 'us-west-2', file });

  test.for([
    `global.${sonnet}`,
    `eu.${sonnet}`,
    `arn:aws:bedrock:us-west-2:123456789012:inference-profile/us.${sonnet}`,
    `arn:aws:bedrock:us-west-2::foundation-model/${sonnet}`,
    `arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:inference-profile/us-gov.${sonnet}`,
    `arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/us.${sonnet}`,
  ])('%s is sent as written', (name, { expect }) => {
    expect(catalogue.resolve(name)).toMatchObject({ modelId: name, model: { alias: 'claude-sonnet-4-5' } });
    expect(catalogue.resolve(`bedrock/${name}`)).toEqual(catalogue.resolve(name));
  });

  test.for([
    `in.${sonnet}`,
    `us.us.${sonnet}`,
    'arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abcdef123456',
    'arn:aws:bedrock:us-west-2:123456789012:imported-model/abcdef123456',
    `openai/${sonnet}`,
    'claude-sonnet',
    '',
    '__proto__',
    'constructor',
  ])('%j is no model', (name, { expect }) => {
    expect(catalogue.find(name)).toBeUndefined();
    expect(errorOf(() => catalogue.resolve(name))).toMatchObject({ status: 404, code: 'model_not_found' });
  });

  test('the price is that of the id that is sent', ({ expect }) => {
    const input = (name: string) => catalogue.resolve(name).price?.input;
    expect({
      alias: input('claude-sonnet-4-5'),
      global: input(`global.${sonnet}`),
      foundation: input(`arn:aws:bedrock:us-west-2::foundation-model/${sonnet}`),
      govRegion: input(`arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/${sonnet}`),
      profileArn: input(`arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.${sonnet}`),
    }).toEqual({
      alias: 3_300_000,
      global: 3_000_000,
      foundation: 3_000_000,
      govRegion: 3_600_000,
      profileArn: 3_300_000,
    });
  });

  test('a bare id has the price of its region', ({ expect }) => {
    const inSaoPaulo = createCatalogue({ region: 'sa-east-1', file });
    expect(inSaoPaulo.resolve('llama3-8b-instruct').price).toEqual({ input: 500_000, output: 1_010_000 });
    expect(catalogue.resolve('llama3-8b-instruct').price).toEqual({ input: 300_000, output: 600_000 });
  });
});

describe('an unknown name', () => {
  const catalogue = createCatalogue({ region: 'us-west-2', file });

  test('is answered with the three nearest', ({ expect }) => {
    expect(errorOf(() => catalogue.resolve('claude-sonet-4-5'))).toEqual({
      status: 404,
      code: 'model_not_found',
      param: 'model',
      message:
        'There is no model "claude-sonet-4-5". Nearest: claude-sonnet-4-5, claude-sonnet-4-6, claude-sonnet-5-5. ' +
        'GET /v1/models lists all.',
    });
    expect(errorOf(() => catalogue.resolve('sa.amazon.nova-lite-v1:0')).message).toContain('Nearest: nova-lite, ');
  });

  test('is compared and repeated only in part when it is long, and without control characters', ({ expect }) => {
    const started = performance.now();
    const { message } = errorOf(() => catalogue.resolve(`a\u0000\n${'é'.repeat(1_000_000)}`));
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(message.length).toBeLessThan(400);
    expect(message).toContain('"a\\u0000\\n');
  });
});

test('every model is listed once under its alias, and every alias resolves to what is listed', ({ expect }) => {
  const catalogue = createCatalogue({ region: 'us-west-2', file });
  const listed = catalogue.list();
  expect(new Set(listed.map(({ model }) => model.alias)).size).toBe(listed.length);
  for (const target of listed) {
    expect(catalogue.resolve(target.model.alias)).toEqual(target);
    expect(catalogue.resolve(target.model.id)).toEqual(target);
    expect(catalogue.resolve(target.modelId)).toEqual(target);
  }
});

test('a catalogue file with a wrong field is refused by its path', ({ expect }) => {
  const wrong = { ...file, models: [{ ...file.models[0], maxOutputTokens: '4096' }] };
  expect(() => createCatalogue({ region: 'us-west-2', file: wrong })).toThrow(/maxOutputTokens/);
});

import { describe, test } from 'vitest';
import type { ModelRequest } from '../../model/request.ts';
import { additionalFieldsOf, encodeExtras } from './extras.ts';
import { callWith, modelWith } from './test-calls.ts';

function encode(fields: Partial<ModelRequest>, metadata: Record<string, string> = {}, model = modelWith()) {
  const dropped = new Set<string>();
  const extras = encodeExtras({ ...callWith(fields, model), metadata }, dropped);
  return { extras, dropped: [...dropped] };
}

describe('beside the conversation', () => {
  const guardrail = { id: 'g1', version: '2', trace: 'enabled', streamMode: 'async' } as const;
  const config = { guardrailIdentifier: 'g1', guardrailVersion: '2', trace: 'enabled' };
  const lost = ['guardrailConfig.streamProcessingMode'];
  const cases: readonly (readonly [string, Partial<ModelRequest>, object, readonly string[]])[] = [
    ['nothing', {}, {}, []],
    ['a tier', { serviceTier: 'flex' }, { serviceTier: { type: 'flex' } }, []],
    ['the tier that is taken anyway', { serviceTier: 'default' }, {}, []],
    ['optimized latency', { latency: 'optimized' }, { performanceConfig: { latency: 'optimized' } }, []],
    ['standard latency', { latency: 'standard' }, {}, []],
    [
      'a guardrail',
      { guardrail: { id: 'g1', version: 'DRAFT' } },
      { guardrailConfig: { guardrailIdentifier: 'g1', guardrailVersion: 'DRAFT' } },
      [],
    ],
    [
      'a stream’s guardrail',
      { guardrail, stream: true },
      { guardrailConfig: { ...config, streamProcessingMode: 'async' } },
      [],
    ],
    ['a whole answer’s guardrail', { guardrail }, { guardrailConfig: config }, lost],
  ];
  test.for(cases)('%s', ([, fields, extras, dropped], { expect }) => {
    expect(encode(fields)).toEqual({ extras, dropped });
  });

  test('a stream that is none upstream has no stream mode', ({ expect }) => {
    const model = modelWith({ streaming: false });
    const { extras, dropped } = encode({ guardrail, stream: true }, {}, model);
    expect([extras, dropped]).toEqual([{ guardrailConfig: config }, lost]);
  });
});

describe('attribution', () => {
  const own = { pw_request: 'req_1', pw_team: 'Küche & Keller' };
  const cases: readonly (readonly [string, Record<string, string>, object, readonly string[]])[] = [
    ['is made legal without a word, being the gateway’s', {}, { pw_request: 'req_1', pw_team: 'K_che _ Keller' }, []],
    ['has the caller’s after it', { app: 'x y' }, { ...own, pw_team: 'K_che _ Keller', app: 'x y' }, []],
    [
      'tells what it changes of the caller’s',
      { app: 'ä' },
      { ...own, pw_team: 'K_che _ Keller', app: '_' },
      ['metadata'],
    ],
    [
      'is not to be had by a key that is one of ours',
      { pwérequest: 'x', PW_user: 'y' },
      { ...own, pw_team: 'K_che _ Keller' },
      ['metadata'],
    ],
    [
      'keeps the first of two keys that are made one',
      { aé: '1', aü: '2' },
      { ...own, pw_team: 'K_che _ Keller', a_: '1' },
      ['metadata'],
    ],
    ['shortens', { app: 'x'.repeat(300) }, { ...own, pw_team: 'K_che _ Keller', app: 'x'.repeat(256) }, ['metadata']],
  ];
  test.for(cases)('%s', ([, metadata, requestMetadata, dropped], { expect }) => {
    expect(encode({ metadata }, own)).toEqual({ extras: { requestMetadata }, dropped });
  });

  test('has 16 pairs at most, ours among them', ({ expect }) => {
    const metadata = Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`k${at}`, 'v']));
    const { extras, dropped } = encode({ metadata }, own);
    expect(extras).toMatchObject({ requestMetadata: { pw_request: 'req_1', k13: 'v' } });
    expect(JSON.stringify(extras)).not.toContain('k14');
    expect(dropped).toEqual(['metadata']);
  });
});

describe('fields for the model itself', () => {
  const prefix = 'additionalModelRequestFields';
  const context = { context_management: { edits: [] } };
  const beta = 'context-management-2025-06-27';
  const cases: readonly (readonly [string, Record<string, unknown>, object, readonly string[]])[] = [
    ['on the list are sent as they stand', { top_k: 5, safe_prompt: true }, { top_k: 5, safe_prompt: true }, []],
    [
      'that Converse fills are not',
      { messages: [], max_tokens: 1e9, tools: [], system: 'x' },
      {},
      ['messages', 'max_tokens', 'tools', 'system'],
    ],
    ['that nobody knows are not', { speed: 'fast', mcp_servers: [] }, {}, ['speed', 'mcp_servers']],
    ['are told by no more of their name than fits', { ['x'.repeat(99)]: 1 }, {}, ['x'.repeat(64)]],
    [
      'called like members of all objects are not',
      JSON.parse('{"__proto__":1,"constructor":2}'),
      {},
      ['__proto__', 'constructor'],
    ],
    [
      'of Nova are its topK alone',
      { inferenceConfig: { topK: 9, maxTokens: 1e9 } },
      { inferenceConfig: { topK: 9 } },
      ['inferenceConfig.maxTokens'],
    ],
    [
      'are betas that Bedrock takes',
      { anthropic_beta: [beta, 'oauth-2025-04-20'] },
      { anthropic_beta: [beta] },
      ['anthropic_beta'],
    ],
    ['are no betas in another form', { anthropic_beta: beta }, {}, ['anthropic_beta']],
    ['go with their beta', { anthropic_beta: [beta], ...context }, { anthropic_beta: [beta], ...context }, []],
    [
      'go with the edits that leave something out alone',
      { anthropic_beta: [beta], context_management: { edits: [{ type: 'compact_20260112' }] } },
      { anthropic_beta: [beta] },
      ['context_management.edits.compact_20260112'],
    ],
    ['do not go without it', { anthropic_beta: ['x'], ...context }, {}, ['anthropic_beta', 'context_management']],
  ];
  test.for(cases)('%s', ([, additionalFields, kept, lost], { expect }) => {
    const dropped = new Set<string>();
    expect(additionalFieldsOf({ additionalFields }, dropped)).toEqual(kept);
    expect([...dropped]).toEqual(lost.map((name) => `${prefix}.${name}`));
  });
});

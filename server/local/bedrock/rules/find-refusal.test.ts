import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import type { CatalogueModel } from '../../../catalogue/catalogue.ts';
import { claude, gpt, newClaude, nova2 } from '../test-models.ts';
import { allRules, assistant, cachePoint, hello, refusalOf, toolResult, tools, toolUse, user } from './rule-case.ts';

const failed = 'failed to satisfy constraint: ';

test('there are at least 60 rules, each with an id of its own, and as many as doc/simulator.md says', ({ expect }) => {
  const ids = Object.values(allRules).flatMap((rules) => rules.map(({ id }: { readonly id: string }) => id));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThanOrEqual(60);
  const page = readFileSync(new URL('../../../../doc/simulator.md', import.meta.url), 'utf8');
  expect(page).toContain(`\n${ids.length} rules in`);
});

test('the first layer that refuses decides', ({ expect }) => {
  const body = { messages: [assistant(hello)], inferenceConfig: { maxTokens: 0 } };
  const first = `1 validation error detected: Value '0' at 'inferenceConfig.maxTokens' ${failed}Member must have value greater than or equal to 1`;
  expect(refusalOf(allRules, { body })?.message).toBe(first);
  expect(refusalOf(allRules, { body: { ...body, inferenceConfig: {} } })?.message).toBe(
    'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
  );
});

test('all violations of the service model come in one text', ({ expect }) => {
  const body = { inferenceConfig: { maxTokens: 0, topP: 2 }, system: [{ text: 'x' }, { text: '' }] };
  expect(refusalOf(allRules, { body })?.message).toBe(
    `3 validation errors detected: Value '0' at 'inferenceConfig.maxTokens' ${failed}Member must have value greater than or equal to 1; Value '2' at 'inferenceConfig.topP' ${failed}Member must have value less than or equal to 1; Value '' at 'system.2.member.text' ${failed}Member must have length greater than or equal to 1`,
  );
});

test('a cache point is checked in tools and system too', ({ expect }) => {
  const bad = { cachePoint: { type: 'x' } };
  const body = { toolConfig: { tools: [...tools, bad] }, system: [hello, bad] };
  expect(refusalOf(allRules, { body })?.message).toBe(
    `2 validation errors detected: Value 'x' at 'toolConfig.tools.2.member.cachePoint.type' ${failed}Member must satisfy enum value set: [default]; Value 'x' at 'system.2.member.cachePoint.type' ${failed}Member must satisfy enum value set: [default]`,
  );
});

const accepted: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['messages of the same role next to each other', { messages: [user(hello), user(hello)] }],
  ['an empty system', { system: [] }],
  ['an empty inferenceConfig', { inferenceConfig: {} }],
  ['members nobody knows', { cache_control: { type: 'ephemeral' }, store: true }],
  ['null for a member that may be missing', { system: null, toolConfig: null, inferenceConfig: { maxTokens: null } }],
  [
    'tools of the history that are not listed, and an empty result',
    {
      toolConfig: { tools: [{ toolSpec: { name: 'stub', inputSchema: { json: { type: 'object' } } } }] },
      messages: [user(hello), assistant(toolUse('a')), user(toolResult('a'))],
    },
  ],
  [
    'results in another order than the calls, and text after them',
    {
      toolConfig: { tools },
      messages: [
        user(hello),
        assistant(toolUse('a'), toolUse('b')),
        user(toolResult('b', { text: '2' }), toolResult('a', { json: {} }), hello),
      ],
    },
  ],
  [
    'an underscore and one outer space in the name of a document',
    { messages: [user(hello, { document: { format: 'txt', name: 'a_b ', source: { bytes: 'QQ==' } } })] },
  ],
  [
    'more than 20 small images',
    {
      messages: [
        user(
          hello,
          ...Array.from({ length: 25 }, () => ({ image: { format: 'jpeg', source: { bytes: '/9j/4AAQ' } } })),
        ),
      ],
    },
  ],
  ['a guardrail of the account', { guardrailConfig: { guardrailIdentifier: 'simulated', guardrailVersion: 'DRAFT' } }],
  [
    'a guardrail by its ARN',
    {
      guardrailConfig: {
        guardrailIdentifier: 'arn:aws:bedrock:us-west-2:123456789012:guardrail/simulated2',
        guardrailVersion: '1',
      },
    },
  ],
  ['betas that Bedrock knows', { additionalModelRequestFields: { anthropic_beta: ['context-1m-2025-08-07'] } }],
  ['the effort of a Claude with a budget', { outputConfig: { effort: 'high' } }],
  [
    'one tool at a time beside a tool choice',
    {
      toolConfig: { tools, toolChoice: { any: {} } },
      additionalModelRequestFields: { tool_choice: { disable_parallel_tool_use: true } },
    },
  ],
  ['2,500 stop sequences', { inferenceConfig: { stopSequences: Array.from({ length: 2500 }, () => 'x') } }],
  ['the role system inside messages', { messages: [user(hello), { role: 'system', content: [hello] }] }],
  [
    'dots and colons in a toolUseId',
    { toolConfig: { tools }, messages: [user(hello), assistant(toolUse('a.b:c')), user(toolResult('a.b:c'))] },
  ],
  ['a cache point below the minimum size', { messages: [user(hello, cachePoint)] }],
  ['guardContent without a guardrail', { messages: [user({ guardContent: { text: { text: 'x' } } })] }],
];

const thinking = (type: string) => ({ additionalModelRequestFields: { thinking: { type, budget_tokens: 2048 } } });
const forced = { toolConfig: { tools, toolChoice: { any: {} } } };
const opus46: CatalogueModel = {
  ...newClaude,
  id: 'anthropic.claude-opus-4-6-v1',
  capabilities: { ...newClaude.capabilities, sampling: 'one' },
};

const acceptedByOthers: readonly (readonly [string, CatalogueModel, Readonly<Record<string, unknown>>])[] = [
  [
    'the flex tier with optimized latency',
    { ...claude, id: 'anthropic.claude-3-5-haiku-20241022-v1:0' },
    { serviceTier: { type: 'flex' }, performanceConfig: { latency: 'optimized' } },
  ],
  ['adaptive thinking beside a forced tool on Claude 5', newClaude, { ...thinking('adaptive'), ...forced }],
  ['thinking turned off where it can be', newClaude, thinking('disabled')],
  ['a thinking budget on 4.6', opus46, thinking('enabled')],
  ['adaptive thinking on 4.6', opus46, thinking('adaptive')],
  ['the least output of a GPT', { ...gpt, onDemand: true }, { inferenceConfig: { maxTokens: 16 } }],
  [
    'inference values beside a lower effort of Nova',
    nova2,
    {
      inferenceConfig: { maxTokens: 9, temperature: 1 },
      additionalModelRequestFields: { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'medium' } },
    },
  ],
];

test.for(acceptedByOthers)('accepts, as the service does, %s', ([, model, body], { expect }) => {
  expect(refusalOf(allRules, { body, model })).toBeUndefined();
});

test.for(accepted)('accepts, as the service does, %s', ([, body], { expect }) => {
  expect(refusalOf(allRules, { body })).toBeUndefined();
});

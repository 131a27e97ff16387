import { test } from 'vitest';
import { claude, newClaude } from '../test-models.ts';
import { allRules, type RuleCase, refusalOf, testLayer } from './rule-case.ts';

const account: readonly RuleCase[] = [
  { id: 'tier-invalid', body: { serviceTier: { type: 'auto' } }, text: 'service tier provided is invalid' },
  { id: 'tier-reserved-missing', body: { serviceTier: { type: 'reserved' } }, text: 'Reservation not found.' },
  {
    id: 'latency-unsupported',
    body: { performanceConfig: { latency: 'optimized' } },
    text: `Latency performance configuration is not supported for ${claude.id}`,
  },
  {
    id: 'guardrail-id-invalid',
    body: { guardrailConfig: { guardrailIdentifier: 'abc123', guardrailVersion: '1' } },
    text: 'The provided guardrail identifier is invalid.',
  },
  {
    id: 'guardrail-version-missing',
    body: { guardrailConfig: { guardrailIdentifier: 'simulated', guardrailVersion: '3' } },
    text: 'The guardrail identifier or version provided in the request does not exist.',
  },
];
testLayer('account', account);

const called = [
  { role: 'user', content: 'Hello' },
  { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'look', input: {} }] },
  { role: 'user', content: 'Well?' },
];
const look = { name: 'look', input_schema: { type: 'object' } };

testLayer('invoke', [
  {
    id: 'sm-invoke-trace-enum',
    native: {},
    headers: { 'x-amzn-bedrock-trace': 'enabled' },
    text: "1 validation error detected: Value ''enabled'' at 'trace' failed to satisfy constraint: Member must satisfy enum value set: [ENABLED, DISABLED, ENABLED_FULL]",
  },
  {
    id: 'ant-version-required',
    native: { anthropic_version: undefined },
    text: 'anthropic_version: Field required',
  },
  { id: 'ant-max-tokens-required', native: { max_tokens: undefined }, text: 'max_tokens: Field required' },
  { id: 'invoke-extra-inputs', native: { stream: true }, text: 'stream: Extra inputs are not permitted' },
  {
    id: 'invoke-tool-extra-inputs',
    native: { tools: [look, { ...look, name: 'b', defer_loading: true }] },
    text: 'tools.1.custom.defer_loading: Extra inputs are not permitted',
  },
  {
    id: 'invoke-tool-result-missing',
    native: { messages: called },
    text: 'messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: a. Each `tool_use` block must have a corresponding `tool_result` block in the next message.',
  },
]);

test.for<[string, Omit<RuleCase, 'id' | 'text'>, string | undefined]>([
  [
    'context_management without its beta',
    { native: { context_management: {} } },
    'context_management: Extra inputs are not permitted',
  ],
  [
    'context_management with its beta',
    { native: { context_management: {}, anthropic_beta: ['context-management-2025-06-27'] } },
    undefined,
  ],
  [
    'a beta nobody knows, without what Converse puts before it',
    { native: { anthropic_beta: ['oauth-2025-04-20'] } },
    'invalid beta flag',
  ],
  [
    'what the Claude itself refuses',
    { native: { temperature: 0.5 }, model: newClaude },
    '`temperature` is deprecated for this model.',
  ],
  [
    'a tool of Anthropic’s servers',
    { native: { tools: [{ type: 'web_search_20250305', name: 'web_search' }] } },
    "tools.0: Input tag 'web_search_20250305' found using 'type' does not match any of the expected tags: 'bash_20250124', 'custom', 'memory_20250818', 'text_editor_20250124', 'text_editor_20250728'",
  ],
  [
    'a guardrail the account does not have',
    { native: {}, headers: { 'x-amzn-bedrock-guardrailidentifier': 'abc123', 'x-amzn-bedrock-guardrailversion': '1' } },
    'The provided guardrail identifier is invalid.',
  ],
  [
    'a document beside tool results, which only Converse refuses',
    {
      native: {
        messages: [
          ...called.slice(0, 2),
          {
            role: 'user',
            content: [
              { type: 'tool_result', tool_use_id: 'a', content: 'ok' },
              { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'x' } },
            ],
          },
        ],
      },
    },
    undefined,
  ],
])('InvokeModel and %s', ([, asked, message], { expect }) => {
  expect(refusalOf(allRules, { model: claude, ...asked })?.message).toBe(message);
});

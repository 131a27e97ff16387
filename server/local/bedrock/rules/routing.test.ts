import { test } from 'vitest';
import { gpt, mute } from '../test-models.ts';
import { allRules, refusalOf, testLayer } from './rule-case.ts';

testLayer('routing', [
  {
    id: 'modelid-unknown',
    modelId: 'anthropic.claude-sonnet-99-v1:0',
    body: {},
    text: 'The provided model identifier is invalid.',
  },
  {
    id: 'modelid-on-demand-unsupported',
    model: gpt,
    body: {},
    text: 'Invocation of model ID openai.gpt-5.4 with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.',
  },
  {
    id: 'model-unsupported-streaming',
    model: mute,
    operation: 'ConverseStream',
    body: {},
    text: 'The model is unsupported for streaming.',
  },
]);

const account = 'arn:aws:bedrock:us-west-2:123456789012';

test.for([
  'us.openai.gpt-5.4',
  'global.openai.gpt-5.4',
  `${account}:inference-profile/us.openai.gpt-5.4`,
  `${account}:application-inference-profile/gpt-5.4`,
  `${account}:application-inference-profile/openai.gpt-5.4`,
  'arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-opus-5',
])('%s names a model that may be called', (modelId, { expect }) => {
  expect(refusalOf(allRules, { modelId, body: {} })).toBeUndefined();
});

test.for([
  'eu.openai.gpt-5.4',
  'us.us.openai.gpt-5.4',
  `${account}:inference-profile/openai.gpt-5.4`,
  `${account}:application-inference-profile/abc123`,
  'arn:aws:bedrock:us-west-2::foundation-model/us.anthropic.claude-opus-5',
])('%s names nothing', (modelId, { expect }) => {
  expect(refusalOf(allRules, { modelId, body: {} })?.message).toMatch(/model identifier is invalid|pattern/);
});

import { describe, test } from 'vitest';
import { createBedrockRuntime } from '../aws/bedrock-runtime.ts';
import catalogueFile from '../catalogue/models.json' with { type: 'json' };
import { createCatalogue } from '../catalogue/resolve.ts';
import { fieldTreatments } from '../dialects/openai-chat/fields.ts';
import { createBedrockProvider } from '../providers/bedrock/index.ts';
import { chatProbes } from './chat-probes.ts';
import { explainModel } from './explain-model.ts';

const catalogue = createCatalogue({ region: 'us-west-2', file: catalogueFile });
// Nothing is sent: no address is ever asked.
const provider = createBedrockProvider(
  createBedrockRuntime({
    region: 'us-west-2',
    credentials: () => ({ accessKeyId: 'x', secretAccessKey: 'x' }),
    environment: {},
  }),
);

async function fieldsOf(model: string) {
  const fields = await explainModel(catalogue.resolve(model), provider);
  return new Map(fields.map((field) => [field.field, field]));
}

test('every field of OpenAI’s request is among the probes', ({ expect }) => {
  const probed = chatProbes.map(({ field }) => field.replace(/^(\w+).*$/, '$1'));
  // They say the same as a probed one, or ask for nothing with any model.
  const alike = ['model', 'max_completion_tokens', 'top_logprobs', 'audio', 'functions', 'function_call'];
  const others = ['safety_identifier', 'prompt_cache_options', 'prompt_cache_retention', 'moderation'];
  const missing = Object.keys(fieldTreatments).filter((name) => !probed.includes(name));
  expect(missing.filter((name) => ![...alike, ...others].includes(name))).toEqual([]);
});

describe('what becomes of a field', () => {
  test.for([
    ['claude-sonnet-4-5', 'temperature', 'sent', 'inferenceConfig.temperature'],
    ['claude-opus-4-7', 'temperature', 'reported', null],
    ['claude-sonnet-4-5', 'temperature: 1.5', 'changed', 'inferenceConfig.temperature'],
    ['claude-sonnet-4-5', 'messages: input_audio', 'refused', /reads no sound/],
    ['claude-sonnet-4-5', 'stream', 'gateway', null],
    ['claude-sonnet-4-5', 'n: 2', 'refused', /only one choice/],
    ['claude-sonnet-4-5', 'response_format: json_schema', 'sent', 'outputConfig.textFormat'],
    ['claude-opus-4-7', 'response_format: json_schema', 'sent', 'toolConfig.tools, toolConfig.toolChoice'],
    ['claude-sonnet-4-5', 'reasoning_effort: high', 'sent', /additionalModelRequestFields\.thinking/],
    ['nova-2-lite', 'reasoning_effort: low', 'sent', 'additionalModelRequestFields.reasoningConfig'],
    ['llama3-3-70b-instruct', 'tool_choice: required', 'reported', null],
    ['gpt-oss-120b', 'stop', 'reported', null],
    ['gpt-5.4', 'max_tokens: 1', 'changed', 'inferenceConfig.maxTokens'],
  ] as const)('%s: %s is %s', async ([model, field, its, note], { expect }) => {
    const found = (await fieldsOf(model)).get(field);
    expect(found?.class).toBe(its);
    if (note instanceof RegExp) expect(found?.note).toMatch(note);
    else expect(found?.note).toBe(note);
  });
});

test('every model of the catalogue is explained, with all five classes among them', async ({ expect }) => {
  const classes = new Set<string>();
  for (const target of catalogue.list()) {
    const fields = await explainModel(target, provider);
    expect(fields).toHaveLength(chatProbes.length);
    for (const field of fields) classes.add(field.class);
  }
  expect([...classes].toSorted()).toEqual(['changed', 'gateway', 'refused', 'reported', 'sent']);
});

import type { ModelCall } from '../call.ts';
import { isJsonObject } from '../json.ts';
import { claudeRules } from './claude.ts';
import { claudeContentRules } from './claude-content.ts';
import { claudeThinkingRules } from './claude-thinking.ts';
import { once, type Rule } from './rule.ts';

// What a model itself refuses. `The model returned the following errors: ` stands before each of these texts.

const novaFields = ['inferenceConfig', 'reasoningConfig'];

function isNova({ model }: ModelCall): boolean {
  return model.id.startsWith('amazon.nova');
}

function additionalKeys({ body: { additionalModelRequestFields: additional } }: ModelCall): readonly string[] {
  return isJsonObject(additional) ? Object.keys(additional) : [];
}

const novaRules: readonly Rule<ModelCall>[] = [
  {
    id: 'cap-cachepoint-tools-nova',
    when: 'Nova is given a cache point among the tools',
    template:
      'Malformed input request: #/toolConfig/tools/{i}: extraneous key [cachePoint] is not permitted, please reformat your input and try again.',
    find: (call) =>
      isNova(call)
        ? (call.body.toolConfig?.tools ?? []).flatMap(({ cachePoint }, i) => (cachePoint ? [{ i }] : []))
        : [],
  },
  {
    id: 'nova-additional-fields-extra',
    when: "additionalModelRequestFields has a key outside Nova's schema",
    template:
      'Malformed input request: #: extraneous key [{key}] is not permitted, please reformat your input and try again.',
    find: (call) =>
      isNova(call)
        ? additionalKeys(call)
            .filter((key) => !novaFields.includes(key))
            .map((key) => ({ key }))
        : [],
  },
  {
    id: 'nova-reasoning-unsupported',
    when: 'reasoningConfig is sent to a Nova model without reasoning',
    template:
      'Malformed input request: the provided reasoning config value is invalid, please reformat your input and try again.',
    find: (call) =>
      once(isNova(call) && !call.model.capabilities.reasoning && additionalKeys(call).includes('reasoningConfig')),
  },
  {
    id: 'nova-toolresult-s3',
    when: 'Nova is given a document or video by its S3 address inside a tool result',
    template:
      'Malformed input request: #/messages/{i}/content/{j}: extraneous key [toolResult] is not permitted, please reformat your input and try again.',
    find: (call) =>
      isNova(call)
        ? call.blocks.flatMap(({ i, j, block }) =>
            block.toolResult?.content?.some(
              ({ document, video }) => document?.source?.s3Location ?? video?.source?.s3Location,
            )
              ? [{ i, j }]
              : [],
          )
        : [],
  },
];

const sizeRules: readonly Rule<ModelCall>[] = [
  {
    id: 'ant-prompt-too-long',
    when: "the prompt is longer than Claude's context window",
    template: 'prompt is too long: {tokens} tokens > {limit} maximum',
    find: ({ model, promptTokens: tokens }) =>
      model.maker === 'anthropic' && model.contextWindow !== undefined && tokens > model.contextWindow
        ? [{ tokens, limit: model.contextWindow }]
        : [],
  },
  {
    id: 'input-too-long',
    when: "the prompt is longer than another model's context window",
    template: 'Input is too long for requested model.',
    find: ({ model, promptTokens }) =>
      once(model.maker !== 'anthropic' && model.contextWindow !== undefined && promptTokens > model.contextWindow),
  },
];

export const modelRules: readonly Rule<ModelCall>[] = [
  ...sizeRules,
  ...novaRules,
  ...claudeRules,
  ...claudeThinkingRules,
  ...claudeContentRules,
];

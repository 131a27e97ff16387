import type { ModelCall } from '../call.ts';
import { isJsonObject, memberOf } from '../json.ts';
import { once, type Rule } from './rule.ts';

// What Amazon's Nova refuses.

const novaFields = ['inferenceConfig', 'reasoningConfig'];
const novaEfforts = ['low', 'medium', 'high'];

function isNova({ model }: ModelCall): boolean {
  return model.id.startsWith('amazon.nova');
}

/** Names of the fields that go to the model as they are. */
export function additionalKeys({ body: { additionalModelRequestFields: additional } }: ModelCall): readonly string[] {
  return isJsonObject(additional) ? Object.keys(additional) : [];
}

function reasoningConfig({ body }: ModelCall, name: string): unknown {
  return memberOf(memberOf(body.additionalModelRequestFields, 'reasoningConfig'), name);
}

export const novaRules: readonly Rule<ModelCall>[] = [
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
      once(
        isNova(call) &&
          call.model.capabilities.reasoning === 'none' &&
          additionalKeys(call).includes('reasoningConfig'),
      ),
  },
  {
    id: 'nova-reasoning-effort',
    when: 'maxReasoningEffort is not a word Nova knows',
    template:
      'Malformed input request: the provided reasoning config value is invalid, please reformat your input and try again.',
    find: (call) => {
      const effort = reasoningConfig(call, 'maxReasoningEffort');
      return once(isNova(call) && typeof effort === 'string' && !novaEfforts.includes(effort));
    },
  },
  {
    // The rule is AWS's (UKGovernmentBEIS/inspect_ai#3767), the text was not seen.
    id: 'nova-reasoning-high-inference',
    when: 'maxTokens, temperature or topP beside the effort high',
    template:
      'Malformed input request: {names} must not be set when maxReasoningEffort is high, please reformat your input and try again.',
    find: (call) => {
      const { inferenceConfig } = call.body;
      const set = ['maxTokens', 'temperature', 'topP'].filter(
        (name) => typeof memberOf(inferenceConfig, name) === 'number',
      );
      const isHigh =
        reasoningConfig(call, 'type') === 'enabled' && reasoningConfig(call, 'maxReasoningEffort') === 'high';
      return isNova(call) && isHigh && set.length > 0 ? [{ names: set.join(', ') }] : [];
    },
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

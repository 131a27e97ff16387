import type { ModelCall } from '../call.ts';
import { memberOf } from '../json.ts';
import { additionalKeys } from './nova.ts';
import { once, type Rule } from './rule.ts';

// What models of OpenAI, Mistral and DeepSeek refuse. OpenAI's texts are those of its own API.

/** The effort asked of a model of OpenAI: of the larger ones as `reasoning.effort`, of gpt-oss as `reasoning_effort`. */
function openAiEffort({ body: { additionalModelRequestFields: fields } }: ModelCall): unknown {
  return memberOf(memberOf(fields, 'reasoning'), 'effort') ?? memberOf(fields, 'reasoning_effort');
}

export const otherMakerRules: readonly Rule<ModelCall>[] = [
  {
    id: 'output-cap-min',
    when: 'maxTokens is below the least the model takes (16 for GPT, Grok and Kimi K3)',
    template:
      "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= {least}, but got {asked} instead.",
    find: ({ body, model: { minOutputTokens: least } }) => {
      const asked = body.inferenceConfig?.maxTokens;
      return asked && asked < least ? [{ least, asked }] : [];
    },
  },
  {
    id: 'openai-effort-unsupported',
    when: 'the effort is not a word this model of OpenAI knows',
    template: "Unsupported value: '{effort}' is not supported with this model. Supported values are: {words}.",
    find: (call) => {
      const { maker, capabilities } = call.model;
      const effort = openAiEffort(call);
      if (maker !== 'openai' || typeof effort !== 'string') return [];
      if (capabilities.efforts.some((word) => word === effort)) return [];
      return [{ effort, words: capabilities.efforts.map((word) => `'${word}'`).join(', ') }];
    },
  },
  {
    id: 'mistral-stop',
    when: 'stop sequences are streamed to Mistral Large of July 2024',
    template: 'Validation Error',
    find: ({ operation, body, model }) =>
      once(
        operation === 'ConverseStream' &&
          model.id.startsWith('mistral.mistral-large-2407') &&
          (body.inferenceConfig?.stopSequences ?? []).length > 0,
      ),
  },
  {
    // The rule is known (any field is refused), the text is that of the neighbours.
    id: 'deepseek-additional-fields',
    when: 'DeepSeek R1, which takes no field of its own, is sent one',
    template:
      'Malformed input request: #: extraneous key [{key}] is not permitted, please reformat your input and try again.',
    find: (call) => (call.model.id.startsWith('deepseek.r1') ? additionalKeys(call).map((key) => ({ key })) : []),
  },
];

import { type Call, isStreamed } from '../call.ts';
import { once, type Rule } from './rule.ts';

/** Which model a call goes to, and whether it may go there. */
export function createRoutingRules(isBare: (modelId: string) => boolean): readonly Rule<Call>[] {
  return [
    {
      id: 'modelid-unknown',
      when: 'the id is well formed and names no model or profile',
      template: 'The provided model identifier is invalid.',
      find: ({ model }) => once(model === undefined),
    },
    {
      // The apostrophe is U+2019, as the service sends it.
      id: 'modelid-on-demand-unsupported',
      when: 'the bare id of a model that is offered through inference profiles only',
      template:
        'Invocation of model ID {modelId} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.',
      find: ({ model, modelId }) => (model && !model.onDemand && isBare(modelId) ? [{ modelId }] : []),
    },
    {
      id: 'model-unsupported-streaming',
      when: 'a stream is asked of a model that does not stream',
      template: 'The model is unsupported for streaming.',
      find: ({ operation, model }) => once(isStreamed(operation) && model?.capabilities.streaming === false),
    },
  ];
}

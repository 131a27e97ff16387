import type { ModelCall } from './call.ts';
import { memberOf } from './json.ts';

/** What the simulator gives out as reasoning where the request asks for some. */
export const defaultReasoning =
  'The last message asks for an answer. Nothing is thought about here, this text only stands where the thoughts of a ' +
  'model would stand.';

/**
 * Whether a request asks the model to think and the model lets its thoughts be seen: Claude by `thinking` (one that always
 * thinks also by an effort alone), Nova by `reasoningConfig`, DeepSeek V3 and gpt-oss by `reasoning_effort`. GPT keeps
 * its thoughts to itself.
 */
export function showsReasoning({ body, model }: ModelCall): boolean {
  const fields = body.additionalModelRequestFields;
  switch (model.capabilities.reasoning) {
    case 'budget':
    case 'adaptive': {
      const type = memberOf(memberOf(fields, 'thinking'), 'type');
      const effort = body.outputConfig?.effort ?? memberOf(memberOf(fields, 'output_config'), 'effort');
      const always = model.capabilities.reasoningAlwaysOn && typeof effort === 'string';
      return always || type === 'enabled' || type === 'adaptive';
    }
    case 'nova':
      return memberOf(memberOf(fields, 'reasoningConfig'), 'type') === 'enabled';
    case 'effort-word':
      return typeof memberOf(fields, 'reasoning_effort') === 'string';
    default:
      return false;
  }
}

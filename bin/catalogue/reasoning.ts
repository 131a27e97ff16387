import type { Capabilities } from '../../server/catalogue/catalogue.ts';
import { type Effort, efforts } from '../../server/model/request.ts';
import { isNova, startsWithAny } from './families.ts';
import type { SourceModel } from './source.ts';

/** Their chat templates know the word `reasoning_effort`. */
const withEffortWord = ['openai.gpt-oss-', 'deepseek.v3'];

type Reasoning = Pick<Capabilities, 'reasoning' | 'reasoningAlwaysOn' | 'efforts'>;

/** The words up to the row's ceiling. `xhigh` and `max` are there only where the row has them, others unless it says no. */
function effortsOf({ supports, effort_ceiling }: SourceModel): Effort[] {
  const ceiling = efforts.indexOf(effort_ceiling ?? 'max');
  return efforts.slice(0, ceiling + 1).filter((word) => {
    const said = supports[`effort_${word}`];
    return word === 'xhigh' || word === 'max' ? said === true : said !== false;
  });
}

function claudeReasoning(model: SourceModel): Reasoning {
  const reasoningAlwaysOn = model.supports['thinking_always_on'] === true;
  if (model.supports['adaptive_thinking'] !== true && !reasoningAlwaysOn) {
    // The words stand for budgets, so all are taken; the ceiling of such a row is about a field that is not sent.
    return { reasoning: 'budget', reasoningAlwaysOn, efforts };
  }
  const taken = effortsOf(model).filter((word) => word !== 'minimal' && !(reasoningAlwaysOn && word === 'none'));
  return { reasoning: 'adaptive', reasoningAlwaysOn, efforts: taken };
}

export function reasoningOf(model: SourceModel): Reasoning {
  const { id, provider, supports } = model;
  if (supports['reasoning'] !== true) return { reasoning: 'none', reasoningAlwaysOn: false, efforts: [] };
  if (provider === 'anthropic') return claudeReasoning(model);
  if (isNova(model)) {
    return { reasoning: 'nova', reasoningAlwaysOn: false, efforts: ['none', 'low', 'medium', 'high'] };
  }
  if (startsWithAny(id, withEffortWord)) {
    return { reasoning: 'effort-word', reasoningAlwaysOn: false, efforts: ['low', 'medium', 'high'] };
  }
  if (provider === 'openai') {
    return { reasoning: 'openai', reasoningAlwaysOn: supports['effort_none'] === false, efforts: effortsOf(model) };
  }
  return { reasoning: 'fixed', reasoningAlwaysOn: true, efforts: [] };
}

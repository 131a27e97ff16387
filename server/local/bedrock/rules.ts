import type { FindTarget } from './model-ids.ts';
import { accountRules } from './rules/account.ts';
import { capabilityRules } from './rules/capability.ts';
import { converseRules } from './rules/converse.ts';
import { invokeRules } from './rules/invoke.ts';
import { modelRules } from './rules/model.ts';
import { createRoutingRules } from './rules/routing.ts';
import type { RuleSet } from './rules/rule.ts';
import { serviceModelRules } from './rules/service-model.ts';

/** Every rule of the simulator, by layer. */
export function createRuleSet(findTarget: FindTarget): RuleSet {
  return {
    serviceModel: serviceModelRules,
    routing: createRoutingRules((modelId) => findTarget(modelId)?.bare === true),
    converse: converseRules,
    account: accountRules,
    invoke: invokeRules,
    capability: capabilityRules,
    model: modelRules,
  };
}

import type { AwsFault } from '../../emulator.ts';
import { type Call, hasModel } from '../call.ts';
import { collectedRefusal, firstRefusal, type RuleSet } from './rule.ts';

/** What stands before every text of the `model` layer on Converse and ConverseStream. */
export const modelPrefix = 'The model returned the following errors: ';

/** The refusal of the first layer that has one; `undefined` when the request is served. */
export function findRefusal(rules: RuleSet, call: Call): AwsFault | undefined {
  const early = collectedRefusal(rules.serviceModel, call) ?? firstRefusal(rules.routing, call);
  if (early !== undefined || !hasModel(call)) return early;
  return (
    firstRefusal(rules.converse, call) ??
    firstRefusal(rules.capability, call) ??
    firstRefusal(rules.model, call, modelPrefix)
  );
}

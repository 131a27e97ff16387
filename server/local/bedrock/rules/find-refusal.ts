import type { AwsFault } from '../../emulator.ts';
import { type Call, hasModel } from '../call.ts';
import { collectedRefusal, firstRefusal, type RuleSet } from './rule.ts';

/** What stands before every text of the `model` layer on Converse and ConverseStream. */
export const modelPrefix = 'The model returned the following errors: ';

/** What Converse and InvokeModel have in common of the service model. */
function isOfBoth({ id }: { readonly id: string }): boolean {
  return id.startsWith('modelid-');
}

function findInvokeRefusal(rules: RuleSet, call: Call): AwsFault | undefined {
  const serviceModel = rules.serviceModel.filter(isOfBoth);
  const early = collectedRefusal(serviceModel, call) ?? firstRefusal(rules.routing, call);
  if (early !== undefined || !hasModel(call)) return early;
  return (
    firstRefusal(rules.account, call) ??
    firstRefusal(rules.invoke, call) ??
    firstRefusal(
      rules.model.filter(({ only }) => only === undefined),
      call,
    )
  );
}

/** The refusal of the first layer that has one; `undefined` when the request is served. */
export function findRefusal(rules: RuleSet, call: Call): AwsFault | undefined {
  if (call.native) return findInvokeRefusal(rules, call);
  const early = collectedRefusal(rules.serviceModel, call) ?? firstRefusal(rules.routing, call);
  if (early !== undefined || !hasModel(call)) return early;
  return (
    firstRefusal(rules.converse, call) ??
    firstRefusal(rules.account, call) ??
    firstRefusal(rules.capability, call) ??
    firstRefusal(rules.model, call, modelPrefix)
  );
}

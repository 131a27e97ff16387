import type { CallTarget } from '../catalogue/catalogue.ts';
import { header } from '../http.ts';
import type { ModelRequest } from '../model/request.ts';
import { optimizedTier } from '../model/usage.ts';
import type { EstimatedCall } from '../money/estimate.ts';
import { type PromptBound, promptBound } from '../money/prompt-bound.ts';
import { refuseDropped } from '../providers/provider.ts';
import type { AuthenticatedCall } from '../route.ts';
import { checkModelAllowed } from './check-model.ts';
import { asIs } from './field-names.ts';
import { type CallPlan, planCall } from './plan.ts';
import type { ModelCall } from './run-call.ts';

/** A call as it would be admitted: what is known before its money is held. */
export interface PreparedCall {
  readonly target: CallTarget;
  readonly plan: CallPlan;
  readonly bound: PromptBound;
  /** What decides the most it may cost. */
  readonly estimated: EstimatedCall;
  /** Whether the output cap is the gateway's choice. */
  readonly isCapOurs: boolean;
  /** What dialect and gateway leave out, by the dialect's names. */
  readonly dropped: readonly string[];
  /** Whether anything that would be left out is refused. */
  readonly strict: boolean;
}

/**
 * resolve → allow → plan → estimate: the same for a call and for what only asks its price, so that the two cannot differ.
 * @throws GatewayError 404 `model_not_found`, 403, or 400 where nothing may be dropped
 */
export function prepareCall(
  call: AuthenticatedCall,
  modelCall: Pick<ModelCall, 'request' | 'promptBytes' | 'dropped' | 'nameField'>,
): PreparedCall {
  const { context, identity } = call;
  const { request, promptBytes, nameField = asIs } = modelCall;
  const target = context.catalogue.resolve(request.model);
  checkModelAllowed(identity, target);
  const plan = planCall(request, target.model, identity, context.settings.config.guardrails);
  const dropped = [...modelCall.dropped, ...plan.dropped.map(nameField)];
  const strict = header(call.request, 'x-pennyworth-strict') === 'true';
  if (strict) refuseDropped(dropped);
  const bound = promptBound(request, promptBytes);
  const estimated = {
    ...bound,
    // A schema may be answered through a tool of ours.
    hasTools: request.tools.length > 0 || request.outputFormat?.type === 'json-schema',
    typedTools: request.claude?.tools.length ?? 0,
    maxOutputTokens: plan.maxOutputTokens,
    serviceTier: pricedTierOf(request, target.provider),
    price: target.price,
    contextWindow: target.model.contextWindow,
  };
  return { target, plan, bound, estimated, isCapOurs: request.maxOutputTokens === undefined, dropped, strict };
}

/** Only Bedrock is asked for one. */
function pricedTierOf({ latency, serviceTier }: ModelRequest, provider: CallTarget['provider']): string | undefined {
  if (provider !== 'bedrock') return undefined;
  return latency === 'optimized' ? optimizedTier : serviceTier;
}

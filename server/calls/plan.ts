import type { Identity } from '../auth/identity.ts';
import type { CatalogueModel } from '../catalogue/catalogue.ts';
import type { Config } from '../config.ts';
import type { Guardrail, ModelRequest } from '../model/request.ts';
import { clampOutputTokens, defaultOutputCap } from '../money/estimate.ts';

/** What the gateway decides about a call before its money is held. */
export interface CallPlan {
  /** Tokens, within what the model takes. */
  readonly maxOutputTokens: number;
  /** The guardrail in force. */
  readonly guardrail: Guardrail | undefined;
  /** Fields of the caller's that this changes or leaves out. */
  readonly dropped: readonly string[];
}

/** The operator's guardrail, of the key or of the deployment, cannot be taken away, replaced or made to tell more. */
export function planCall(
  request: ModelRequest,
  model: CatalogueModel,
  identity: Identity,
  guardrails: Config['guardrails'],
): CallPlan {
  const dropped: string[] = [];
  const maxOutputTokens = planOutputCap(request.maxOutputTokens, model);
  if (request.maxOutputTokens !== undefined && maxOutputTokens !== request.maxOutputTokens) dropped.push('max_tokens');
  const keys = guardrails?.keys ?? {};
  const ofKey = identity.kind === 'key' && Object.hasOwn(keys, identity.keyId) ? keys[identity.keyId] : undefined;
  const ofOperator = ofKey ?? guardrails?.default;
  if (ofOperator === undefined) return { maxOutputTokens, guardrail: request.guardrail, dropped };
  if (request.guardrail) dropped.push('guardrailConfig');
  const { id, version, trace } = ofOperator;
  return { maxOutputTokens, guardrail: { id, version, ...(trace && { trace }) }, dropped };
}

/** The caller's cap, or ours where it named none; what a budget has left will bound ours too. */
function planOutputCap(asked: number | undefined, model: CatalogueModel): number {
  return clampOutputTokens(asked ?? defaultOutputCap(model), model);
}

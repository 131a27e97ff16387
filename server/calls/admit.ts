import type { Identity } from '../auth/identity.ts';
import { AwsError } from '../aws/aws-error.ts';
import type { CallTarget } from '../catalogue/catalogue.ts';
import { forbidden, GatewayError, unavailable } from '../errors.ts';
import { longestCallMs } from '../limits.ts';
import { optimizedTier } from '../model/usage.ts';
import type { Estimate, Rates, Reservation, ReserveRequest } from '../money/balance.ts';
import { affordableOutputTokens, type EstimatedCall, estimateOf } from '../money/estimate.ts';
import { limitsOf } from '../money/identity-limits.ts';
import { hasBudget, hasLimits, noLimits } from '../money/limits.ts';
import { InsufficientQuotaError } from '../money/quota-errors.ts';
import { reasonOf } from '../observe/logger.ts';
import type { AuthenticatedCall } from '../route.ts';
import { checkModelAllowed } from './check-model.ts';
import type { LedgerTarget } from './open-call.ts';

/** A call that may spend: who it is by now, what is held for it, and how much it may write at most. */
export interface Admission {
  readonly identity: Identity;
  readonly reservation: Reservation;
  readonly maxOutputTokens: number;
}

/** What is called, as the ledger tells it. */
interface Called {
  readonly endpoint: string;
  readonly target: LedgerTarget;
  /** What the caller names the call by, for reports. */
  readonly tag: string | null;
}

export interface AdmissionRequest extends Called {
  readonly target: CallTarget;
  readonly estimated: EstimatedCall;
  /** Whether the output cap is the gateway's choice: then a budget near its end lowers it instead of refusing the call. */
  readonly isCapOurs: boolean;
}

/** A call that has not settled so long after its deadline will not any more. */
const sweepAfterMs = 30_000;
/** While one call looks for a cap it can pay, others spend: so many times it looks again. */
const mostCaps = 8;

/**
 * The one way to spend: whoever calls a model comes through here, on every route.
 * @throws GatewayError 402 `insufficient_quota`, 429 `rate_limit_exceeded` or `concurrency_limit`, 401, 403, 503
 */
export async function admit(call: AuthenticatedCall, request: AdmissionRequest): Promise<Admission> {
  const check = (identity: Identity) => {
    checkModelAllowed(identity, request.target);
    refuseUnpriced(identity, request);
  };
  let { maxOutputTokens } = request.estimated;
  for (let lowered = 0; ; lowered++) {
    const estimated = { ...request.estimated, maxOutputTokens };
    try {
      return { ...(await reserve(call, estimateOf(estimated), { ...request, check })), maxOutputTokens };
    } catch (error) {
      if (!(error instanceof InsufficientQuotaError) || !request.isCapOurs || lowered === mostCaps) throw error;
      const affordable = affordableOutputTokens(estimated, error.leastNanoUsd);
      if (affordable === undefined || affordable >= maxOutputTokens) throw error;
      maxOutputTokens = affordable;
    }
  }
}

/**
 * What has no price cannot be held to a budget, however small: it would be spending without end.
 * @throws GatewayError 403 `model_not_allowed`
 */
export function refuseUnpriced(
  identity: Identity,
  { target, estimated }: Pick<AdmissionRequest, 'target' | 'estimated'>,
): void {
  if (target.provider !== 'bedrock' || estimateOf(estimated).mostNanoUsd !== null) return;
  const { limits, payingTeam } = limitsOf(identity);
  if (![limits.person, limits.key, payingTeam?.limits ?? noLimits].some(hasBudget)) return;
  const { serviceTier } = estimated;
  const named = serviceTier === optimizedTier ? 'with optimized latency' : `in the service tier ${serviceTier}`;
  const tier = serviceTier === undefined ? '' : ` ${named}`;
  const message = `${target.model.alias} has no known price${tier}, and a budget limits this call. Choose another model${tier && ', tier or latency'}, or ask the operator to set the price.`;
  throw forbidden('model_not_allowed', message);
}

/** ms since the epoch: by our own longest time, or by the deadline of what runs us. */
function endOf({ startedAt, request }: AuthenticatedCall): number {
  return Math.min(startedAt + longestCallMs, request.deadline ?? Number.POSITIVE_INFINITY);
}

/** Milliseconds until the call has to end. */
export function timeLeft(call: AuthenticatedCall): number {
  return Math.max(endOf(call) - call.context.clock.now(), 0);
}

/** ms since the epoch: a call that has not ended by then never will, whatever became of its server. */
export function givenUpAt(call: AuthenticatedCall): number {
  return endOf(call) + sweepAfterMs;
}

/**
 * Holds the worst case. A credential that changed since it was cached is read once more before the call goes on, and
 * `check` says of each whether it may: it throws 403 where not.
 * @throws GatewayError as admit()
 */
export async function reserve(
  call: AuthenticatedCall,
  estimate: Estimate,
  { endpoint, target, tag, check }: Called & { check(identity: Identity): void },
): Promise<Pick<Admission, 'identity' | 'reservation'>> {
  const { context, requestId, startedAt } = call;
  let { identity } = call;
  for (let attempt = 0; attempt < 2; attempt++) {
    check(identity);
    const { person, team } = identity;
    const request: ReserveRequest = {
      requestId,
      username: person.username,
      keyId: identity.kind === 'key' ? identity.keyId : null,
      generation: person.generation,
      estimate,
      ...limitsOf(identity),
      facts: {
        endpoint: endpoint.replace(/^\/v1\//, ''),
        provider: target.provider,
        model: target.model.alias,
        team,
        tag,
      },
      now: startedAt,
      expiresAt: givenUpAt(call),
    };
    const reservation = await context.balances.reserve(request).catch((error: unknown) => {
      if (!context.settings.failOpen || !isTableDown(error) || !hasNoLimit(request)) throw error;
      context.logger.warn('fail_open', { request_id: requestId, cause: reasonOf(error) });
      return { requestId, keyId: request.keyId, estimateNanoUsd: estimate.mostNanoUsd, holds: [], rates: {} };
    });
    if (reservation !== 'stale') return { identity, reservation };
    context.people.forget(person.username);
    identity = await context.authenticate(call.request.headers, call.request);
  }
  // Changed twice within one call: whatever the credential is worth now, this call does not spend on it.
  throw unavailable('auth_unavailable', 'The credential changed again and again meanwhile. Send the request again.', 1);
}

/** DynamoDB did not answer, or only with errors; not that it answered with a refusal, or with what nobody can read. */
function isTableDown(error: unknown): boolean {
  return error instanceof GatewayError && error.code === 'budget_unavailable' && error.cause instanceof AwsError;
}

function hasNoLimit({ limits, payingTeam }: ReserveRequest): boolean {
  return !hasLimits(limits.key) && !hasLimits(limits.person) && payingTeam === undefined;
}

/** As OpenAI tells them, where a rate is limited. */
export function rateHeaders({ requests, tokens }: Rates): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, rate] of Object.entries({ requests, tokens })) {
    if (rate === undefined) continue;
    headers[`x-ratelimit-limit-${name}`] = String(rate.limit);
    headers[`x-ratelimit-remaining-${name}`] = String(rate.remaining);
    headers[`x-ratelimit-reset-${name}`] = durationOf(rate.resetMs);
  }
  return headers;
}

/** `850ms`, `12s`, `1m3s`: the form OpenAI's headers have. */
function durationOf(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const seconds = Math.ceil(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

import { randomUUID } from 'node:crypto';
import type { Estimate, Reservation, ReserveRequest } from './balance.ts';
import { noLimits } from './limits.ts';

/** A reserve of a small call without limits, with what a test wants otherwise. */
export function reserveRequest(
  part: Partial<ReserveRequest> & Pick<ReserveRequest, 'username' | 'generation' | 'now'>,
): ReserveRequest {
  const { keyId = 'key_abcdefghijkl' } = part;
  return {
    requestId: `req_${randomUUID().replaceAll('-', '')}`,
    keyId,
    budget: keyId === null ? undefined : { id: keyId, keyIds: [keyId] },
    estimate: exactly(1_000),
    limits: { person: noLimits, key: noLimits },
    currentKeys: new Set(),
    facts: { endpoint: 'chat/completions', provider: 'bedrock', model: 'claude-sonnet-4-5', team: null, tag: null },
    expiresAt: part.now + 920_000,
    ...part,
  };
}

/** An estimate that is the same however it is counted. */
export function exactly(nanoUsd: number | null, tokens = 100): Estimate {
  return { likelyNanoUsd: nanoUsd, mostNanoUsd: nanoUsd, tokens };
}

export function held(outcome: Reservation | 'stale'): Reservation {
  if (outcome === 'stale') throw new Error('the generation was stale');
  return outcome;
}

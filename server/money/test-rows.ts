import { randomUUID } from 'node:crypto';
import type { LedgerRow } from './ledger.ts';

const usage = {
  inputTokens: 10,
  cacheReadTokens: 20,
  cacheWrite5mTokens: 3,
  cacheWrite1hTokens: 4,
  outputTokens: 50,
  reasoningTokens: 6,
  tier: undefined,
  raw: undefined,
};

/** Ten tokens in, none out: at 1,000 pico-USD a token 10 nano-USD. */
export const tenTokens = {
  ...usage,
  inputTokens: 10,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
};

/** A ledger row for tests, with these values. */
export function rowOf(part: Partial<LedgerRow>): LedgerRow {
  return {
    requestId: `req_${randomUUID()}`,
    time: Date.UTC(2026, 10, 21, 12),
    username: 'nobody',
    keyId: 'key_abcdefghijkl',
    team: null,
    tag: null,
    endpoint: '/v1/chat/completions',
    model: 'nova-lite',
    target: 'us.amazon.nova-lite-v1:0',
    provider: 'bedrock',
    status: 'ok',
    errorCode: null,
    stream: false,
    durationMs: 12,
    attempts: 1,
    usage,
    estimatedNanoUsd: 100,
    costNanoUsd: 1_000,
    dropped: [],
    upstreamRequestId: null,
    usageEstimated: false,
    ...part,
  };
}

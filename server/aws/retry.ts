import { setTimeout as delay } from 'node:timers/promises';
import { AwsError } from './aws-error.ts';

export interface RetryPolicy {
  readonly leastDelayMs: number;
  readonly mostDelayMs: number;
  /** Whether every answer of the 500s may be tried again, not only those known to pass: the call costs nothing. */
  readonly anyServerError: boolean;
}

const mostAttempts = 3;
/** A service that asks for a longer pause gets none: its error tells the caller when to come back. */
const longestRetryAfterMs = 5_000;

/** AWS gives throttling under many names and, with one name, under status 400 and 429: the name decides. */
const throttling = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'SlowDown',
  'Throttling',
  'ThrottledException',
  'ThrottlingException',
  'TooManyRequestsException',
]);
const passing = new Set([
  'ModelNotReadyException',
  'NetworkError',
  'ServiceUnavailable',
  'ServiceUnavailableException',
]);
const internal = new Set(['InternalFailure', 'InternalServerError', 'InternalServerException']);

/**
 * Sends a call up to three times, with a random pause before each repetition that the service may lengthen by
 * `retry-after`. `send` gets the number of the attempt, from 1, and must not throw an AwsError that may be repeated
 * once bytes of its answer were handed on.
 * @throws what the last attempt threw; the signal's reason when it was aborted.
 */
export async function withRetries<T>(
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
  send: (attempt: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send(attempt);
    } catch (error) {
      if (!(error instanceof AwsError) || attempt === mostAttempts || !isRepeatable(error, attempt, policy))
        throw error;
      const pauseMs = Math.max(randomPauseMs(policy, attempt), error.retryAfterMs ?? 0);
      await pause(pauseMs, signal);
    }
  }
}

function isRepeatable(error: AwsError, attempt: number, { anyServerError }: RetryPolicy): boolean {
  if ((error.retryAfterMs ?? 0) > longestRetryAfterMs) return false;
  if (throttling.has(error.name) || passing.has(error.name)) return true;
  return (internal.has(error.name) && attempt === 1) || (anyServerError && error.status >= 500);
}

/** The bound doubles to reach the policy's longest pause at the last repetition. */
function randomPauseMs({ leastDelayMs, mostDelayMs }: RetryPolicy, attempt: number): number {
  const bound = mostDelayMs / 2 ** (mostAttempts - 1 - attempt);
  return leastDelayMs + Math.random() * Math.max(0, bound - leastDelayMs);
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  } catch {
    signal?.throwIfAborted();
  }
}

import { expect, test } from 'vitest';
import { AwsError } from './aws-error.ts';
import { withRetries } from './retry.ts';

const policy = { leastDelayMs: 1, mostDelayMs: 4, anyServerError: false };

function fault(name: string, status: number, retryAfterMs?: number): AwsError {
  return new AwsError({ name, message: 'no', service: 'bedrock-runtime', status, retryAfterMs });
}

/** How often a call is sent that fails with this error each time. */
async function attemptsFor(error: Error, options = policy): Promise<number> {
  let attempts = 0;
  const send = async (attempt: number) => {
    attempts = attempt;
    throw error;
  };
  await expect(withRetries(options, undefined, send)).rejects.toBe(error);
  return attempts;
}

test.for([
  ['ThrottlingException', 429, 3],
  ['ThrottlingException', 400, 3],
  ['ProvisionedThroughputExceededException', 400, 3],
  ['RequestLimitExceeded', 400, 3],
  ['TooManyRequestsException', 400, 3],
  ['ServiceUnavailableException', 503, 3],
  ['ModelNotReadyException', 429, 3],
  ['NetworkError', 0, 3],
  ['InternalServerException', 500, 2],
  ['InternalFailure', 500, 2],
  ['ModelTimeoutException', 408, 1],
  ['ModelErrorException', 424, 1],
  ['TimeoutError', 0, 1],
  ['ServiceQuotaExceededException', 429, 1],
  ['ValidationException', 400, 1],
  ['AccessDeniedException', 403, 1],
  ['SomethingNewException', 500, 1],
  ['UnknownError', 504, 1],
] as const)('%s with status %i is sent %i times', async ([name, status, attempts], { expect }) => {
  expect(await attemptsFor(fault(name, status))).toBe(attempts);
});

test('where a call costs nothing every answer of the 500s is tried again', async () => {
  const free = { ...policy, anyServerError: true };
  expect(await attemptsFor(fault('SomethingNewException', 500), free)).toBe(3);
  expect(await attemptsFor(fault('InternalServerError', 500), free)).toBe(3);
  expect(await attemptsFor(fault('ValidationException', 400), free)).toBe(1);
});

test('what is no error of AWS is never tried again', async () => {
  expect(await attemptsFor(new TypeError('a mistake of ours'))).toBe(1);
});

test('the answer of a later attempt is the answer', async () => {
  const send = async (attempt: number) => {
    if (attempt < 3) throw fault('ThrottlingException', 429);
    return attempt;
  };
  expect(await withRetries(policy, undefined, send)).toBe(3);
});

test('retry-after lengthens the pause; one of more than 5 s is left to the caller', async () => {
  const started = performance.now();
  expect(await attemptsFor(fault('ThrottlingException', 429, 60))).toBe(3);
  expect(performance.now() - started).toBeGreaterThan(115);
  expect(await attemptsFor(fault('ThrottlingException', 429, 5_001))).toBe(1);
});

test('a pause is never shorter than the policy says', async () => {
  const starts: number[] = [];
  const send = async () => {
    starts.push(performance.now());
    throw fault('ThrottlingException', 429);
  };
  await expect(withRetries({ ...policy, leastDelayMs: 30, mostDelayMs: 80 }, undefined, send)).rejects.toThrow();
  const [first = 0, second = 0, third = 0] = starts;
  expect(second - first).toBeGreaterThan(28);
  expect(third - second).toBeGreaterThan(28);
});

test('an abort ends the pause with its reason', async () => {
  const controller = new AbortController();
  const reason = new Error('deadline');
  const send = async () => {
    setTimeout(() => controller.abort(reason), 20);
    throw fault('ThrottlingException', 429, 4_000);
  };
  const started = performance.now();
  await expect(withRetries(policy, controller.signal, send)).rejects.toBe(reason);
  expect(performance.now() - started).toBeLessThan(2_000);
});

import { formatUsd } from '../../shared/money.ts';
import { GatewayError } from '../errors.ts';

/** Whose limit it is, in words a caller understands. */
export type Whose = 'key' | 'person' | 'team';

const owners: Readonly<Record<Whose, string>> = { key: 'this API key', person: 'this person', team: 'the paying team' };
const periods = { day: 'daily', month: 'monthly', total: 'total' } as const;

/** 402: a budget has less left than the call may cost. SDKs and agents do not try it again. */
export class InsufficientQuotaError extends GatewayError {
  override readonly name = 'InsufficientQuotaError';
  /** nano-USD: what of all budgets concerned is left at least. */
  readonly leastNanoUsd: number;
  /** nano-USD: what of the budget that refuses is left. */
  readonly leftNanoUsd: number;
  /** There would be enough if it were not held by calls that are open: when they end, it may go. */
  readonly isHeld: boolean;

  constructor(facts: {
    readonly whose: Whose;
    readonly period: keyof typeof periods;
    readonly leftNanoUsd: number;
    readonly leastNanoUsd: number;
    readonly isHeld: boolean;
    readonly limitNanoUsd: number;
    readonly neededNanoUsd: number;
    /** Until the period ends; undefined for a total. */
    readonly resetSeconds: number | undefined;
  }) {
    const { whose, period, leftNanoUsd, limitNanoUsd, neededNanoUsd, resetSeconds } = facts;
    const left = formatUsd(Math.max(leftNanoUsd, 0));
    const budget = `The ${periods[period]} budget of ${owners[whose]} has $${left} left of $${formatUsd(limitNanoUsd)}`;
    const cure = 'Ask for a shorter answer, shorten the prompt, or ask an administrator for a larger budget.';
    super({
      status: 402,
      type: 'insufficient_quota',
      code: 'insufficient_quota',
      message: `${budget}; this call may cost $${formatUsd(neededNanoUsd)}. ${cure}`,
      retryAfterSeconds: resetSeconds,
      shouldRetry: false,
    });
    this.leftNanoUsd = leftNanoUsd;
    this.leastNanoUsd = facts.leastNanoUsd;
    this.isHeld = facts.isHeld;
  }
}

export function rateExceeded(
  whose: Whose,
  what: 'requests' | 'tokens',
  limit: number,
  retryAfterSeconds: number,
): GatewayError {
  return new GatewayError({
    status: 429,
    type: 'rate_limit_error',
    code: 'rate_limit_exceeded',
    message: `The rate of ${owners[whose]}, ${limit} ${what} a minute, is used up. Try again in ${retryAfterSeconds} s.`,
    retryAfterSeconds,
  });
}

export function tooManyOpen(whose: Whose, limit: number): GatewayError {
  return new GatewayError({
    status: 429,
    type: 'rate_limit_error',
    code: 'concurrency_limit',
    message: `There are ${limit} calls of ${owners[whose]} open, as many as are allowed. Wait for one to end.`,
    retryAfterSeconds: 1,
  });
}

import { AuthError } from '../errors.ts';
import { wrongCode } from './faults.ts';

/** A code of an authenticator app holds for 30 s (RFC 6238): a clock that is off by more makes other codes. */
const tolerableSeconds = 30;
const longestWaitMs = 3_000;

interface Clock {
  readonly endpoint: string;
  /** ms since the epoch. */
  readonly now: () => number;
}

/** By how many seconds this machine's clock is ahead of a server's, by the header Date; undefined where none came. */
async function secondsAhead({ endpoint, now }: Clock): Promise<number | undefined> {
  try {
    const sentAt = now();
    const response = await fetch(endpoint, { redirect: 'manual', signal: AbortSignal.timeout(longestWaitMs) });
    const middle = (sentAt + now()) / 2;
    await response.body?.cancel();
    const serverTime = Date.parse(response.headers.get('date') ?? '');
    return Number.isNaN(serverTime) ? undefined : Math.round((middle - serverTime) / 1000);
  } catch {
    return undefined;
  }
}

/**
 * The same error, and where this machine's clock is off, that as its likely cause: the proof of a password and a code
 * of an app on this machine are both made with it.
 */
export async function explainByClock(error: unknown, clock: Clock): Promise<unknown> {
  if (!(error instanceof AuthError) || error.detail !== undefined) return error;
  if (error.code !== wrongCode && error.code !== 'not_authorized') return error;
  const seconds = await secondsAhead(clock);
  if (seconds === undefined || Math.abs(seconds) <= tolerableSeconds) return error;
  const { message, code, cause } = error;
  return new AuthError(message, {
    detail: `The clock of this machine is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} Cognito's.`,
    hint: 'set the clock of this machine and of the phone by the network, then try again',
    code,
    cause,
  });
}

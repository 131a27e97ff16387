import type { Identity } from '../auth/identity.ts';
import type { GatewayError } from '../errors.ts';
import { type Attempt, alert, type RefusalOptions, type Refused } from './suspicion.ts';

const minuteMs = 60_000;
/** Kept in memory; above it the oldest is asked for at the table once more. */
const mostNoted = 10_000;
/** Credentials that nobody here ever had, in one minute at one instance. One behind API Gateway meets at most some 50 a second. */
export const stormOf401 = 100;

/** Watches what is refused: people and keys that are known get a row of the trail, all others are counted. */
export interface Refusals {
  /**
   * Looks at an error before it is told, without waiting for anything.
   * @returns what is to be done once the answer is out (`HttpResponse.finish`); it never throws. Undefined: nothing.
   */
  note(error: GatewayError, refused: Refused): (() => Promise<void>) | undefined;
}

/** What an instance has noted within the hour costs it no call: a storm costs as much as one attempt (record-refusal.ts). */
export function createRefusals(options: RefusalOptions): Refusals {
  const { clock, metrics } = options;
  const noted = new Set<string>();
  const unknown = { minute: 0, count: 0 };
  const alerted = new Map<string, number>();

  const isFirst = (name: string): boolean => {
    if (noted.has(name)) return false;
    noted.add(name);
    for (const oldest of noted) {
      if (noted.size <= mostNoted) break;
      noted.delete(oldest);
    }
    return true;
  };

  /** For what an instance sees again and again. */
  const alertOncePerMinute = (requestId: string, reason: string) => {
    const minute = Math.floor(clock.now() / minuteMs);
    if (alerted.get(reason) === minute) return;
    alerted.set(reason, minute);
    alert(options, requestId, reason);
  };

  const countUnknown = (requestId: string) => {
    const minute = Math.floor(clock.now() / minuteMs);
    if (unknown.minute !== minute) Object.assign(unknown, { minute, count: 0 });
    unknown.count++;
    if (unknown.count >= stormOf401) alertOncePerMinute(requestId, 'invalid_credentials');
  };

  return {
    note(error, refused) {
      const { requestId, request } = refused;
      if (error.code === 'root_secret_mismatch') alertOncePerMinute(requestId, error.code);
      const attempt = attemptOf(error, refused.identity);
      if (error.status === 401) {
        metrics?.unauthorized(requestId);
        const isSent = request.headers['authorization'] !== undefined || request.headers['x-api-key'] !== undefined;
        if (!attempt && isSent) countUnknown(requestId);
      }
      if (!attempt) return undefined;
      const hour = new Date(clock.now()).toISOString().slice(0, 13);
      const isNew = isFirst(`${hour}#${attempt.keyId ?? attempt.username}#${attempt.reason}`);
      if (!isNew) return undefined;
      return async () => {
        const { recordRefusal } = await import('./record-refusal.ts');
        await recordRefusal(options, attempt, hour, refused);
      };
    },
  };
}

/** Every 403 refuses somebody who is known; a 401 may know whose credential it was. */
function attemptOf(error: GatewayError, identity: Identity | undefined): Attempt | undefined {
  if (error.status === 401) return error.known;
  if (error.status !== 403 || !identity) return undefined;
  const keyId = identity.kind === 'key' ? identity.keyId : null;
  return { username: identity.person.username, keyId, reason: error.code };
}

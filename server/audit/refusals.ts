import type { Identity } from '../auth/identity.ts';
import { ConditionFailedError, type DynamoClient, type Item } from '../aws/dynamodb.ts';
import type { Clock } from '../clock.ts';
import type { GatewayError } from '../errors.ts';
import type { HttpRequest } from '../http.ts';
import { type Logger, reasonOf } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { AuditTrail } from './audit-trail.ts';

const hourMs = 3_600_000;
const minuteMs = 60_000;
/** Kept in memory; above it the oldest is asked for at the table once more. */
const mostNoted = 10_000;
/** Credentials that nobody here ever had, in one minute at one instance. One behind API Gateway meets at most some 50 a second. */
export const stormOf401 = 100;

/** An answer that refuses, and what is known of its request. */
interface Refused {
  readonly identity: Identity | undefined;
  readonly request: Pick<HttpRequest, 'headers' | 'sourceIp'>;
  readonly requestId: string;
}

/** Who was refused what. */
interface Attempt {
  readonly username: string;
  readonly keyId: string | null;
  readonly reason: string;
}

/** Watches what is refused: people and keys that are known get a row of the trail, all others are counted. */
export interface Refusals {
  /**
   * Looks at an error before it is told, without waiting for anything.
   * @returns what is to be done once the answer is out (`HttpResponse.finish`); it never throws. Undefined: nothing.
   */
  note(error: GatewayError, refused: Refused): (() => Promise<void>) | undefined;
}

/**
 * One row per key (or person), reason and hour: a marker in the main table (pk `R#<hour>`, sk `<key or person>#<reason>`,
 * forgotten by `ttl`) lets one instance of all write it, in its own place by time. What this instance has noted costs no
 * call, so a storm costs two writes an hour.
 */
export function createRefusals(options: {
  readonly audit: AuditTrail;
  readonly dynamo: DynamoClient;
  readonly table: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics | undefined;
}): Refusals {
  const { audit, clock, logger, metrics } = options;
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

  const alert = (requestId: string, reason: string, about: { username?: string; id?: string | null } = {}) => {
    logger.warn('suspicious_activity', { request_id: requestId, reason, ...about });
    metrics?.suspicious(requestId, reason);
  };

  /** For what an instance sees again and again. */
  const alertOncePerMinute = (requestId: string, reason: string) => {
    const minute = Math.floor(clock.now() / minuteMs);
    if (alerted.get(reason) === minute) return;
    alerted.set(reason, minute);
    alert(requestId, reason);
  };

  const countUnknown = (requestId: string) => {
    const minute = Math.floor(clock.now() / minuteMs);
    if (unknown.minute !== minute) Object.assign(unknown, { minute, count: 0 });
    unknown.count++;
    if (unknown.count >= stormOf401) alertOncePerMinute(requestId, 'invalid_credentials');
  };

  const write = async ({ username, keyId, reason }: Attempt, hour: string, refused: Refused): Promise<void> => {
    const { requestId, request } = refused;
    try {
      if (!(await takeMarker(options, `${keyId ?? username}#${reason}`, hour, requestId))) return;
      if (reason === 'key_revoked') alert(requestId, reason, { username, id: keyId });
      const target = keyId ?? username;
      const action = keyId === null ? 'user.refuse' : 'key.refuse';
      const { sourceIp } = request;
      await audit.recordRefusal({
        actor: username,
        actorKey: keyId,
        action,
        target,
        username,
        requestId,
        sourceIp,
        reason,
      });
    } catch (error) {
      logger.error('refusal_not_recorded', { username, id: keyId, kind: reason, cause: reasonOf(error) });
    }
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
      return isNew ? () => write(attempt, hour, refused) : undefined;
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

/** Whether nobody else has it. A repetition whose first answer was lost finds its own request in it. */
async function takeMarker(
  { dynamo, table }: { readonly dynamo: DynamoClient; readonly table: string },
  sk: string,
  hour: string,
  requestId: string,
): Promise<boolean> {
  const end = Date.parse(`${hour}:00:00.000Z`) + hourMs;
  const marker: Item = { pk: `R#${hour}`, sk, v: 1, request_id: requestId, ttl: Math.floor((end + hourMs) / 1000) };
  try {
    await dynamo.putItem(table, marker, { condition: 'attribute_not_exists(pk)' });
    return true;
  } catch (error) {
    if (!(error instanceof ConditionFailedError)) throw error;
    return error.item?.['request_id'] === requestId;
  }
}

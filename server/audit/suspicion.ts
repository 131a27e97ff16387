import type { Identity } from '../auth/identity.ts';
import type { DynamoClient } from '../aws/dynamodb.ts';
import type { Clock } from '../clock.ts';
import type { HttpRequest } from '../http.ts';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { AuditTrail } from './audit-trail.ts';

/** An answer that refuses, and what is known of its request. */
export interface Refused {
  readonly identity: Identity | undefined;
  readonly request: Pick<HttpRequest, 'headers' | 'sourceIp'>;
  readonly requestId: string;
}

/** Who was refused what. */
export interface Attempt {
  readonly username: string;
  readonly keyId: string | null;
  readonly reason: string;
}

export interface RefusalOptions {
  readonly audit: AuditTrail;
  readonly dynamo: DynamoClient;
  readonly table: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics | undefined;
}

/** For the operator: something that no honest client does. */
export function alert(
  { logger, metrics }: Pick<RefusalOptions, 'logger' | 'metrics'>,
  requestId: string,
  reason: string,
  about: { readonly username?: string; readonly id?: string | null } = {},
): void {
  logger.warn('suspicious_activity', { request_id: requestId, reason, ...about });
  metrics?.suspicious(requestId, reason);
}

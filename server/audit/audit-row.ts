import { monthOf } from '../../shared/period.ts';
import type { Item } from '../aws/dynamodb.ts';

export const rowVersion = 1;

/** What a thing was like, without secrets. */
export type AuditState = Readonly<Record<string, Item[string]>>;

/** All of a row but its place. */
export interface AuditFacts {
  readonly actor: string;
  readonly actorKey: string | null;
  readonly action: string;
  readonly target: string;
  readonly username: string | null;
  readonly requestId: string;
  readonly sourceIp: string | undefined;
  readonly before?: AuditState | undefined;
  readonly after?: AuditState | undefined;
  readonly reason?: string | undefined;
}

/** Rows of a UTC month (`YYYY-MM`) lie in one partition, in the order of their time. */
export function auditPartition(month: string): string {
  return `A#${month}`;
}

/** @param time ms since the epoch; @param id of this row alone */
export function encodeRow(facts: AuditFacts, time: number, id: string): Item {
  const { before, after, reason } = facts;
  return {
    pk: auditPartition(monthOf(time)),
    sk: `${new Date(time).toISOString()}#${id}`,
    v: rowVersion,
    actor: facts.actor,
    actor_key: facts.actorKey,
    action: facts.action,
    target: facts.target,
    user: facts.username,
    request_id: facts.requestId,
    source_ip: facts.sourceIp ?? null,
    ...(before && { before: { ...before } }),
    ...(after && { after: { ...after } }),
    ...(reason !== undefined && { reason }),
  };
}

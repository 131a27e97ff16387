import * as z from 'zod/mini';
import type { AuditEvent } from '../../shared/api/audit.ts';
import { monthOf } from '../../shared/period.ts';
import type { Item } from '../aws/dynamodb.ts';

const rowVersion = 1;

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

const State = z.optional(z.record(z.string(), z.unknown()));

const StoredRow = z.object({
  sk: z.string(),
  actor: z.string(),
  actor_key: z.nullable(z.string()),
  action: z.string(),
  target: z.string(),
  user: z.nullable(z.string()),
  request_id: z.string(),
  source_ip: z.nullable(z.string()),
  before: State,
  after: State,
  reason: z.optional(z.string()),
});

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

/** @throws Error naming the layout version when it is one that this server does not know. */
export function readRow(item: Item): AuditEvent {
  if (item['v'] !== rowVersion) {
    throw new Error(`audit row ${String(item['sk'])} has layout ${String(item['v'])}; this server knows ${rowVersion}`);
  }
  const stored = StoredRow.parse(item);
  const [time = '', id = ''] = stored.sk.split('#');
  return {
    id,
    time,
    actor: stored.actor,
    actor_key: stored.actor_key,
    action: stored.action,
    target: stored.target,
    user_id: stored.user,
    request_id: stored.request_id,
    source_ip: stored.source_ip,
    reason: stored.reason ?? null,
    before: stored.before ?? null,
    after: stored.after ?? null,
  };
}

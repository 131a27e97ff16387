import * as z from 'zod/mini';
import type { AuditEvent } from '../../shared/api/audit.ts';
import type { Item } from '../aws/dynamodb.ts';
import { rowVersion } from './audit-row.ts';

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

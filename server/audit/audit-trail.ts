import { randomUUID } from 'node:crypto';
import { monthOf } from '../../shared/period.ts';
import type { Identity } from '../auth/identity.ts';
import type { DynamoClient, Item } from '../aws/dynamodb.ts';
import type { Clock } from '../clock.ts';

/** Who does something, and what the trail keeps of it. */
export interface Caller {
  readonly identity: Identity;
  readonly requestId: string;
  readonly sourceIp: string | undefined;
}

/** `<thing>.<verb>`, as `?action=` of the trail takes it. */
type AuditAction = 'key.create' | 'key.revoke';

/** What a thing was like, without secrets. */
type AuditState = Readonly<Record<string, Item[string]>>;

/** One change of a key, person, group or policy. */
export interface AuditChange {
  readonly action: AuditAction;
  /** The id of what was changed: a key's, a username, a group's name. */
  readonly target: string;
  /** Whose it is, where it is a person's; null for a group. */
  readonly username: string | null;
  readonly before?: AuditState;
  readonly after?: AuditState;
  readonly reason?: string;
}

/** The append-only trail. The table it is in can be neither updated nor deleted from by the server. */
export interface AuditTrail {
  /** Awaited before a change is acknowledged. @throws AwsError */
  record(caller: Caller, change: AuditChange): Promise<void>;
}

export function createAuditTrail({
  dynamo,
  table,
  clock,
}: {
  readonly dynamo: DynamoClient;
  readonly table: string;
  readonly clock: Clock;
}): AuditTrail {
  return {
    async record({ identity, requestId, sourceIp }, { action, target, username, before, after, reason }) {
      const now = clock.now();
      const row: Item = {
        pk: `A#${monthOf(now)}`,
        sk: `${new Date(now).toISOString()}#${randomUUID()}`,
        v: 1,
        actor: identity.person.username,
        actor_key: identity.kind === 'key' ? identity.keyId : null,
        action,
        target,
        user: username,
        request_id: requestId,
        source_ip: sourceIp ?? null,
        ...(before && { before: { ...before } }),
        ...(after && { after: { ...after } }),
        ...(reason !== undefined && { reason }),
      };
      await dynamo.putItem(table, row, { condition: 'attribute_not_exists(pk)' });
    },
  };
}

import { randomUUID } from 'node:crypto';
import type { Identity } from '../auth/identity.ts';
import { ConditionFailedError, type DynamoClient } from '../aws/dynamodb.ts';
import type { Clock } from '../clock.ts';
import { type AuditFacts, type AuditState, encodeRow } from './audit-row.ts';

/** Who does something, and what the trail keeps of it. */
export interface Caller {
  readonly identity: Identity;
  readonly requestId: string;
  readonly sourceIp: string | undefined;
}

/** `<thing>.<verb>`, as `?action=` of the trail takes it. */
type AuditAction =
  | 'key.create'
  | 'key.update'
  | 'key.rotate'
  | 'key.revoke'
  | 'key.export'
  | 'key.import'
  | 'user.create'
  | 'user.update'
  | 'user.disable'
  | 'user.enable'
  | 'user.delete'
  | 'user.invite'
  | 'user.reset_mfa'
  | 'group.create'
  | 'group.update'
  | 'group.delete'
  | 'group.add_user'
  | 'group.remove_user'
  | 'usage.recompute'
  | 'usage.replay';

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

/** Somebody known was refused; `AuditFacts` of it, with an action of its own. */
interface AuditRefusal extends AuditFacts {
  readonly action: 'key.refuse' | 'user.refuse';
}

/**
 * The append-only trail. The server's role can neither update nor delete a row of its table. A put could replace one, which no
 * right of IAM tells apart from a new one: the condition of the write below is what keeps the rows.
 */
export interface AuditTrail {
  /** Awaited before a change is acknowledged. @throws AwsError */
  record(caller: Caller, change: AuditChange): Promise<void>;
  /** @throws AwsError */
  recordRefusal(refusal: AuditRefusal): Promise<void>;
}

export function createAuditTrail({
  dynamo,
  table,
  clock,
}: {
  readonly dynamo: Pick<DynamoClient, 'putItem'>;
  readonly table: string;
  readonly clock: Clock;
}): AuditTrail {
  const write = async (facts: AuditFacts): Promise<void> => {
    const row = encodeRow(facts, clock.now(), randomUUID());
    try {
      await dynamo.putItem(table, row, { condition: 'attribute_not_exists(pk)' });
    } catch (error) {
      // Nobody else has this id: the row is there by an earlier try, whose answer was lost.
      if (!(error instanceof ConditionFailedError)) throw error;
    }
  };
  return {
    record({ identity, requestId, sourceIp }, change) {
      const actorKey = identity.kind === 'key' ? identity.keyId : null;
      return write({ ...change, actor: identity.person.username, actorKey, requestId, sourceIp });
    },
    recordRefusal: write,
  };
}

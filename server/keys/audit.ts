import { randomUUID } from 'node:crypto';
import type { DynamoClient } from '../aws/dynamodb.ts';

/** One change of a key, told without any secret. */
export interface AuditRow {
  /** ms since the epoch. */
  readonly time: number;
  /** Whose things were changed. */
  readonly username: string;
  /** Username of who did it. */
  readonly actor: string;
  readonly action: 'key.create' | 'key.revoke';
  /** The key's id. */
  readonly target: string;
  readonly requestId: string;
  readonly sourceIp: string | undefined;
}

/** Appends to the trail; a row that stands is never changed. */
export async function writeAuditRow(dynamo: DynamoClient, table: string, row: AuditRow): Promise<void> {
  const { time, username, actor, action, target, requestId, sourceIp } = row;
  await dynamo.putItem(
    table,
    {
      pk: `A#${username}`,
      sk: `${new Date(time).toISOString()}#${randomUUID()}`,
      v: 1,
      actor,
      action,
      target,
      request_id: requestId,
      source_ip: sourceIp ?? null,
    },
    { condition: 'attribute_not_exists(pk)' },
  );
}

import { ConditionFailedError, type Item } from '../aws/dynamodb.ts';
import { reasonOf } from '../observe/logger.ts';
import { type Attempt, alert, type RefusalOptions, type Refused } from './suspicion.ts';

const hourMs = 3_600_000;

/**
 * One row per key (or person), reason and hour (`YYYY-MM-DDTHH`): a marker in the main table (pk `R#<hour>`, sk `<key or
 * person>#<reason>`, forgotten by `ttl`) lets one instance of all write the row, in its own place by time. Never throws.
 */
export async function recordRefusal(
  options: RefusalOptions,
  { username, keyId, reason }: Attempt,
  hour: string,
  { requestId, request }: Refused,
): Promise<void> {
  try {
    if (!(await takeMarker(options, `${keyId ?? username}#${reason}`, hour, requestId))) return;
    if (reason === 'key_revoked') alert(options, requestId, reason, { username, id: keyId });
    await options.audit.recordRefusal({
      actor: username,
      actorKey: keyId,
      action: keyId === null ? 'user.refuse' : 'key.refuse',
      target: keyId ?? username,
      username,
      requestId,
      sourceIp: request.sourceIp,
      reason,
    });
  } catch (error) {
    options.logger.error('refusal_not_recorded', { username, id: keyId, kind: reason, cause: reasonOf(error) });
  }
}

/** Whether nobody else has it. A repetition whose first answer was lost finds its own request in it. */
async function takeMarker(
  { dynamo, table }: RefusalOptions,
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

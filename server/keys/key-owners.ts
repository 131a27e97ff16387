import { ConditionFailedError, type DynamoClient } from '../aws/dynamodb.ts';
import { conflict } from '../errors.ts';

/**
 * Whose a key is, by its id: what Cognito cannot be asked. An item for each key (pk `K#<id>`, sk `K`), written before the
 * key and never taken away, so that the ids in the ledger and the trail still lead to somebody after a slot was used
 * again. It says who to look at; whether the key is there, only their slots say.
 */
export interface KeyOwners {
  /** @throws GatewayError 409 `key_id_taken` when the id is another person's key; AwsError */
  remember(keyId: string, username: string): Promise<void>;
  /** The username. @throws AwsError */
  find(keyId: string): Promise<string | undefined>;
}

export function createKeyOwners({
  dynamo,
  table,
}: {
  readonly dynamo: DynamoClient;
  readonly table: string;
}): KeyOwners {
  const placeOf = (keyId: string) => ({ pk: `K#${keyId}`, sk: 'K' });
  return {
    async remember(keyId, username) {
      const item = { ...placeOf(keyId), v: 1, user: username };
      const condition = 'attribute_not_exists(pk) OR #user = :user';
      try {
        await dynamo.putItem(table, item, { condition, names: { '#user': 'user' }, values: { ':user': username } });
      } catch (error) {
        if (!(error instanceof ConditionFailedError)) throw error;
        throw conflict('key_id_taken', `The id ${keyId} is that of another person’s key. Nothing was changed.`);
      }
    },
    async find(keyId) {
      const item = await dynamo.getItem(table, placeOf(keyId), { consistent: true });
      return typeof item?.['user'] === 'string' ? item['user'] : undefined;
    },
  };
}

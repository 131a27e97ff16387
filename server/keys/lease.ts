import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ConditionFailedError, type DynamoClient } from '../aws/dynamodb.ts';
import type { Clock } from '../clock.ts';
import { conflict, type GatewayError } from '../errors.ts';

/** The right to change one person's slots. Cognito has no conditional update, so writers take turns. */
export interface Lease {
  /** How much of it is left; a writer that stalled stops before it writes. */
  remainingMs(): number;
  /** Leaves a lease alone that somebody else has taken meanwhile. */
  release(): Promise<void>;
}

const leaseMs = 10_000;
const longestWaitMs = 3_000;

/**
 * Waits up to three seconds for its turn.
 * @param name a username, for that person's slots; whatever else takes turns has a name that no person has.
 * @param isBusy what a caller is told whose turn did not come
 * @throws GatewayError 409
 */
export async function takeLease(
  { dynamo, table, clock }: { readonly dynamo: DynamoClient; readonly table: string; readonly clock: Clock },
  name: string,
  isBusy: () => GatewayError = keyUpdateInProgress,
): Promise<Lease> {
  const key = { pk: `L#${name}`, sk: 'L' };
  const owner = randomUUID();
  const giveUpAt = clock.now() + longestWaitMs;
  for (;;) {
    const now = clock.now();
    const expiresAt = now + leaseMs;
    try {
      await dynamo.putItem(
        table,
        { ...key, v: 1, o: owner, x: expiresAt },
        { condition: 'attribute_not_exists(pk) OR #x < :now', names: { '#x': 'x' }, values: { ':now': now } },
      );
    } catch (error) {
      if (!(error instanceof ConditionFailedError)) throw error;
      if (clock.now() >= giveUpAt) throw isBusy();
      await delay(randomInt(20, 101));
      continue;
    }
    return {
      remainingMs: () => expiresAt - clock.now(),
      release: async () => {
        try {
          await dynamo.deleteItem(table, key, {
            condition: '#o = :me',
            names: { '#o': 'o' },
            values: { ':me': owner },
          });
        } catch (error) {
          if (!(error instanceof ConditionFailedError)) throw error;
        }
      },
    };
  }
}

export function keyUpdateInProgress(): GatewayError {
  return conflict(
    'key_update_in_progress',
    'Another change of this person’s keys is running. Try again in a second.',
    1,
  );
}

import { inject } from 'vitest';
import { createDynamo } from '../aws/dynamodb.ts';
import { type BalanceItem, parseBalance } from '../money/balance-item.ts';

const dev = inject('dev');
const dynamo = createDynamo({
  region: dev.region,
  credentials: () => ({ accessKeyId: 'local', secretAccessKey: 'local' }),
  environment: dev.env,
});

/**
 * Ids of the requests that hold money of a budget's owner, straight from the table.
 * @param partition `U#<username>` of a person with their keys, `G#<group>` of a team
 */
export async function openHolds(partition: string): Promise<readonly string[]> {
  const item = await find(partition);
  return Object.keys(item?.r ?? {});
}

/** What stands in the balance of such an owner. */
export async function balanceOf(partition: string): Promise<BalanceItem> {
  const item = await find(partition);
  if (!item) throw new Error(`${partition} has no balance`);
  return item;
}

async function find(pk: string): Promise<BalanceItem | undefined> {
  const item = await dynamo.getItem(dev.env['PENNYWORTH_TABLE'] ?? '', { pk, sk: 'B' }, { consistent: true });
  return item && parseBalance(item);
}

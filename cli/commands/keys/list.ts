import { type Key, KeyList, KeyStatus } from '../../../shared/api/keys.ts';
import { getList } from '../../api/pages.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { findPositiveInteger } from '../../options.ts';
import { printList } from '../../output/print.ts';
import { findUser } from '../users/find-user.ts';
import { keyColumns, keyFields, ownerColumn } from './columns.ts';

export async function run({ options }: CommandInput, context: Context): Promise<void> {
  const status = options.find('status');
  if (status !== undefined && !KeyStatus.safeParse(status).success) {
    throw new UsageError(`there is no status "${status}"`, { hint: `statuses: ${KeyStatus.options.join(', ')}` });
  }
  const order = findOrder(options.find('sort'));
  const limit = findPositiveInteger(options, 'limit', '--limit');
  const user = options.find('user');
  const all = options.isOn('all');
  if (all && user !== undefined) {
    throw new UsageError('--all and --user exclude each other', { hint: 'leave one of them out' });
  }
  const api = await context.sessionApi();
  const owner = user === undefined ? undefined : (await findUser(api, user)).user_id;
  const query = { status, user_id: owner, all: all ? 'true' : undefined };
  // What comes first is known only when all are there.
  const read = await getList(api, '/v1/keys', KeyList, query, order ? undefined : limit);
  const rows = order ? read.data.toSorted(order).slice(0, limit) : read.data;
  const columns = keyColumns(context);
  printList(context, {
    rows,
    columns: all ? [...columns, ownerColumn] : columns,
    document: (data) => ({ data, next: read.next }),
    fields: keyFields,
    empty: emptyText(all || owner !== undefined, status),
  });
}

function emptyText(ofOthers: boolean, status: string | undefined): string {
  if (status !== undefined) return `No key is ${status}.`;
  return ofOthers ? 'There are no keys.' : 'You have no keys. Make one: pennyworth keys create <name>';
}

const orders: Readonly<Record<string, (a: Key, b: Key) => number>> = {
  'last-used': (a, b) => (b.last_used_at ?? '').localeCompare(a.last_used_at ?? ''),
  created: (a, b) => b.created_at.localeCompare(a.created_at),
  // What never ends comes last, as if in the year 9000.
  expires: (a, b) => (a.expires_at ?? '9').localeCompare(b.expires_at ?? '9'),
  name: (a, b) => a.name.localeCompare(b.name),
};

function findOrder(name: string | undefined) {
  if (name === undefined) return undefined;
  const order = Object.hasOwn(orders, name) ? orders[name] : undefined;
  if (order) return order;
  throw new UsageError(`keys cannot be sorted by "${name}"`, { hint: `--sort ${Object.keys(orders).join(', ')}` });
}

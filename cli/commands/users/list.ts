import { UserList } from '../../../shared/api/users.ts';
import { getList } from '../../api/pages.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { findPositiveInteger } from '../../options.ts';
import { printList } from '../../output/print.ts';
import { userColumns, userFields } from './columns.ts';

const statuses = ['active', 'invited', 'disabled'];

export async function run({ options }: CommandInput, context: Context): Promise<void> {
  const status = options.find('status');
  if (status !== undefined && !statuses.includes(status)) {
    throw new UsageError(`there is no status "${status}"`, { hint: `statuses: ${statuses.join(', ')}` });
  }
  const limit = findPositiveInteger(options, 'limit', '--limit');
  const query = { group: options.find('group'), status };
  const { data, next } = await getList(await context.sessionApi(), '/v1/users', UserList, query, limit);
  printList(context, {
    // A page may be longer than what is left to the limit.
    rows: data.slice(0, limit),
    columns: userColumns(context),
    document: (rows) => ({ data: rows, next }),
    fields: userFields,
    empty: 'Nobody is like that.',
  });
}

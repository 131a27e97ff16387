import { KeyList, KeyStatus } from '../../../shared/api/keys.ts';
import { getList } from '../../api/pages.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { findPositiveInteger } from '../../options.ts';
import { printList } from '../../output/print.ts';
import { keyColumns, keyFields } from './columns.ts';

export async function run({ options }: CommandInput, context: Context): Promise<void> {
  const status = options.find('status');
  if (status !== undefined && !KeyStatus.safeParse(status).success) {
    throw new UsageError(`there is no status "${status}"`, { hint: `statuses: ${KeyStatus.options.join(', ')}` });
  }
  const limit = findPositiveInteger(options, 'limit', '--limit');
  const { data, next } = await getList(await context.sessionApi(), '/v1/keys', KeyList, { status }, limit);
  printList(context, {
    rows: data,
    columns: keyColumns(context),
    document: (rows) => ({ data: rows, next }),
    fields: keyFields,
    empty: status === undefined ? 'You have no keys. Make one: pennyworth keys create <name>' : `No key is ${status}.`,
  });
}

import { GroupList } from '../../../shared/api/groups.ts';
import { getList } from '../../api/pages.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { printList } from '../../output/print.ts';
import { groupColumns, groupFields } from './columns.ts';

export async function run(_input: CommandInput, context: Context): Promise<void> {
  const { data, next } = await getList(await context.sessionApi(), '/v1/groups', GroupList, {});
  printList(context, {
    rows: data,
    columns: groupColumns(context),
    document: (rows) => ({ data: rows, next }),
    fields: groupFields,
    empty: 'There are no groups. Make one: pennyworth groups create <name>',
  });
}

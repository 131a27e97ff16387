import { GroupList } from '../../../../shared/api/groups.ts';
import { getList } from '../../../api/pages.ts';
import type { CommandInput } from '../../../command.ts';
import type { Context } from '../../../context.ts';
import { printList } from '../../../output/print.ts';
import { stripControl } from '../../../output/strip-control.ts';
import { groupColumns, groupFields } from '../../groups/columns.ts';
import { findUser, labelOf } from '../find-user.ts';

/** The groups somebody is in, with what each lets them call. */
export async function run({ arguments: [who = ''] }: CommandInput, context: Context): Promise<void> {
  const api = await context.sessionApi();
  const user = await findUser(api, who);
  const { data } = await getList(api, '/v1/groups', GroupList, {});
  printList(context, {
    rows: data.filter((group) => user.groups.includes(group.name)),
    columns: groupColumns(context),
    document: (rows) => ({ data: rows, next: null }),
    fields: groupFields,
    empty: stripControl(`${labelOf(user)} is in no group.`),
  });
}

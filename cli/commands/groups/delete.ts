import { DeletedGroup, Group } from '../../../shared/api/groups.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { printChanged } from '../../output/print.ts';
import { stripControl } from '../../output/strip-control.ts';
import { confirmTyped } from '../../prompt.ts';
import { groupPath } from './columns.ts';

export async function run({ arguments: [name = ''] }: CommandInput, context: Context): Promise<void> {
  const api = await context.sessionApi();
  const group = await api.get(groupPath(name), Group);
  const shown = stripControl(group.name);
  await confirmTyped(context, `Delete the team ${shown} and its policy? Its members stay people.`, shown);
  const deleted = await api.delete(groupPath(group.name), DeletedGroup);
  context.io.success(`Deleted ${shown}`);
  printChanged(context, [deleted], (gone) => [gone.name, 'deleted']);
}

import { Group } from '../../../shared/api/groups.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { groupPath, printGroup } from './columns.ts';

export async function run({ arguments: [name = ''] }: CommandInput, context: Context): Promise<void> {
  printGroup(context, await (await context.sessionApi()).get(groupPath(name), Group));
}

import type { CommandInput } from '../../../command.ts';
import type { Context } from '../../../context.ts';
import { changeMembers } from '../../groups/membership.ts';

export async function run({ arguments: [who = '', group = ''] }: CommandInput, context: Context): Promise<void> {
  await changeMembers(context, 'remove', group, [who]);
}

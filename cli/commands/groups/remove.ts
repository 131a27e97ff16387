import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { changeMembers } from './membership.ts';

export async function run({ arguments: [group = '', ...people] }: CommandInput, context: Context): Promise<void> {
  await changeMembers(context, 'remove', group, people);
}

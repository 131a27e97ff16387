import { Group, type PutGroup } from '../../../shared/api/groups.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { changePolicy, parsePolicy } from '../keys/limits.ts';
import { groupPath, printGroup } from './columns.ts';

/** Shows what a team may call and spend, or changes what is named. A group that is not there is not made by it. */
export async function run({ arguments: [name = ''], options }: CommandInput, context: Context): Promise<void> {
  const policy = parsePolicy(options);
  const description = options.find('description');
  const api = await context.sessionApi();
  const before = await api.get(groupPath(name), Group);
  if (policy === undefined && description === undefined) return printGroup(context, before);
  const change: PutGroup = {
    ...(description === undefined ? {} : { description: description === '' ? null : description }),
    ...(policy === undefined ? {} : { policy: policy && changePolicy(before.policy, policy) }),
  };
  const group = await api.put(groupPath(name), Group, change);
  context.io.success('Changed; in force with each member’s next call that spends');
  printGroup(context, group);
}

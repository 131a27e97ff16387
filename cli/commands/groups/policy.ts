import { Group, type PutGroup } from '../../../shared/api/groups.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { parseModels } from '../keys/settings.ts';
import { groupPath, printGroup } from './columns.ts';

/** Shows what a team may call, or sets it. A group that is not there is not made by it. */
export async function run({ arguments: [name = ''], options }: CommandInput, context: Context): Promise<void> {
  const models = options.findList('models');
  const takeAway = options.isOn('none');
  const description = options.find('description');
  if (takeAway && models) throw new UsageError('--none and --models exclude each other', { hint: 'leave one out' });
  const change: PutGroup = {
    ...(description === undefined ? {} : { description: description === '' ? null : description }),
    ...(models ? { policy: { models: parseModels(models, '--models') } } : {}),
    ...(takeAway ? { policy: null } : {}),
  };
  const api = await context.sessionApi();
  const before = await api.get(groupPath(name), Group);
  if (Object.keys(change).length === 0) return printGroup(context, before);
  const group = await api.put(groupPath(name), Group, change);
  context.io.success('Changed; in force with each member’s next call that spends');
  printGroup(context, group);
}

import { Group, type PutGroup } from '../../../shared/api/groups.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { NotFoundError, UsageError } from '../../errors.ts';
import { printChanged } from '../../output/print.ts';
import { stripControl } from '../../output/strip-control.ts';
import { parsePolicy } from '../keys/limits.ts';
import { groupPath } from './columns.ts';

/** The gateway's PUT also changes what is there, which whoever creates does not expect. */
export async function run({ arguments: [name = ''], options }: CommandInput, context: Context): Promise<void> {
  const policy = parsePolicy(options);
  const description = options.find('description');
  const body: PutGroup = {
    ...(description === undefined ? {} : { description }),
    ...(policy ? { policy } : {}),
  };
  const api = await context.sessionApi();
  const existing = await api.get(groupPath(name), Group).catch((error: unknown) => {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  });
  if (existing) {
    throw new UsageError(`there is a group "${name}" already`, {
      hint: `to change it: pennyworth groups policy ${name}`,
    });
  }
  const group = await api.put(groupPath(name), Group, body);
  context.io.success(stripControl(`Created the team ${group.name}`));
  context.io.nextStep(stripControl(`pennyworth groups add ${group.name} <user>`));
  printChanged(context, [group], (made) => [made.name, made.role ? 'role' : 'team']);
}

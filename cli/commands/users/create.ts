import { type CreateUser, User } from '../../../shared/api/users.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { printChangedUser } from './columns.ts';
import { labelOf } from './find-user.ts';
import { printTemporaryPassword } from './temporary-password.ts';

/** A person by e-mail, or a service account. */
export async function run({ arguments: [email], options }: CommandInput, context: Context): Promise<void> {
  const service = options.find('service');
  const invite = options.isOn('invite');
  if ((email === undefined) === (service === undefined)) {
    throw new UsageError('name a person by e-mail, or a service account with --service', {
      hint: 'pennyworth users create ada@example.com, or pennyworth users create --service nightly-batch',
    });
  }
  if (service !== undefined && !invite) {
    throw new UsageError('nobody signs in to a service account: it has no password', { hint: 'leave --no-invite out' });
  }
  const groups = options.findList('groups');
  const body: CreateUser = {
    ...(email === undefined ? {} : { email }),
    ...(service === undefined ? {} : { service_name: service }),
    ...(groups ? { groups: [...groups] } : {}),
    ...(invite ? {} : { invite: false }),
  };
  const user = await (await context.sessionApi()).post('/v1/users', User, body);
  if (!invite) return printTemporaryPassword(context, user);
  const done = service === undefined ? 'Invited' : 'Created the service account';
  printChangedUser(context, user, `${done} ${labelOf(user)} (${user.user_id})`);
  if (service !== undefined) context.io.nextStep(`pennyworth keys create <name> --user ${user.user_id}`);
}

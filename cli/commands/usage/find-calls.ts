import type { ApiClient } from '../../api/client.ts';
import type { OptionValues } from '../../command.ts';
import { UsageError } from '../../errors.ts';
import { findKeyId } from '../keys/find-key.ts';
import { findUser } from '../users/find-user.ts';

/** Which calls `--key`, `--model`, `--tag`, `--user` and `--all` mean, as the query of the REST API. @throws UsageError */
export async function findCalls(api: ApiClient, options: OptionValues) {
  const user = options.find('user');
  if (user !== undefined && options.isOn('all')) {
    throw new UsageError('--user and --all exclude each other', { hint: 'leave one of them out' });
  }
  return {
    key_id: await findKeyId(api, options.find('key')),
    model: options.find('model'),
    tag: options.find('tag'),
    user_id: user?.includes('@') ? (await findUser(api, user)).user_id : user,
    all: options.isOn('all') ? 'true' : undefined,
  };
}

import { UserList } from '../../../shared/api/users.ts';
import type { ApiClient } from '../../api/client.ts';
import type { OptionValues } from '../../command.ts';
import { NotFoundError, UsageError } from '../../errors.ts';
import { getKey, isKeyId } from '../keys/find-key.ts';

/** Which calls `--key`, `--model`, `--user` and `--all` mean, as the query of the REST API. @throws UsageError */
export async function findCalls(api: ApiClient, options: OptionValues) {
  const user = options.find('user');
  if (user !== undefined && options.isOn('all')) {
    throw new UsageError('--user and --all exclude each other', { hint: 'leave one of them out' });
  }
  return {
    key_id: await findKeyId(api, options.find('key')),
    model: options.find('model'),
    user_id: user?.includes('@') ? await findUserId(api, user) : user,
    all: options.isOn('all') ? 'true' : undefined,
  };
}

/** A name needs the list of keys, which an API key may not read; an id does not. */
async function findKeyId(api: ApiClient, idOrName: string | undefined): Promise<string | undefined> {
  if (idOrName === undefined || isKeyId(idOrName)) return idOrName;
  return (await getKey(api, idOrName)).id;
}

async function findUserId(api: ApiClient, email: string): Promise<string> {
  const { data } = await api.get('/v1/users', UserList, { email });
  const [user] = data;
  if (user) return user.user_id;
  throw new NotFoundError(`nobody has the e-mail address "${email}"`, { hint: 'pennyworth usage --all --by user' });
}

import type { ApiClient } from '../../api/client.ts';
import type { OptionValues } from '../../command.ts';
import { UsageError } from '../../errors.ts';
import { getKey, isKeyId } from '../keys/find-key.ts';

/** Which calls `--key`, `--model`, `--user` and `--all` mean, as the query of the REST API. @throws UsageError */
export async function findCalls(api: ApiClient, options: OptionValues) {
  const user = options.find('user');
  if (user !== undefined && options.isOn('all')) {
    throw new UsageError('--user and --all exclude each other', { hint: 'leave one of them out' });
  }
  if (user?.includes('@')) {
    const hint = 'pennyworth usage --all --by user shows the ids';
    throw new UsageError(`--user "${user}" is an e-mail address, not the id of a person`, { hint });
  }
  return {
    key_id: await findKeyId(api, options.find('key')),
    model: options.find('model'),
    user_id: user,
    all: options.isOn('all') ? 'true' : undefined,
  };
}

/** A name needs the list of keys, which an API key may not read; an id does not. */
async function findKeyId(api: ApiClient, idOrName: string | undefined): Promise<string | undefined> {
  if (idOrName === undefined || isKeyId(idOrName)) return idOrName;
  return (await getKey(api, idOrName)).id;
}

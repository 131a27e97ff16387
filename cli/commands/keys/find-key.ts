import { Key, KeyList } from '../../../shared/api/keys.ts';
import type { ApiClient } from '../../api/client.ts';
import { getList } from '../../api/pages.ts';
import { NotFoundError, UsageError } from '../../errors.ts';

const idPattern = /^key_[A-Za-z0-9]{12}$/;

function isKeyId(text: string): boolean {
  return idPattern.test(text);
}

/**
 * The id of a key that is named by id or name. An id is taken as it is: a name needs the list of keys, which an API key
 * may not read.
 * @throws as `getKey`
 */
export async function findKeyId(api: ApiClient, idOrName: string): Promise<string>;
export async function findKeyId(api: ApiClient, idOrName: string | undefined): Promise<string | undefined>;
export async function findKeyId(api: ApiClient, idOrName: string | undefined): Promise<string | undefined> {
  if (idOrName === undefined || isKeyId(idOrName)) return idOrName;
  return (await getKey(api, idOrName)).id;
}

/**
 * A key by its id, or by its name where that is unique: among the active keys first, because names of revoked ones are
 * used again.
 * @throws NotFoundError when there is none; UsageError listing the ids when there are several
 */
export async function getKey(api: ApiClient, idOrName: string): Promise<Key> {
  if (isKeyId(idOrName)) return api.get(`/v1/keys/${idOrName}`, Key);
  const keys = await getList(api, '/v1/keys', KeyList, {});
  const named = keys.data.filter((key) => key.name === idOrName || key.id === idOrName);
  const active = named.filter((key) => key.status === 'active');
  const candidates = active.length > 0 ? active : named;
  const [key, ...others] = candidates;
  if (!key) {
    throw new NotFoundError(`you have no key "${idOrName}"`, { hint: 'pennyworth keys list' });
  }
  if (others.length === 0) return key;
  throw new UsageError(`${candidates.length} keys are named "${idOrName}"`, {
    hint: `name one by its id: ${candidates.map((candidate) => candidate.id).join(', ')}`,
    code: 'ambiguous_name',
  });
}

import { type CreateKey, Key } from '../../../shared/api/keys.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { findUser } from '../users/find-user.ts';
import { parseKeyName, parseKeySettings, printNewKey } from './settings.ts';

/** The key alone goes to stdout. */
export async function run({ arguments: [name = ''], options }: CommandInput, context: Context): Promise<void> {
  const wanted: CreateKey = { name: parseKeyName(name), ...parseKeySettings(options) };
  const api = await context.sessionApi();
  const owner = options.find('user');
  const body = owner === undefined ? wanted : { ...wanted, user_id: (await findUser(api, owner)).user_id };
  // Without one of the caller's, one of our own: what is sent again after a broken connection makes no second key.
  const once = options.find('idempotencyKey') ?? crypto.randomUUID();
  const key = await api.post('/v1/keys', Key, body, once);
  await printNewKey(context, key, `Created the key "${key.name}" (${key.id})`);
}

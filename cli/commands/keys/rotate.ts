import { Key } from '../../../shared/api/keys.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { findKeyId } from './find-key.ts';
import { printNewKey } from './settings.ts';

/** A new key in place of an old one, which works on for the overlap. */
export async function run({ arguments: [idOrName = ''], options }: CommandInput, context: Context): Promise<void> {
  const overlap = options.find('overlap');
  if (overlap !== undefined && !/^\d{1,7}[smhd]$/.test(overlap)) {
    throw new UsageError(`--overlap "${overlap}" is not a span`, {
      hint: 'from 0s to 30d, for example: --overlap 24h',
    });
  }
  const api = await context.sessionApi();
  const id = await findKeyId(api, idOrName);
  const once = options.find('idempotencyKey') ?? crypto.randomUUID();
  const key = await api.post(`/v1/keys/${id}/rotate`, Key, overlap === undefined ? {} : { overlap }, once);
  const meanwhile = /^0+[smhd]$/.test(overlap ?? '')
    ? 'which is refused from now on'
    : `which works on for ${overlap ?? '24h'}`;
  await printNewKey(context, key, `Created the key "${key.name}" (${key.id}) in place of ${id}, ${meanwhile}`);
}

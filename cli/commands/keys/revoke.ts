import { Key } from '../../../shared/api/keys.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { formatJson, pickFields } from '../../output/json.ts';
import { stripControl } from '../../output/strip-control.ts';
import { formatTsv } from '../../output/table.ts';
import { confirm } from '../../prompt.ts';
import { getKey } from './find-key.ts';

/** All are looked up before the question and before the first is revoked: a wrong name changes nothing. */
export async function run({ arguments: wanted }: CommandInput, context: Context): Promise<void> {
  const { io, globals } = context;
  const api = await context.sessionApi();
  const found = new Map<string, Key>();
  for (const idOrName of wanted) {
    const key = await getKey(api, idOrName);
    found.set(key.id, key);
  }
  const keys = [...found.values()];
  const names = keys.map((key) => stripControl(`"${key.name}" (${key.id})`)).join(', ');
  await confirm(context, `Revoke ${names}? What uses ${keys.length === 1 ? 'it' : 'them'} stops working at once.`);
  const revoked: Key[] = [];
  for (const key of keys) {
    revoked.push(await api.delete(`/v1/keys/${key.id}`, Key));
    io.success(stripControl(`Revoked "${key.name}" (${key.id})`));
  }
  if (globals.format === 'json') {
    const rows = revoked.map((key) => pickFields(key, globals.fields));
    io.print(formatJson(rows.length === 1 ? rows[0] : { data: rows, next: null }, io.isOutTty));
  } else if (!io.isOutTty) {
    io.print(formatTsv(revoked.map((key) => [key.id, key.name, key.status])));
  }
}

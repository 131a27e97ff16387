import { writeFile } from 'node:fs/promises';
import { ExportedKey, ExportedKeyList } from '../../../shared/api/key-transfer.ts';
import { getList } from '../../api/pages.ts';
import { reasonOf } from '../../bulk/input.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { formatJson } from '../../output/json.ts';
import { type ListColumn, printList } from '../../output/print.ts';

const columns: readonly ListColumn<ExportedKey>[] = [
  { title: 'ID', show: (key) => key.id, raw: (key) => key.id },
  { title: 'NAME', shrinks: true, show: (key) => key.name, raw: (key) => key.name },
  { title: 'OWNER', show: (key) => key.email ?? key.user_id, raw: (key) => key.email ?? key.user_id },
  { title: 'SLOT', align: 'right', show: (key) => String(key.slot), raw: (key) => key.slot },
  { title: 'STATUS', show: (key) => key.status, raw: (key) => key.status },
  { title: 'PEPPER', show: (key) => key.pepper_id, raw: (key) => key.pepper_id },
];

/** Everybody's keys for another pool: a document that `keys import` takes. Never a plaintext. */
export async function run({ options }: CommandInput, context: Context): Promise<void> {
  const { io, globals } = context;
  const output = options.find('output');
  const withHashes = options.isOn('includeHashes');
  if (withHashes && output === undefined && globals.format === 'human') {
    throw new UsageError('hashes are for a file or a program', { hint: 'add -o keys.json, or --json' });
  }
  const query = { include_hashes: withHashes ? 'true' : undefined };
  const api = await context.sessionApi();
  const { data, next } = await getList(api, '/v1/keys/export', ExportedKeyList, query);
  if (output === undefined) {
    printList(context, {
      rows: data,
      columns,
      document: (rows) => ({ data: rows, next }),
      fields: Object.keys(ExportedKey.shape),
      empty: 'There are no keys.',
    });
    return;
  }
  try {
    await writeFile(output, formatJson({ data, next }, true), { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throw new UsageError(`${output} cannot be written: ${reasonOf(cause)}`, { hint: 'choose another -o', cause });
  }
  io.success(`${data.length} keys are in ${output}, readable by you only`);
  if (!withHashes) io.note('  Without hashes only revoked keys can be imported from it: --include-hashes');
}

import * as z from 'zod/mini';
import { ExportedKey, type ImportedRow, ImportReport } from '../../../shared/api/key-transfer.ts';
import type { ApiClient } from '../../api/client.ts';
import { readInputFile } from '../../bulk/input.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { FailedError, RefusedError, UsageError } from '../../errors.ts';
import { type ListColumn, printList } from '../../output/print.ts';

const atOnce = 100;
const conflictRules = ['skip', 'fail'];

/** All rows are judged by the gateway before the first is written, also where they need several requests. */
export async function run({ arguments: [file = ''], options }: CommandInput, context: Context): Promise<void> {
  const { io } = context;
  const rule = options.find('onConflict') ?? 'fail';
  if (!conflictRules.includes(rule)) {
    throw new UsageError(`--on-conflict "${rule}" is not a rule`, { hint: '--on-conflict skip, or fail' });
  }
  const keys = parseKeys(await readInputFile(context, file));
  const api = await context.sessionApi();
  const judged = await send(api, keys, true);
  const skipped = judged.filter((row) => row.outcome === 'skipped').length;
  if (rule === 'fail' && skipped > 0) {
    print(context, judged);
    throw new RefusedError(`${skipped} of ${keys.length} rows would be left out; nothing was imported`, {
      hint: 'leave them out with --on-conflict skip',
      code: 'import_conflict',
    });
  }
  if (options.isOn('dryRun')) {
    print(context, judged);
    io.note('Nothing was done: this was a dry run.');
    return;
  }
  const done = await send(api, keys, false);
  print(context, done);
  const failed = done.filter((row) => row.outcome === 'failed').length;
  if (failed > 0) {
    throw new FailedError(`${failed} of ${keys.length} rows failed`, {
      hint: 'run it again: what is there already stays as it is',
      code: 'rows_failed',
    });
  }
}

async function send(api: ApiClient, keys: readonly ExportedKey[], isDryRun: boolean): Promise<ImportedRow[]> {
  const rows: ImportedRow[] = [];
  for (let start = 0; start < keys.length; start += atOnce) {
    // Conflicts were judged over all rows; what has changed since is reported of its row.
    const body = { keys: keys.slice(start, start + atOnce), on_conflict: 'skip', dry_run: isDryRun };
    rows.push(...(await api.post('/v1/keys/import', ImportReport, body)).data);
  }
  return rows;
}

const Document = z.union([z.object({ data: z.array(z.unknown()) }), z.array(z.unknown())]);

/** @throws UsageError naming the row, counted from 1 */
function parseKeys(text: string): ExportedKey[] {
  const document = Document.safeParse(parseJson(text));
  if (!document.success) {
    throw new UsageError('that is not an export of keys', {
      hint: 'pennyworth keys export --include-hashes -o keys.json',
    });
  }
  const rows = Array.isArray(document.data) ? document.data : document.data.data;
  if (rows.length === 0) throw new UsageError('the export has no keys', { hint: 'pennyworth keys export' });
  return rows.map((row, index) => {
    const parsed = ExportedKey.safeParse(row);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const field = issue?.path.map(String).join('.') || 'the whole';
    throw new UsageError(
      `row ${index + 1} of ${rows.length} is not an exported key: ${field} is wrong; nothing was imported`,
      {
        hint: 'export again: pennyworth keys export --include-hashes -o keys.json',
      },
    );
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function print(context: Context, rows: readonly ImportedRow[]): void {
  const columns: readonly ListColumn<ImportedRow>[] = [
    { title: 'ID', show: (row) => row.id, raw: (row) => row.id },
    { title: 'USER', shrinks: true, show: (row) => row.user_id, raw: (row) => row.user_id },
    { title: 'OUTCOME', show: (row) => row.outcome, raw: (row) => row.outcome },
    { title: 'WHY', show: (row) => row.message ?? '', raw: (row) => row.message },
  ];
  printList(context, {
    rows,
    columns,
    document: (data) => ({ data, next: null }),
    fields: ['id', 'user_id', 'outcome', 'code', 'message'],
    empty: 'There is nothing to import.',
  });
}

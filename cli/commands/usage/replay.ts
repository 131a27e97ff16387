import { readFile } from 'node:fs/promises';
import { type ReplayedRow, ReplayResult } from '../../../shared/api/usage-books.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { FailedError, UsageError } from '../../errors.ts';
import { type ListColumn, printList } from '../../output/print.ts';

const rowsAtOnce = 100;

/** Imports the `ledger_pending` lines of a log; all other lines are passed over. Again changes nothing. */
export async function run({ arguments: [file = '-'] }: CommandInput, context: Context): Promise<void> {
  const { io } = context;
  const text = file === '-' ? await io.readInput() : await read(file);
  const rows = text.split('\n').flatMap((line) => rowIn(line) ?? []);
  if (rows.length === 0) {
    throw new UsageError('there is no `ledger_pending` line in it', {
      hint: 'doc/operations.md says how to export them',
    });
  }
  const api = await context.sessionApi();
  const results: ReplayedRow[] = [];
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    const { data } = await api.post('/v1/usage/replay', ReplayResult, { rows: rows.slice(start, start + rowsAtOnce) });
    results.push(...data);
  }
  printList(context, {
    rows: results,
    columns,
    document: (data) => ({ data, next: null }),
    fields: ['request_id', 'result', 'reason'],
    empty: '',
  });
  const tally = (result: ReplayedRow['result']) => results.filter((row) => row.result === result).length;
  io.note(
    `${tally('imported')} imported, ${tally('corrected')} corrected, ${tally('known')} known already, ${tally('refused')} refused.`,
  );
  if (tally('refused') === 0) return;
  throw new FailedError('some rows were refused', { hint: 'the last column says why', code: 'rows_refused' });
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`${file} cannot be read`, { hint: 'name a file with log lines, or - for stdin', cause });
  }
}

/** The `row` of a line of the log, whatever a tool has written before it (CloudWatch: a time). */
function rowIn(line: string): string | undefined {
  if (!line.includes('ledger_pending')) return undefined;
  try {
    const entry: unknown = JSON.parse(line.slice(line.indexOf('{')));
    if (typeof entry !== 'object' || entry === null || !('event' in entry) || !('row' in entry)) return undefined;
    return entry.event === 'ledger_pending' && typeof entry.row === 'string' ? entry.row : undefined;
  } catch {
    // A line that was cut: sent as it is, so that it is told as refused and not passed over.
    return line;
  }
}

const columns: readonly ListColumn<ReplayedRow>[] = [
  { title: 'REQUEST', show: (row) => row.request_id ?? '–', raw: (row) => row.request_id },
  { title: 'RESULT', show: (row) => row.result, raw: (row) => row.result },
  { title: 'WHY', shrinks: true, show: (row) => row.reason ?? '', raw: (row) => row.reason },
];

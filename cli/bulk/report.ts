import type { Context } from '../context.ts';
import { CliError, FailedError, InterruptedError } from '../errors.ts';
import { type ListColumn, printList } from '../output/print.ts';
import type { BulkResult } from './run-rows.ts';

/** What became of one row, for people and programs; never with a plaintext. */
export interface ReportedRow extends Readonly<Record<string, unknown>> {
  /** Line of the CSV; null where there was none. */
  readonly line: number | null;
  readonly id: string | null;
  readonly name: string;
  readonly user: string;
  readonly outcome: string;
  readonly code: string | null;
  readonly message: string | null;
}

const fields = ['line', 'id', 'name', 'user', 'outcome', 'code', 'message'];

export function printReport(context: Context, rows: readonly ReportedRow[], applied: boolean): void {
  const { io } = context;
  const styles: Readonly<Record<string, (text: string) => string>> = {
    failed: io.style.red,
    not_tried: io.style.yellow,
    created: io.style.green,
    revoked: io.style.green,
  };
  const columns: readonly ListColumn<ReportedRow>[] = [
    { title: 'LINE', align: 'right', show: (row) => String(row.line ?? '–'), raw: (row) => row.line },
    { title: 'ID', show: (row) => row.id ?? '–', raw: (row) => row.id },
    { title: 'NAME', shrinks: true, show: (row) => row.name, raw: (row) => row.name },
    { title: 'USER', show: (row) => row.user, raw: (row) => row.user },
    {
      title: 'OUTCOME',
      show: ({ outcome }) => ({ text: outcome, style: styles[outcome] ?? ((text) => text) }),
      raw: (row) => row.outcome,
    },
    { title: 'WHY', show: (row) => row.message ?? '', raw: (row) => row.message },
  ];
  printList(context, {
    rows,
    columns,
    document: (data) => ({ data, next: null, applied }),
    fields,
    empty: 'There is nothing to do.',
  });
}

/** What a bulk command ends with once its report is out. @throws CliError unless every row is done */
export function endOf(result: BulkResult<unknown, unknown>, again: string): void {
  const { outcomes, stoppedBy } = result;
  const all = [...outcomes.values()];
  const left = all.filter((outcome) => outcome === 'not_tried').length;
  if (stoppedBy === 'interrupted') throw new InterruptedError(`stopped; ${left} rows are left`, again);
  if (stoppedBy) {
    const { message, exit, code, status, requestId, detail, hint } = stoppedBy;
    const facts = {
      hint: `${hint}; then ${again}`,
      code,
      detail,
      requestId,
      ...(status === undefined ? {} : { status }),
    };
    throw new CliError(`${message}; ${left} rows are left`, exit, code, facts);
  }
  const failed = all.filter((outcome) => outcome !== 'not_tried' && 'failed' in outcome).length;
  if (failed === 0) return;
  throw new FailedError(`${failed} of ${all.length} rows failed`, { hint: again, code: 'rows_failed' });
}

import type { Context } from '../context.ts';
import { formatCsv } from './csv.ts';
import { formatJson, pickFields } from './json.ts';
import { type Cell, formatTable, formatTsv, type TableColumn } from './table.ts';

type JsonObject = Readonly<Record<string, unknown>>;

export interface ListColumn<Row> extends TableColumn {
  /** For people. */
  readonly show: (row: Row) => Cell;
  /** For programs: whole numbers, ISO times; null is an empty cell. */
  readonly raw: (row: Row) => string | number | null;
}

interface ListOutput<Row extends JsonObject> {
  readonly rows: readonly Row[];
  readonly columns: readonly ListColumn<Row>[];
  /** The JSON document with these rows in it; rows have been narrowed to --fields. */
  readonly document: (rows: readonly JsonObject[]) => unknown;
  /** Fields of a row in the contract's order: the columns of --csv. */
  readonly fields: readonly string[];
  /** Told on stderr when there is nothing. */
  readonly empty: string;
  /** Drawn below the table for people. */
  readonly totals?: readonly string[];
}

/** A list: a table on a terminal, tab-separated when piped, one document with --json, RFC 4180 with --csv. */
export function printList<Row extends JsonObject>(context: Context, list: ListOutput<Row>): void {
  const { io, globals } = context;
  const { rows, columns } = list;
  if (globals.format === 'json') {
    const narrowed = rows.map((row) => pickFields(row, globals.fields));
    io.print(formatJson(list.document(narrowed), io.isOutTty));
  } else if (globals.format === 'csv') {
    const known = Object.fromEntries(list.fields.map((field) => [field, field]));
    io.print(formatCsv(Object.keys(pickFields(known, globals.fields)), rows));
  } else if (!io.isOutTty) {
    io.print(formatTsv(rows.map((row) => columns.map((column) => String(column.raw(row) ?? '')))));
  } else if (rows.length === 0) {
    io.note(list.empty);
  } else {
    const cells = rows.map((row) => columns.map((column) => column.show(row)));
    io.print(formatTable(columns, list.totals ? [...cells, list.totals] : cells, io.columns));
  }
}

/** One thing: `name  value` lines for people and programs, the object with --json. */
export function printRecord(
  context: Context,
  record: JsonObject,
  lines: readonly (readonly [string, string | null])[],
): void {
  const { io, globals } = context;
  if (globals.format === 'json') {
    io.print(formatJson(pickFields(record, globals.fields), io.isOutTty));
    return;
  }
  const rows = lines.map(([name, value]) => [name, value ?? (io.isOutTty ? '–' : '')]);
  if (!io.isOutTty) {
    io.print(formatTsv(rows));
    return;
  }
  const headless = formatTable([{ title: '' }, { title: '' }], rows, Number.POSITIVE_INFINITY);
  io.print(headless.slice(headless.indexOf('\n') + 1));
}

/**
 * What a change left behind, for programs: the object (a list where several were named) with --json, a line each when
 * piped. A person at a terminal was told already.
 */
export function printChanged<Row extends JsonObject>(
  { io, globals }: Context,
  rows: readonly Row[],
  cells: (row: Row) => readonly (string | null)[],
): void {
  if (globals.format === 'json') {
    const narrowed = rows.map((row) => pickFields(row, globals.fields));
    io.print(formatJson(narrowed.length === 1 ? narrowed[0] : { data: narrowed, next: null }, io.isOutTty));
  } else if (!io.isOutTty) {
    io.print(formatTsv(rows.map((row) => cells(row).map((cell) => cell ?? ''))));
  }
}

import { UsageError } from '../errors.ts';

/** One record of a CSV file: its cells by the names in the header. */
export interface CsvRecord {
  /** Where it begins, counted from 1 as editors do. */
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
  /** Whether it has as many cells as the header. */
  readonly isWhole: boolean;
}

export interface CsvTable {
  readonly columns: readonly string[];
  readonly records: readonly CsvRecord[];
}

/**
 * A CSV text with a header as RFC 4180 and spreadsheets write it: quoted cells, either line end, a byte order mark, commas
 * or semicolons. Empty lines do not count. Cells lose blanks at both ends.
 * @throws UsageError when there is no header, a column stands twice, or a quote is never closed
 */
export function readCsv(text: string): CsvTable {
  const body = text.replace(/^\ufeff/, '');
  const [firstLine = ''] = body.split('\n', 1);
  const separator = firstLine.includes(';') && !firstLine.includes(',') ? ';' : ',';
  const [header, ...rest] = splitRows(body, separator);
  if (!header) throw new UsageError('the CSV is empty', { hint: 'its first line names the columns' });
  const columns = header.cells.map((cell) => cell.toLowerCase());
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined)
    throw new UsageError(`the column "${twice}" stands twice`, { hint: 'leave one of them out' });
  const records = rest.map(({ line, cells }) => ({
    line,
    cells: Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ''])),
    isWhole: cells.length === columns.length,
  }));
  return { columns, records };
}

interface Row {
  readonly line: number;
  readonly cells: string[];
}

/** A quoted cell, or what stands up to the next separator or line end. */
function cellPattern(separator: string): RegExp {
  return new RegExp(`[ \\t]*"((?:[^"]|"")*)"[ \\t]*(?=${separator}|\\r?\\n|$)|([^${separator}\\n]*)`, 'y');
}

function splitRows(text: string, separator: string): Row[] {
  const pattern = cellPattern(separator);
  const rows: Row[] = [];
  let row: Row = { line: 1, cells: [] };
  let line = 1;
  let at = 0;
  const end = () => {
    if (row.cells.some((cell) => cell !== '')) rows.push(row);
    row = { line, cells: [] };
  };
  while (at < text.length) {
    pattern.lastIndex = at;
    const [whole = '', quoted, plain = ''] = pattern.exec(text) ?? [];
    if (quoted === undefined && plain.trimStart().startsWith('"')) {
      throw new UsageError(`a quote in line ${line} of the CSV is not closed as it should be`, {
        hint: 'a quoted cell ends with a quote before the next separator; quotes in it are doubled',
      });
    }
    row.cells.push((quoted === undefined ? plain : quoted.replaceAll('""', '"')).trim());
    line += whole.split('\n').length - 1;
    at += whole.length;
    if (text.startsWith('\r\n', at)) at++;
    if (text[at] === '\n') {
      line++;
      end();
    }
    // A separator at the very end has an empty cell after it.
    else if (text[at] === separator && at + 1 === text.length) row.cells.push('');
    at++;
  }
  end();
  return rows;
}

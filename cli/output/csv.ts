type Row = Readonly<Record<string, unknown>>;

/** Lists stand as words in one cell, other structures as JSON; nothing is empty. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(' ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** RFC 4180: a cell with a comma, quote or line end is quoted, quotes in it are doubled. */
function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * A cell that begins like a formula would be run by a spreadsheet (OWASP, "CSV Injection"): text from outside gets an
 * apostrophe before it, numbers stay numbers.
 */
function cellOf(value: unknown): string {
  const text = textOf(value);
  const isFormula = typeof value !== 'number' && /^[=+\-@\t\r]/.test(text) && !/^-?\d+(?:\.\d+)?$/.test(text);
  return quote(isFormula ? `'${text}` : text);
}

/** Header and rows with CRLF line ends; the columns are the fields of the contract. */
export function formatCsv(columns: readonly string[], rows: readonly Row[]): string {
  return `${columns.map(quote).join(',')}\r\n${formatCsvRows(columns, rows)}`;
}

/** Further rows, without a header. */
export function formatCsvRows(columns: readonly string[], rows: readonly Row[]): string {
  return rows.map((row) => `${columns.map((column) => cellOf(row[column])).join(',')}\r\n`).join('');
}

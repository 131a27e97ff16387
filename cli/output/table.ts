import CliTable from 'cli-table3';
import { stripControl } from './strip-control.ts';

export interface TableColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Gives way, down to some characters, where the terminal is too narrow. */
  readonly shrinks?: boolean;
}

/** A cell's text and, where it has one, its colour: applied to what is clean already. */
export type Cell = string | { readonly text: string; readonly style: (text: string) => string };

const gap = '   ';
const narrowest = 8;

function render(columns: readonly TableColumn[], rows: readonly (readonly string[])[], widths: (number | null)[]) {
  const none = '';
  const table = new CliTable({
    head: columns.map((column) => column.title),
    colAligns: columns.map((column) => column.align ?? 'left'),
    colWidths: widths,
    chars: {
      top: none,
      'top-mid': none,
      'top-left': none,
      'top-right': none,
      bottom: none,
      'bottom-mid': none,
      'bottom-left': none,
      'bottom-right': none,
      left: none,
      'left-mid': none,
      mid: none,
      'mid-mid': none,
      right: none,
      'right-mid': none,
      middle: gap,
    },
    // Its own colours are written even into pipes.
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => [...row]));
  const text = table.toString();
  return { text, widths: table.options.colWidths.map((width) => width ?? 0) };
}

/** An aligned table with its header, at most `columnsWide` wide where a column may shrink. */
export function formatTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly Cell[])[],
  columnsWide: number,
): string {
  const cells = rows.map((row) =>
    row.map((cell) => (typeof cell === 'string' ? stripControl(cell) : cell.style(stripControl(cell.text)))),
  );
  const natural = render(columns, cells, []);
  const total = natural.widths.reduce((sum, width) => sum + width, 0) + gap.length * (columns.length - 1);
  const excess = total - columnsWide;
  if (excess <= 0 || !columns.some((column) => column.shrinks)) return trimLines(natural.text);
  const widths = columns.map((column, index) => {
    const width = natural.widths[index] ?? 0;
    return column.shrinks ? Math.max(Math.min(narrowest, width), width - excess) : width;
  });
  return trimLines(render(columns, cells, widths).text);
}

function trimLines(text: string): string {
  return text
    .split('\n')
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** For programs: tab-separated, no header, no colours, one line a row. */
export function formatTsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(stripControl).join('\t')}\n`).join('');
}

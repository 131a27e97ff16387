import { GroupBy, UsageReport, UsageRow } from '../../../shared/api/usage.ts';
import { type DayRange, daysOf } from '../../../shared/period.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { bar, sparkline } from '../../output/chart.ts';
import { formatCount } from '../../output/count.ts';
import { formatMoney } from '../../output/money.ts';
import { type ListColumn, printList } from '../../output/print.ts';
import { formatSpan } from '../../output/time.ts';
import { findCalls } from './find-calls.ts';
import { parsePeriod } from './period.ts';
import { whileDaysClose } from './while-days-close.ts';

export async function run({ options }: CommandInput, context: Context): Promise<void> {
  const { io, globals } = context;
  const period = parsePeriod(options, context.now());
  const groupBy = parseGroupBy(options.find('by') ?? 'model');
  const api = await context.api();
  const filter = await findCalls(api, options);
  const ask = (by: GroupBy) => api.get('/v1/usage', UsageReport, { ...period, group_by: by, ...filter });
  const report = await whileDaysClose(context, () => ask(groupBy));
  const forPeople = globals.format === 'human' && io.isOutTty;
  if (forPeople) {
    const days = groupBy === 'day' ? report : await ask('day');
    io.print(`${headline(context, report, period, days)}\n\n`);
  }
  printList(context, {
    rows: report.rows,
    columns: columnsOf(context, report),
    document: (rows) => ({ ...report, rows }),
    fields: Object.keys(UsageRow.shape),
    empty: 'No calls in this time.',
    totals: totalsOf(report, isWide(context)),
  });
  if (globals.format === 'human') explain(context, report);
}

function parseGroupBy(text: string): GroupBy {
  const parsed = GroupBy.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new UsageError(`usage cannot be shown by "${text}"`, { hint: `--by ${GroupBy.options.join(', ')}` });
}

/** The span, what it cost, and the cost of each of its days. */
function headline({ io }: Context, report: UsageReport, period: DayRange, days: UsageReport): string {
  const costByDay = new Map(days.rows.map((row) => [row.group, row.cost_nano_usd ?? 0]));
  const costs = daysOf(period).map((day) => costByDay.get(day) ?? 0);
  const line = costs.length > 1 && costs.length <= 62 ? `   ${io.style.cyan(sparkline(costs, io.unicode))}` : '';
  return `${io.style.bold(formatSpan(report.from, report.to))}   ${formatMoney(report.total.cost_nano_usd)}${line}`;
}

const barWidth = 20;
/** What all columns need beside a longer model's name; pipes always get all of them. */
const wideTerminal = 115;

function isWide({ io }: Context): boolean {
  return !io.isOutTty || io.columns >= wideTerminal;
}

function columnsOf(context: Context, report: UsageReport): readonly ListColumn<UsageRow>[] {
  const { io } = context;
  const wide = isWide(context);
  const whole = report.total.cost_nano_usd ?? 0;
  const count = (title: string, read: (row: UsageRow) => number): ListColumn<UsageRow> => ({
    title,
    align: 'right',
    show: (row) => formatCount(read(row)),
    raw: read,
  });
  const partOf = (row: UsageRow) => (whole === 0 ? 0 : (row.cost_nano_usd ?? 0) / whole);
  const share: ListColumn<UsageRow> = {
    title: 'SHARE',
    align: wide ? 'left' : 'right',
    show: (row) => {
      const part = partOf(row);
      const percent = `${Math.round(part * 100)}%`;
      const text = wide ? `${bar(part, barWidth, io.unicode).padEnd(barWidth)} ${percent}` : percent;
      return { text, style: io.style.cyan };
    },
    raw: (row) => partOf(row).toFixed(4),
  };
  return [
    {
      title: report.group_by.toUpperCase(),
      shrinks: true,
      show: (row) => row.group ?? '–',
      raw: (row) => row.group,
    },
    count('REQUESTS', (row) => row.requests),
    ...(wide ? [count('ERRORS', (row) => row.errors)] : []),
    count('INPUT', (row) => row.input_tokens),
    count('CACHE READ', (row) => row.cache_read_tokens),
    ...(wide ? [count('CACHE WRITE', (row) => row.cache_write_tokens)] : []),
    count('OUTPUT', (row) => row.output_tokens),
    { title: 'COST', align: 'right', show: (row) => formatMoney(row.cost_nano_usd), raw: (row) => row.cost_usd },
    share,
  ];
}

function totalsOf({ total }: UsageReport, wide: boolean): readonly string[] {
  const counts = [
    total.requests,
    ...(wide ? [total.errors] : []),
    total.input_tokens,
    total.cache_read_tokens,
    ...(wide ? [total.cache_write_tokens] : []),
    total.output_tokens,
  ];
  return ['TOTAL', ...counts.map(formatCount), formatMoney(total.cost_nano_usd), ''];
}

function explain({ io }: Context, report: UsageReport): void {
  if (report.rows.length === 0) return;
  const { unpriced_requests: unpriced, prices_as_of: day, forecast } = report;
  if (forecast !== undefined) {
    const cost = formatMoney(forecast.cost_nano_usd);
    io.note(`Forecast to ${forecast.to}, if it goes on as so far: ${cost}. No promise.`);
  }
  const missing =
    unpriced === 0 ? '' : ` ${unpriced} request${unpriced === 1 ? ' has' : 's have'} no price: shown as –.`;
  io.note(`Prices as of ${day}.${missing}`);
}

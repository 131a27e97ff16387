import { Recomputation, type RecomputedModel } from '../../../shared/api/usage-books.ts';
import { formatUsd } from '../../../shared/money.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { formatCount } from '../../output/count.ts';
import { formatMoney } from '../../output/money.ts';
import { type ListColumn, printList } from '../../output/print.ts';
import { confirm } from '../../prompt.ts';
import { parsePeriod } from './period.ts';
import { whileDaysClose } from './while-days-close.ts';

/** Closed days at the prices in force: the difference by model; with `--apply` it is booked. */
export async function run({ options }: CommandInput, context: Context): Promise<void> {
  const { io, globals } = context;
  if (options.find('from') === undefined || options.find('to') === undefined) {
    throw new UsageError('--from and --to are missing', { hint: '--from 2026-11-01 --to 2026-11-20' });
  }
  const { from, to } = parsePeriod(options, context.now());
  const apply = options.isOn('apply');
  if (apply) await confirm(context, `Book the difference of ${from} to ${to}? It stays in the ledger.`);
  const api = await context.sessionApi();
  const models = new Map<string, RecomputedModel>();
  let corrections = 0;
  let pricesAsOf = '';
  for (let next: string | null = from; next !== null; ) {
    const body = { from: next, to, apply };
    const part: Recomputation = await whileDaysClose(context, () =>
      api.post('/v1/usage/recompute', Recomputation, body),
    );
    for (const model of part.data) models.set(model.model, sumOf(models.get(model.model), model));
    corrections += part.corrections;
    pricesAsOf = part.prices_as_of;
    next = part.next;
    if (next !== null) io.note(`Up to ${next}.`);
  }
  const rows = [...models.values()].toSorted((a, b) => (a.model < b.model ? -1 : 1));
  const result = { from, to, applied: apply, corrections, prices_as_of: pricesAsOf, next: null };
  printList(context, {
    rows,
    columns,
    document: (data) => ({ ...result, data }),
    fields: [
      'model',
      'requests',
      'ledger',
      'repriced',
      'difference',
      'unpriced_requests',
      'unpriced_requests_repriced',
    ],
    empty: 'No calls in this time.',
  });
  if (globals.format !== 'human') return;
  const isDifferent = rows.some(({ difference }) => difference.nano_usd !== 0);
  io.note(`Prices as of ${pricesAsOf}, with the operator's own.`);
  if (apply) io.success(`${corrections} ${corrections === 1 ? 'correction' : 'corrections'} booked.`);
  else if (isDifferent) io.nextStep('nothing was changed; --apply books the difference');
}

function sumOf(a: RecomputedModel | undefined, b: RecomputedModel): RecomputedModel {
  if (!a) return b;
  const add = (name: 'ledger' | 'repriced' | 'difference') => {
    const nano_usd = a[name].nano_usd + b[name].nano_usd;
    return { nano_usd, usd: formatUsd(nano_usd) };
  };
  return {
    model: b.model,
    requests: a.requests + b.requests,
    ledger: add('ledger'),
    repriced: add('repriced'),
    difference: add('difference'),
    unpriced_requests: a.unpriced_requests + b.unpriced_requests,
    unpriced_requests_repriced: a.unpriced_requests_repriced + b.unpriced_requests_repriced,
  };
}

function money(title: string, name: 'ledger' | 'repriced' | 'difference'): ListColumn<RecomputedModel> {
  const show = (row: RecomputedModel) => formatMoney(row[name].nano_usd);
  return { title, align: 'right', show, raw: (row) => row[name].usd };
}

function count(title: string, read: (row: RecomputedModel) => number): ListColumn<RecomputedModel> {
  return { title, align: 'right', show: (row) => formatCount(read(row)), raw: read };
}

const columns: readonly ListColumn<RecomputedModel>[] = [
  { title: 'MODEL', shrinks: true, show: (row) => row.model, raw: (row) => row.model },
  count('REQUESTS', (row) => row.requests),
  money('LEDGER', 'ledger'),
  money('REPRICED', 'repriced'),
  money('DIFFERENCE', 'difference'),
  count('UNPRICED', (row) => row.unpriced_requests_repriced),
];

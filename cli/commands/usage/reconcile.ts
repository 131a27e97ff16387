import { type ReconciledModel, Reconciliation } from '../../../shared/api/usage-books.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { formatCount } from '../../output/count.ts';
import { type ListColumn, printList } from '../../output/print.ts';
import { parsePeriod } from './period.ts';
import { whileDaysClose } from './while-days-close.ts';

/** Above it a drift is more than minutes at the ends of the time. */
const notableDrift = 0.01;

/** The ledger's tokens beside those that Bedrock told CloudWatch. */
export async function run({ options }: CommandInput, context: Context): Promise<void> {
  const { from, to } = parsePeriod(options, context.now());
  const api = await context.sessionApi();
  const ask = () => api.get('/v1/usage/reconcile', Reconciliation, { from, to });
  const { data } = await whileDaysClose(context, ask);
  printList(context, {
    rows: data,
    columns: columnsOf(context),
    document: (rows) => ({ from, to, data: rows }),
    fields: ['model_id', 'ledger', 'cloudwatch', 'input_drift', 'output_drift'],
    empty: 'Neither the ledger nor CloudWatch has calls to Bedrock in this time.',
  });
  const notable = data.filter(({ input_drift, output_drift }) => isNotable(input_drift) || isNotable(output_drift));
  if (context.globals.format !== 'human' || notable.length === 0) return;
  context.io.note(
    `${notable.length} of ${data.length} models differ by more than 1 %: doc/admins.md says why they may.`,
  );
}

function isNotable(drift: number | null): boolean {
  return drift === null || Math.abs(drift) > notableDrift;
}

function columnsOf({ io }: Context): readonly ListColumn<ReconciledModel>[] {
  const count = (title: string, read: (row: ReconciledModel) => number): ListColumn<ReconciledModel> => {
    return { title, align: 'right', show: (row) => formatCount(read(row)), raw: read };
  };
  const drift = (title: string, read: (row: ReconciledModel) => number | null): ListColumn<ReconciledModel> => ({
    title,
    align: 'right',
    show: (row) => {
      const value = read(row);
      const style = isNotable(value) ? io.style.yellow : io.style.green;
      return { text: value === null ? '–' : `${(value * 100).toFixed(2)}%`, style };
    },
    raw: (row) => read(row)?.toFixed(6) ?? null,
  });
  return [
    { title: 'MODEL ID', shrinks: true, show: (row) => row.model_id, raw: (row) => row.model_id },
    count('INPUT', (row) => row.ledger.input_tokens),
    count('BEDROCK', (row) => row.cloudwatch.input_tokens),
    drift('DRIFT', (row) => row.input_drift),
    count('OUTPUT', (row) => row.ledger.output_tokens),
    count('BEDROCK', (row) => row.cloudwatch.output_tokens),
    drift('DRIFT', (row) => row.output_drift),
  ];
}

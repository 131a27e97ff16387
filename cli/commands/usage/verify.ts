import { UsageVerification, type VerifyFinding } from '../../../shared/api/usage-books.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { FailedError } from '../../errors.ts';
import { printRecord } from '../../output/print.ts';
import { stripControl } from '../../output/strip-control.ts';
import { parsePeriod } from './period.ts';
import { whileDaysClose } from './while-days-close.ts';

/** Reads the ledger against its digests; ends with 1 at the first thing that is not as it was written. */
export async function run({ options }: CommandInput, context: Context): Promise<void> {
  const period = parsePeriod(options, context.now());
  const api = await context.sessionApi();
  let [days, rows] = [0, 0];
  let finding: VerifyFinding | null = null;
  for (let from: string | null = period.from; from !== null; ) {
    const query = { from, to: period.to };
    const part: UsageVerification = await whileDaysClose(context, () =>
      api.get('/v1/usage/verify', UsageVerification, query),
    );
    days += part.days;
    rows += part.rows;
    finding = part.finding;
    from = part.next;
    if (from !== null) context.io.note(`${rows} rows verified; ${from} is next.`);
  }
  const told = finding === null ? null : stripControl(describe(finding));
  printRecord(context, { ...period, days, rows, finding, next: null }, [
    ['From', period.from],
    ['To', period.to],
    ['Closed days', String(days)],
    ['Rows', String(rows)],
    ['Found', told],
  ]);
  if (told === null) return context.io.success('The ledger is as it was written.');
  const hint = 'doc/admins.md says what that can mean; keep a copy of the table before you change anything';
  throw new FailedError(`the ledger is not as it was written: ${told}`, { hint, code: 'ledger_changed' });
}

function describe({ kind, what, day, user_id, request_id, time }: VerifyFinding): string {
  if (what === 'row') return `${kind} row ${request_id} of ${user_id}, ${time}`;
  const whose = user_id === null ? '' : ` of ${user_id}`;
  const words = { digest: 'digest', list: 'list of rows', figures: 'report figures' };
  return `${kind} ${words[what]}${whose}, ${day}`;
}

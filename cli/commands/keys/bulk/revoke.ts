import { Key, KeyList } from '../../../../shared/api/keys.ts';
import type { ApiClient } from '../../../api/client.ts';
import { getList } from '../../../api/pages.ts';
import { readInputFile } from '../../../bulk/input.ts';
import { Problems } from '../../../bulk/new-key-rows.ts';
import { readCsv } from '../../../bulk/read-csv.ts';
import { endOf, printReport, type ReportedRow } from '../../../bulk/report.ts';
import { type Outcome, runRows } from '../../../bulk/run-rows.ts';
import type { CommandInput, OptionValues } from '../../../command.ts';
import type { Context } from '../../../context.ts';
import { UsageError } from '../../../errors.ts';
import { spanMs } from '../../../options.ts';
import { confirmTyped } from '../../../prompt.ts';
import { findUser } from '../../users/find-user.ts';

interface ChosenKey {
  readonly line: number | null;
  readonly key: Key;
}

/** Keys of a CSV file, or those that nobody needs; all are looked up before the first is revoked. */
export async function run({ arguments: [file], options }: CommandInput, context: Context): Promise<void> {
  const applies = options.isOn('apply');
  const isWanted = parseSelection(options, context.now());
  if ((file === undefined) === (isWanted === undefined)) {
    throw new UsageError('say which keys: a CSV with their ids, or --unused-for or --expired', {
      hint: 'for example: pennyworth keys bulk revoke --unused-for 90d',
    });
  }
  const ids = file === undefined ? undefined : parseIds(await readInputFile(context, file));
  const api = await context.sessionApi();
  const keys = await readKeys(api, options);
  const chosen = ids
    ? chooseById(keys, ids)
    : keys.filter((key) => isWanted?.(key)).map((key) => ({ line: null, key }));
  const active = chosen.filter(({ key }) => key.status !== 'revoked');
  if (!applies || active.length === 0) {
    printReport(
      context,
      chosen.map((each) => reported(each, undefined)),
      applies,
    );
    if (!applies) context.io.note(`Nothing was done. To revoke these ${active.length} keys: --apply`);
    return;
  }
  await confirmTyped(
    context,
    `Revoke ${active.length} keys? What uses them stops working at once.`,
    String(active.length),
  );
  await revokeAll(context, api, chosen, active, options.find('reason'));
}

async function revokeAll(
  context: Context,
  api: ApiClient,
  chosen: readonly ChosenKey[],
  active: readonly ChosenKey[],
  reason: string | undefined,
): Promise<void> {
  const stop = new AbortController();
  const forget = context.io.onInterrupt(() => stop.abort());
  try {
    const revoke = ({ key }: ChosenKey) => api.delete(`/v1/keys/${key.id}`, Key, { reason });
    const result = await runRows(active, ({ key }) => key.user_id, revoke, stop.signal);
    printReport(
      context,
      chosen.map((each) => reported(each, result.outcomes.get(each))),
      true,
    );
    endOf(result, 'run the same command again: what is revoked stays so');
  } finally {
    forget();
  }
}

function reported({ line, key }: ChosenKey, outcome: Outcome<Key> | undefined): ReportedRow {
  const { id, name, email, user_id, status } = key;
  const row = { line, id, name, user: email ?? user_id, code: null, message: null };
  if (status === 'revoked') return { ...row, outcome: 'unchanged', message: 'it was revoked before' };
  if (outcome === undefined) return { ...row, outcome: 'would_revoke' };
  if (outcome === 'not_tried') return { ...row, outcome };
  if ('made' in outcome) return { ...row, outcome: 'revoked' };
  const { code, message } = outcome.failed;
  return { ...row, outcome: 'failed', code, message };
}

/** Which keys are meant by the options; undefined where none of them was given. @throws UsageError */
function parseSelection(options: OptionValues, now: number): ((key: Key) => boolean) | undefined {
  const unusedFor = options.find('unusedFor');
  const isExpired = options.isOn('expired');
  if (unusedFor === undefined) return isExpired ? (key) => key.status === 'expired' : undefined;
  const span = spanMs(unusedFor);
  if (span === undefined) {
    throw new UsageError(`--unused-for "${unusedFor}" is not a span`, { hint: 'for example: --unused-for 90d' });
  }
  const since = now - span;
  // A key that was never used counts from when it was made.
  const isUnused = (key: Key) => key.status !== 'revoked' && Date.parse(key.last_used_at ?? key.created_at) < since;
  return (key) => isUnused(key) || (isExpired && key.status === 'expired');
}

async function readKeys(api: ApiClient, options: OptionValues): Promise<readonly Key[]> {
  const user = options.find('user');
  if (options.isOn('all') && user !== undefined) {
    throw new UsageError('--all and --user exclude each other', { hint: 'leave one of them out' });
  }
  const owner = user === undefined ? undefined : (await findUser(api, user)).user_id;
  const query = { user_id: owner, all: options.isOn('all') ? 'true' : undefined };
  return (await getList(api, '/v1/keys', KeyList, query)).data;
}

interface NamedKey {
  readonly line: number;
  readonly id: string;
}

/** The column `id`; others do not matter, so that the output of `keys list --csv` can be used. */
function parseIds(text: string): readonly NamedKey[] {
  const table = readCsv(text);
  if (!table.columns.includes('id')) {
    throw new UsageError('the CSV has no column "id"', { hint: 'for example the output of keys list --csv' });
  }
  return table.records.map(({ line, cells }) => ({ line, id: cells['id'] ?? '' }));
}

/** @throws UsageError naming the lines of ids that are not there */
function chooseById(keys: readonly Key[], named: readonly NamedKey[]): ChosenKey[] {
  const byId = new Map(keys.map((key) => [key.id, key]));
  const problems = new Problems();
  const chosen = new Map<string, ChosenKey>();
  for (const { line, id } of named) {
    problems.collect(line, () => {
      const key = byId.get(id);
      if (!key) throw new UsageError(`"${id}" is none of these keys (--user or --all look wider)`, { hint: undefined });
      if (!chosen.has(id)) chosen.set(id, { line, key });
    });
  }
  problems.throwIfAny(named.length);
  return [...chosen.values()];
}

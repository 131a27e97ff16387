import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { Key } from '../../../../shared/api/keys.ts';
import type { ApiClient } from '../../../api/client.ts';
import { withLock } from '../../../auth/lock.ts';
import { readInputFile, reasonOf } from '../../../bulk/input.ts';
import { type NewKeyRow, parseNewKeys, resolveOwners } from '../../../bulk/new-key-rows.ts';
import { Progress } from '../../../bulk/progress.ts';
import { endOf, printReport, type ReportedRow } from '../../../bulk/report.ts';
import { type BulkResult, runRows } from '../../../bulk/run-rows.ts';
import type { CommandInput } from '../../../command.ts';
import type { Context } from '../../../context.ts';
import { UsageError } from '../../../errors.ts';
import { plaintextOf } from '../settings.ts';

/** The file is checked whole before the first key is made; then line by line, each reported. */
export async function run({ arguments: [file = ''], options }: CommandInput, context: Context): Promise<void> {
  const applies = options.isOn('apply');
  const output = options.find('output');
  if (applies !== (output !== undefined)) {
    throw new UsageError(applies ? '--apply needs a file for the keys' : '-o is for --apply', {
      hint: 'pennyworth keys bulk create keys.csv --apply -o made.csv',
    });
  }
  const text = await readInputFile(context, file);
  const lines = parseNewKeys(text);
  const api = await context.sessionApi();
  if (output === undefined) {
    const rows = await resolveOwners(api, lines, () => false);
    printReport(
      context,
      rows.map((row) => reported(row, 'would_create')),
      false,
    );
    context.io.note(`Nothing was done. To make these ${rows.length} keys: --apply -o made.csv`);
    return;
  }
  const { url } = await context.profile();
  await checkFolder(output);
  await withLock(`${output}.lock`, () => apply(context, api, { text, lines, output, url }), output);
}

async function checkFolder(output: string): Promise<void> {
  const folder = path.dirname(path.resolve(output));
  await access(folder, constants.W_OK).catch((cause: unknown) => {
    throw new UsageError(`nothing can be written to ${folder}: ${reasonOf(cause)}`, {
      hint: 'choose another -o',
      cause,
    });
  });
}

interface Job {
  readonly text: string;
  readonly lines: ReturnType<typeof parseNewKeys>;
  readonly output: string;
  readonly url: string;
}

async function apply(context: Context, api: ApiClient, { text, lines, output, url }: Job): Promise<void> {
  const { io } = context;
  const progress = await Progress.open(output, text, url);
  const stop = new AbortController();
  const forget = io.onInterrupt(() => stop.abort());
  let isDone = false;
  try {
    const rows = await resolveOwners(api, lines, (line) => progress.made.has(line));
    const left = rows.filter(({ line }) => !progress.made.has(line));
    if (left.length < rows.length) io.note(`${rows.length - left.length} of ${rows.length} keys were made before.`);
    const make = (row: NewKeyRow) => makeKey(context, api, progress, row);
    const result = await runRows(left, ({ owner }) => owner.id, make, stop.signal);
    printReport(
      context,
      rows.map((row) => reportOf(row, result, progress)),
      true,
    );
    endOf(result, 'run the same command again: it goes on where this one ended');
    isDone = true;
    io.success(`${rows.length} keys are in ${output}, readable by you only`);
  } finally {
    forget();
    await progress.close(isDone);
  }
}

/** A key whose answer was lost with an earlier run was made, but nobody has its text: it is revoked, and made anew. */
async function makeKey(context: Context, api: ApiClient, progress: Progress, row: NewKeyRow): Promise<string> {
  const { line, owner, body } = row;
  let once = await progress.keyFor(line, context.now());
  for (;;) {
    const key = await api.post('/v1/keys', Key, body, once);
    if (key.key !== undefined) {
      const { id, name, expires_at } = key;
      await progress.keep({ line, name, user: owner.label, id, key: plaintextOf(key), expires_at });
      return id;
    }
    await api.delete(`/v1/keys/${key.id}`, Key, { reason: 'its text was lost when it was made' });
    once = await progress.nextKeyFor(line, context.now());
  }
}

function reportOf(row: NewKeyRow, { outcomes }: BulkResult<NewKeyRow, string>, progress: Progress): ReportedRow {
  const before = progress.made.get(row.line);
  if (before !== undefined) return reported(row, 'created_before', { id: before });
  const outcome = outcomes.get(row) ?? 'not_tried';
  if (outcome === 'not_tried') return reported(row, 'not_tried');
  if ('made' in outcome) return reported(row, 'created', { id: outcome.made });
  const { code, message } = outcome.failed;
  return reported(row, 'failed', { code, message });
}

function reported({ line, owner, body }: NewKeyRow, outcome: string, more: Partial<ReportedRow> = {}): ReportedRow {
  return { line, id: null, name: body.name, user: owner.label, outcome, code: null, message: null, ...more };
}

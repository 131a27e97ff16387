import { AuditList } from '../../../shared/api/audit.ts';
import type { ApiClient } from '../../api/client.ts';
import { getList } from '../../api/pages.ts';
import type { OptionValues } from '../../command.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { findPositiveInteger } from '../../options.ts';
import { printList } from '../../output/print.ts';
import { trailColumns, trailFields } from './columns.ts';
import { followTrail } from './follow.ts';
import type { TrailQuery } from './query.ts';

const defaultLimit = 50;

/** Prints the rows that were asked for, or with --follow those that come from now on too. */
export async function showTrail(
  context: Context,
  api: ApiClient,
  options: OptionValues,
  query: TrailQuery,
): Promise<void> {
  const limit = findPositiveInteger(options, 'limit', '--limit');
  if (options.isOn('follow')) {
    if (limit !== undefined) throw new UsageError('what is followed has no end', { hint: 'leave --limit out' });
    return followTrail(context, api, query);
  }
  const most = limit ?? defaultLimit;
  const { data, next } = await getList(api, '/v1/audit', AuditList, { ...query }, most);
  printList(context, {
    rows: data,
    columns: trailColumns(context),
    document: (rows) => ({ data: rows, next }),
    fields: trailFields,
    empty: 'Nothing happened in this time. Earlier months: --since 90d',
  });
  if (next !== null && context.globals.format === 'human') context.io.note(`There are more: --limit ${most * 10}`);
}

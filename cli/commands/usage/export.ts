import { once } from 'node:events';
import { UsageCall, UsageCallList } from '../../../shared/api/usage.ts';
import { getPages } from '../../api/pages.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { formatCsv, formatCsvRows } from '../../output/csv.ts';
import { formatJson, pickFields } from '../../output/json.ts';
import { findCalls } from './find-calls.ts';
import { parsePeriod } from './period.ts';
import { whileDaysClose } from './while-days-close.ts';

/** Every call of a time, the newest first: written as it comes, so that a month of any size needs no memory. */
export async function run({ options }: CommandInput, context: Context): Promise<void> {
  const { io, globals } = context;
  const api = await context.api();
  const query = { ...parsePeriod(options, context.now()), ...(await findCalls(api, options)) };
  const fields = Object.fromEntries(Object.keys(UsageCall.shape).map((field) => [field, field]));
  const columns = Object.keys(pickFields(fields, globals.fields));
  // Asked for by itself, because pages that failed cannot be asked for again.
  await whileDaysClose(context, () => api.get('/v1/usage/calls', UsageCallList, { ...query, limit: 1 }));
  let count = 0;
  if (globals.format === 'csv') io.print(formatCsv(columns, []));
  for await (const { data } of getPages(api, '/v1/usage/calls', UsageCallList, query)) {
    count += data.length;
    const lines = data.map((call) => formatJson(pickFields(call, globals.fields), false));
    const text = globals.format === 'csv' ? formatCsvRows(columns, data) : lines.join('');
    if (!io.out.write(text)) await once(io.out, 'drain');
  }
  io.note(`${count} ${count === 1 ? 'call' : 'calls'}.`);
}

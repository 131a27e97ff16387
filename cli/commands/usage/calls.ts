import { UsageCall, UsageCallList } from '../../../shared/api/usage.ts';
import { getList } from '../../api/pages.ts';
import type { CommandInput } from '../../command.ts';
import type { Context } from '../../context.ts';
import { findPositiveInteger } from '../../options.ts';
import { formatCount } from '../../output/count.ts';
import { formatMoney } from '../../output/money.ts';
import { type ListColumn, printList } from '../../output/print.ts';
import { formatDuration, formatMoment } from '../../output/time.ts';
import { findCalls } from './find-calls.ts';
import { parsePeriod } from './period.ts';
import { whileDaysClose } from './while-days-close.ts';

const defaultLimit = 50;

export async function run({ options }: CommandInput, context: Context): Promise<void> {
  const { from, to } = parsePeriod(options, context.now());
  const limit = findPositiveInteger(options, 'limit', '--limit') ?? defaultLimit;
  const api = await context.api();
  const query = { from, to, ...(await findCalls(api, options)) };
  const ask = () => getList(api, '/v1/usage/calls', UsageCallList, query, limit);
  const { data, next } = await whileDaysClose(context, ask);
  printList(context, {
    rows: data,
    columns: columnsOf(context),
    document: (rows) => ({ data: rows, next }),
    fields: Object.keys(UsageCall.shape),
    empty: 'No calls in this time.',
  });
  if (next !== null && context.globals.format === 'human') context.io.note(`There are more: --limit ${limit * 10}`);
}

function columnsOf({ io, now }: Context): readonly ListColumn<UsageCall>[] {
  const statusStyle = (call: UsageCall) => (call.status === 'ok' ? io.style.green : io.style.yellow);
  return [
    { title: 'TIME', show: (call) => formatMoment(call.time, now()), raw: (call) => call.time },
    { title: 'REQUEST', shrinks: true, show: (call) => call.request_id, raw: (call) => call.request_id },
    { title: 'ENDPOINT', show: (call) => call.endpoint, raw: (call) => call.endpoint },
    { title: 'MODEL', show: (call) => call.model, raw: (call) => call.model },
    { title: 'STATUS', show: (call) => ({ text: call.status, style: statusStyle(call) }), raw: (call) => call.status },
    {
      title: 'IN',
      align: 'right',
      show: (call) => formatCount(call.input_tokens + call.cache_read_tokens + call.cache_write_tokens),
      raw: (call) => call.input_tokens + call.cache_read_tokens + call.cache_write_tokens,
    },
    {
      title: 'OUT',
      align: 'right',
      show: (call) => formatCount(call.output_tokens),
      raw: (call) => call.output_tokens,
    },
    { title: 'COST', align: 'right', show: (call) => formatMoney(call.cost_nano_usd), raw: (call) => call.cost_usd },
    {
      title: 'TOOK',
      align: 'right',
      show: (call) => formatDuration(call.duration_ms),
      raw: (call) => call.duration_ms,
    },
  ];
}

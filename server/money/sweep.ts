import { noUsage } from '../model/usage.ts';
import type { Account, Hold } from './balance-item.ts';
import type { Ledger, LedgerRow } from './ledger.ts';

/**
 * What a call came to whose server died before it settled: what its ledger row says; else what was held, or nothing where
 * it was never sent, which a row of its own then says too, so that ledger and balance agree. Whoever of two comes second
 * takes the row of the first.
 * @returns nano-USD
 */
export async function settleAbandoned(
  ledger: Ledger,
  account: Account,
  { requestId, hold, wasSent }: { readonly requestId: string; readonly hold: Hold; readonly wasSent: boolean },
): Promise<number> {
  const username = account.kind === 'team' ? hold.u : account.id;
  // A hold of layout 1 does not say when its call began: nothing can be found or written of it.
  if (hold.s === undefined || username === undefined) return hold.e ?? 0;
  const found = await ledger.rowOf({ username, time: hold.s, requestId });
  const row =
    found ?? (await ledger.write(abandonedRow(username, requestId, hold.s, wasSent ? hold : { ...hold, e: 0 })));
  return row.costNanoUsd ?? 0;
}

function abandonedRow(username: string, requestId: string, time: number, hold: Hold): LedgerRow {
  const [endpoint = '', provider = '', model = ''] = (hold.p ?? '').split(' ');
  return {
    requestId,
    time,
    username,
    keyId: hold.k,
    team: hold.g ?? null,
    tag: hold.t ?? null,
    endpoint: endpoint.startsWith('/') ? endpoint : `/v1/${endpoint}`,
    model,
    target: model,
    provider,
    status: 'abandoned',
    errorCode: null,
    stream: false,
    durationMs: 0,
    attempts: 1,
    usage: noUsage,
    estimatedNanoUsd: hold.e,
    costNanoUsd: hold.e,
    dropped: [],
    upstreamRequestId: null,
    usageEstimated: true,
  };
}

import { setTimeout as pause } from 'node:timers/promises';
import { type UsageCall, UsageCallList } from '../../shared/api/usage.ts';
import type { ApiClient } from '../api/client.ts';
import { getList } from '../api/pages.ts';
import { CheckFailure, type Found } from './check-list.ts';
import type { Probe } from './probe.ts';

/** Both the ledger and a revocation are promised within a second; behind AWS they get some more. */
const patienceMs = 5_000;
const pauseMs = 250;
const dayMs = 86_400_000;

/** Asks again until `isRight` or the patience is at an end; then what came last. */
async function until<T>(ask: () => Promise<T>, isRight: (value: T) => boolean): Promise<{ value: T; tookMs: number }> {
  const startedAt = performance.now();
  for (;;) {
    const value = await ask();
    const tookMs = Math.round(performance.now() - startedAt);
    if (isRight(value) || tookMs >= patienceMs) return { value, tookMs };
    await pause(pauseMs);
  }
}

/** The calls of one key, as the ledger has them now. `now` in ms since the epoch. */
export async function readSpent(api: ApiClient, keyId: string, now: number): Promise<readonly UsageCall[]> {
  // A day on either side, so that a month that ends meanwhile hides nothing.
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const query = { from: day(now - dayMs), to: day(now + dayMs), key_id: keyId };
  const { data } = await getList(api, '/v1/usage/calls', UsageCallList, query);
  return data;
}

/** Whether each of the calls is in the ledger with its cost. `isPriced`: whether the model has a price at all. */
export async function checkLedger(
  read: () => Promise<readonly UsageCall[]>,
  requestIds: readonly string[],
  isPriced: boolean,
): Promise<Found<null>> {
  const missingIn = (calls: readonly UsageCall[]) => {
    const complete = calls.filter((call) => !isPriced || call.cost_nano_usd !== null).map((call) => call.request_id);
    return requestIds.filter((id) => !complete.includes(id));
  };
  const { value: calls, tookMs } = await until(read, (rows) => missingIn(rows).length === 0);
  const missing = missingIn(calls);
  if (missing.length > 0) {
    throw new CheckFailure(
      `${missing.length} of ${requestIds.length} calls are not in /v1/usage/calls with their cost after ${patienceMs / 1000} s`,
      `search the function’s log for ledger_pending, settle_pending and ${missing[0]}`,
      { missing: missing.join(',') },
    );
  }
  const cost = isPriced ? ' with its cost' : '; the model has no price';
  return { message: `each of ${requestIds.length} calls is there after ${tookMs} ms${cost}`, value: null };
}

/** Whether a revoked key is refused. */
export async function checkRefused(probe: Probe, key: string): Promise<Found<null>> {
  const headers = { authorization: `Bearer ${key}` };
  const ask = async () => (await probe.send({ method: 'GET', path: '/v1/models', headers })).status;
  const { value: status, tookMs } = await until(ask, (got) => got === 401);
  if (status === 401) return { message: `refused with 401 after ${tookMs} ms`, value: null };
  throw new CheckFailure(
    `the revoked key still gets ${status} after ${patienceMs / 1000} s`,
    'see whether something in between caches answers; then report it as a security fault (SECURITY.md)',
    { status },
  );
}

import { randomUUID } from 'node:crypto';
import type { Item } from '../aws/dynamodb.ts';
import { type Balances, nothingSpent, type ReserveRequest } from './balance.ts';
import { createBalances } from './dynamo-balances.ts';
import { createLedger } from './dynamo-ledger.ts';
import type { Limits } from './limits.ts';
import { held, reserveRequest } from './test-requests.ts';
import type { TestTable } from './test-table.ts';

export const noon = Date.UTC(2026, 10, 21, 12);
export const keyId = 'key_abcdefghijkl';

/** A person with these limits whose balance was made, and requests of theirs at noon. */
export async function newAccount(
  store: TestTable,
  limits: { person?: Limits; key?: Limits; team?: Limits } = {},
  spentBefore = nothingSpent,
) {
  const ledger = createLedger(store);
  const clock = { now: () => noon };
  const balances = createBalances({ ...store, clock, ledger, spentBefore: async () => spentBefore });
  const username = randomUUID();
  const generation = await balances.generationOf(username);
  const team = `team-${username.slice(0, 8)}`;
  const facts = { endpoint: 'chat/completions', provider: 'bedrock', model: 'nova-lite', team, tag: null };
  const paying = limits.team && { payingTeam: { name: team, generation: 1, limits: limits.team }, facts };
  const request = (part: Partial<ReserveRequest> = {}) =>
    reserveRequest({
      username,
      generation,
      now: noon,
      limits: { person: limits.person ?? {}, key: limits.key ?? {} },
      ...paying,
      ...part,
    });
  return { username, team, balances, ledger, request };
}

/** What of a wave of calls came through, and how the others were refused. */
export async function wave(balances: Balances, requests: readonly ReserveRequest[]) {
  const outcomes = await Promise.allSettled(requests.map((request) => balances.reserve(request)));
  const admitted = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [held(outcome.value)] : []));
  const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  return { admitted, refusals, codes: [...new Set(refusals.map(({ status, code }) => `${status} ${code}`))] };
}

export async function itemOf(store: TestTable, pk: string): Promise<Item> {
  return (await store.dynamo.getItem(store.table, { pk, sk: 'B' }, { consistent: true })) ?? {};
}

export const requestsOf = (count: number, make: () => ReserveRequest) => Array.from({ length: count }, make);

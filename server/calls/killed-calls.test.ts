import { afterAll, beforeAll, describe, test } from 'vitest';
import { dayOf } from '../../shared/period.ts';
import { FaultPoints } from '../keys/fault-points.ts';
import { Deployment, table, testClock } from '../keys/test-deployment.ts';
import type { Emulator } from '../local/emulator.ts';
import type { LedgerRow } from '../money/ledger.ts';
import { type Asked, type Process, startProcess, startSimulator } from './test-process.ts';

// A server that dies at each answer it waits for, before its request goes out and after the service has done its work.
// Once its call's time is over, another call of the same key, of which one may be open at a time, finds everything in order.

let deployment: Deployment;
let bedrock: Emulator;
let living: Process;
const team = 'mortals';
/** That of who comes when all is over. */
const later = testClock();
beforeAll(async () => {
  later.advance(untilGone);
  [deployment, bedrock] = await Promise.all([Deployment.start(), startSimulator()]);
  living = startProcess(deployment, bedrock, { clock: later });
  await deployment.startInstance().teamPolicies.set(team, { v: 1, limits: { m: 10_000_000_000, c: 1 } });
});
afterAll(() => Promise.all([deployment.close(), bedrock.close()]));

/** The longest time of a call, what is added before its hold may be swept, and some. */
const untilGone = 930_000;
const mostPoints = 60;

const script = JSON.stringify({ text: 'One two three four five six', chunks: 3 });
const whole = {
  model: 'claude-sonnet-4-5',
  max_tokens: 50,
  messages: [{ role: 'user', content: `Go [[sim:${script}]]` }],
};

async function newKey() {
  const username = await deployment.createPerson([team]);
  const instance = deployment.startInstance();
  const { key } = await deployment.createKey(instance, username, {
    concurrency: 1,
    rpm: 100,
    budgets: [{ period: 'day', limit_usd: '5' }],
  });
  return { username, key };
}

/** What stands in the balances and in the ledger of a person and the team. */
async function stateOf(username: string) {
  const { dynamo } = deployment.clients();
  const itemOf = (pk: string) => dynamo.getItem(table, { pk, sk: 'B' }, { consistent: true });
  const [own, teams] = [await itemOf(`U#${username}`), await itemOf(`G#${team}`)];
  const days = [...new Set([deployment.clock, later].map((clock) => dayOf(clock.now())))];
  const rows = (await Promise.all(days.map((day) => living.context.ledger.rowsOf(username, day)))).flat();
  return { own, teams, rows };
}

const costOf = (rows: readonly LedgerRow[]) => rows.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0), 0);
const upstreamCalls = () => [...bedrock.calls.values()].reduce((sum, count) => sum + count, 0);
const spentIn = (item: unknown): number => {
  const total = item instanceof Object && 't' in item ? item.t : undefined;
  return total instanceof Object && 's' in total && typeof total.s === 'number' ? total.s : 0;
};

/** Tells `judge` of every place to die; ends with the first that the call does not reach. The number of places. */
async function killEverywhere(
  ask: (process: Process, key: string) => Promise<Asked>,
  judge: (story: {
    username: string;
    key: string;
    spentByTeam: number;
    callsBefore: number;
    told: string;
  }) => Promise<void>,
): Promise<number> {
  for (let killAt = 1; killAt <= mostPoints; killAt++) {
    for (const phase of ['before', 'after'] as const) {
      const { username, key } = await newKey();
      const spentByTeam = spentIn((await stateOf(username)).teams);
      const callsBefore = upstreamCalls();
      const faults = new FaultPoints(killAt, phase);
      const outcome = await faults.orKilled(ask(startProcess(deployment, bedrock, { faults }), key));
      if (outcome !== 'killed') return outcome.status === 200 ? killAt - 1 : Number.NaN;
      await judge({ username, key, spentByTeam, callsBefore, told: `killed ${phase} answer ${killAt}` });
    }
  }
  throw new Error(`the call waits for more than ${mostPoints} answers`);
}

describe.for([
  ['whole', whole, undefined],
  ['streamed', { ...whole, stream: true }, undefined],
  ['whole, with an Idempotency-Key', whole, 'once'],
  ['streamed, with an Idempotency-Key', { ...whole, stream: true }, 'once'],
] as const)('%s', ([, body, idempotencyKey]) => {
  const tagged = { 'x-pennyworth-tag': 'mortal' };
  const headers = idempotencyKey === undefined ? tagged : { ...tagged, 'idempotency-key': idempotencyKey };
  const ask = (process: Process, key: string) => process.ask(key, body, headers);

  test('killed anywhere leaves nothing held, nothing unpaid, nothing paid twice', { timeout: 600_000 }, async ({
    expect,
  }) => {
    const points = await killEverywhere(ask, async ({ username, key, spentByTeam, callsBefore, told }) => {
      const again = await ask(living, key);
      const isPaid = again.status === 200 && again.headers['idempotent-replayed'] === undefined;
      // Who pays nothing leaves what the dead one held to the next call.
      if (!isPaid) expect((await living.ask(key, whole, tagged)).status, told).toBe(200);
      // Beside the call of the living.
      const asked = upstreamCalls() - callsBefore - 1;
      expect([0, 1], told).toContain(asked);
      if (!isPaid) expect([idempotencyKey, asked, [200, 409].includes(again.status)], told).toEqual(['once', 1, true]);
      const { own, teams, rows } = await stateOf(username);
      expect([own?.['r'], teams?.['r']], told).toEqual([{}, {}]);
      const spent = costOf(rows);
      expect(own?.['k'], told).toMatchObject({ [rows[0]?.keyId ?? '']: { o: 0, t: { s: spent } } });
      expect([spentIn(own), spentIn(teams) - spentByTeam], told).toEqual([spent, spent]);
      // A row for each call that the model was asked in, and for one whose server died between the hold and that.
      expect(new Set(rows.map(({ requestId }) => requestId)).size, told).toBe(rows.length);
      expect([1 + asked, 2], told).toContain(rows.length);
      expect(new Set(rows.map(({ tag }) => tag)), told).toEqual(new Set(['mortal']));
    });
    expect(points).toBeGreaterThan(8);
  });
});

import { afterAll, beforeAll, describe, test } from 'vitest';
import { Deployment } from '../keys/test-deployment.ts';
import type { Emulator } from '../local/emulator.ts';
import { startProcess, startSimulator } from './test-process.ts';

let deployment: Deployment;
let bedrock: Emulator;
beforeAll(async () => {
  [deployment, bedrock] = await Promise.all([Deployment.start(), startSimulator()]);
  await deployment.startInstance().teamPolicies.set('limited', { v: 1, limits: { r: 1_000 } });
});
afterAll(() => Promise.all([deployment.close(), bedrock.close()]));

const body = { model: 'claude-sonnet-4-5', max_tokens: 50, messages: [{ role: 'user', content: 'Hi' }] };

/** Keys of people without limits, with one on the key, and with one on the team. */
async function makeKeys() {
  const instance = deployment.startInstance();
  const [free, inTeam] = [await deployment.createPerson(), await deployment.createPerson(['limited'])];
  const keys = [
    await deployment.createKey(instance, free),
    await deployment.createKey(instance, free, { concurrency: 5 }),
    await deployment.createKey(instance, inTeam),
  ];
  return keys.map(({ key }) => key);
}

describe('with DynamoDB down', () => {
  test('nobody is answered; with PENNYWORTH_FAIL_OPEN=1 whoever has no limit, and the row is in the log', async ({
    expect,
  }) => {
    const keys = await makeKeys();
    const [closed, open] = [{}, { PENNYWORTH_FAIL_OPEN: '1' }].map((environment) =>
      startProcess(deployment, bedrock, { environment }),
    );
    if (!closed || !open) throw new Error('two processes');
    const statuses = (process: typeof open, headers = {}) =>
      Promise.all(keys.map(async (key) => (await process.ask(key, body, headers)).status));
    // Whoever was never seen cannot be known now.
    expect([await statuses(closed), await statuses(open)]).toEqual([
      [200, 200, 200],
      [200, 200, 200],
    ]);
    await deployment.dynamo.close();
    expect(await statuses(closed)).toEqual([503, 503, 503]);
    expect(await statuses(open)).toEqual([200, 503, 503]);
    const lines = open.logLines.map((line) => JSON.parse(line));
    expect(lines.find(({ event }) => event === 'fail_open')).toMatchObject({ level: 'warn' });
    const pending = lines.filter(({ event }) => event === 'ledger_pending');
    expect(pending.length).toBe(1);
    expect(JSON.parse(pending[0]?.row)).toMatchObject({ status: 'ok', costNanoUsd: expect.any(Number) });
    expect(await statuses(open, { 'idempotency-key': 'one' })).toEqual([503, 503, 503]);
    const unknown = startProcess(deployment, bedrock, { environment: { PENNYWORTH_FAIL_OPEN: '1' } });
    expect(await statuses(unknown)).toEqual([503, 503, 503]);
  });
});

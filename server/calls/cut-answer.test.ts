import { afterAll, beforeAll, test } from 'vitest';
import { dayOf } from '../../shared/period.ts';
import { Deployment } from '../keys/test-deployment.ts';
import type { Emulator } from '../local/emulator.ts';
import { startProcess, startSimulator } from './test-process.ts';

let deployment: Deployment;
let bedrock: Emulator;
beforeAll(async () => {
  [deployment, bedrock] = await Promise.all([Deployment.start(), startSimulator()]);
});
afterAll(() => Promise.all([deployment.close(), bedrock.close()]));

/** What an answer came to that broke off before Bedrock told the tier and the tokens. */
async function costOf(body: object): Promise<number | null | undefined> {
  const process = startProcess(deployment, bedrock);
  const username = await deployment.createPerson();
  const { key } = await deployment.createKey(deployment.startInstance(), username);
  const script = JSON.stringify({ text: 'One two three four', fault: { kind: 'no-metadata' } });
  // By the bytes of the body the prompt is counted: all are as long.
  const content = `Go [[sim:${script}]]`.padEnd(200 - JSON.stringify(body).length, '.');
  const messages = [{ role: 'user', content }];
  const answered = await process.ask(key, { max_tokens: 100, messages, ...body });
  if (!answered.text.includes('upstream_truncated')) throw new Error(answered.text);
  const [row] = await process.context.ledger.rowsOf(username, dayOf(deployment.clock.now()));
  return row?.costNanoUsd;
}

test.for([
  ['priority', 1.75],
  ['flex', 0.5],
] as const)(
  'an answer that breaks off is billed in the tier %s that was asked for',
  async ([tier, times], { expect }) => {
    const standard = await costOf({ model: 'nova-2-lite' });
    // Both are rounded to a nano-dollar.
    const expected = (standard ?? 0) * times;
    const cost = await costOf({ model: 'nova-2-lite', service_tier: tier });
    expect(Math.abs((cost ?? 0) - expected)).toBeLessThanOrEqual(1);
    expect(expected).toBeGreaterThan(100);
  },
);

test('in optimized latency without a price nobody knows what it cost', async ({ expect }) => {
  expect(await costOf({ model: 'nova-pro', performanceConfig: { latency: 'optimized' } })).toBeNull();
});

test('where the model did not have what was asked for, it is billed without', async ({ expect }) => {
  const expected = await costOf({ model: 'nova-lite', stream: true });
  expect(expected).toBeGreaterThan(0);
  expect(await costOf({ model: 'nova-lite', performanceConfig: { latency: 'optimized' }, stream: true })).toBe(
    expected,
  );
});

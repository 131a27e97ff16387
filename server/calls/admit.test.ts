import { afterAll, beforeAll, test } from 'vitest';
import { Deployment } from '../keys/test-deployment.ts';
import type { Emulator } from '../local/emulator.ts';
import { startProcess, startSimulator } from './test-process.ts';

let deployment: Deployment;
let bedrock: Emulator;
beforeAll(async () => {
  [deployment, bedrock] = await Promise.all([Deployment.start(), startSimulator()]);
});
afterAll(() => Promise.all([deployment.close(), bedrock.close()]));

test('what has no price is refused to a budget that another process has just set', async ({ expect }) => {
  const [process, other] = [startProcess(deployment, bedrock), deployment.startInstance()];
  const username = await deployment.createPerson();
  const { id, key } = await deployment.createKey(other, username);
  const body = { model: 'nova-pro', max_tokens: 50, messages: [{ role: 'user', content: 'Hi' }] };
  const unpriced = { ...body, performanceConfig: { latency: 'optimized' } };
  expect((await process.ask(key, unpriced)).status).toBe(200);
  const budgets = [{ period: 'month' as const, limit_usd: '5' }];
  await other.keys.update(await deployment.callerOf(other, username), id, { budgets });
  const refused = await process.ask(key, unpriced);
  expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('no known price')]);
  expect((await process.ask(key, body)).status).toBe(200);
});

import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, test } from 'vitest';
import { callsOf, Deployment, outcomeOf, parameterName, region } from '../keys/test-deployment.ts';
import { startSsm } from '../local/services-for-tests.ts';
import type { RootKeys } from './root-secret.ts';

let deployment: Deployment;
let ssm: SSMClient;
beforeEach(async () => {
  deployment = await Deployment.start();
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  ssm = new SSMClient({ region, endpoint: deployment.ssm.url, credentials });
});
afterEach(async () => {
  ssm.destroy();
  await deployment.close();
});

const mismatch = '503 root_secret_mismatch';
const hexOf = (keys: RootKeys) =>
  Object.values(keys).map((value) => (value instanceof Buffer ? value.toString('hex') : value));
const replace = (Value: string) =>
  ssm.send(new PutParameterCommand({ Name: parameterName, Value, Type: 'SecureString', Overwrite: true }));

describe('the root secret', () => {
  test('is made once by twenty starters at once, and read by the next', async ({ expect }) => {
    const starters = Array.from({ length: 20 }, () => deployment.startInstance());
    const keys = await Promise.all(starters.map(({ rootSecret }) => rootSecret.keys()));
    const later = await deployment.startInstance().rootSecret.keys();
    expect(new Set([...keys, later].map((made) => hexOf(made).join())).size).toBe(1);
    expect(later.fingerprint).toMatch(/^[0-9a-f]{16}$/);
  });

  test('gives a key of 256 bits for each purpose, no two alike', async ({ expect }) => {
    const { pepper, checksumKey, ledgerKey, sealingKey } = await deployment.startInstance().rootSecret.keys();
    const keys = [pepper, checksumKey, ledgerKey, sealingKey];
    expect(keys.map((key) => key.length)).toEqual([32, 32, 32, 32]);
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(4);
  });

  test('is read once a process, however many ask at once', async ({ expect }) => {
    const { rootSecret } = deployment.startInstance();
    await Promise.all(Array.from({ length: 50 }, () => rootSecret.keys()));
    const calls = callsOf(deployment.ssm);
    await rootSecret.keys();
    expect([calls, callsOf(deployment.ssm)]).toEqual([2, 2]);
  });

  test('of another deployment is refused, nothing is changed, and the right one is taken again', async ({ expect }) => {
    const right = await deployment.startInstance().rootSecret.keys();
    const { parameters } = deployment.clients();
    const rightValue = (await parameters.find(parameterName)) ?? '';
    await replace(`v1.${Buffer.alloc(32, 7).toString('base64url')}`);
    const instance = deployment.startInstance();
    expect(await outcomeOf(instance.rootSecret.keys())).toBe(mismatch);
    expect(instance.logLines.filter((line) => line.includes('root_secret_mismatch'))).toHaveLength(1);

    await replace(rightValue);
    const calls = callsOf(deployment.ssm, deployment.dynamo);
    expect(await outcomeOf(instance.rootSecret.keys())).toBe(mismatch);
    expect(callsOf(deployment.ssm, deployment.dynamo)).toBe(calls);
    deployment.clock.advance(3_000);
    expect(hexOf(await instance.rootSecret.keys())).toEqual(hexOf(right));
  });

  test('that is missing is not made again where the table knows one', async ({ expect }) => {
    await deployment.startInstance().rootSecret.keys();
    const empty = await startSsm({});
    const { parameters } = deployment.clients(empty.url);
    expect(await outcomeOf(deployment.startInstance({ ssmUrl: empty.url }).rootSecret.keys())).toBe(mismatch);
    expect(await parameters.find(parameterName)).toBeUndefined();
    await empty.close();
  });

  test.for(['', 'v2.abc', 'change-me'])('is not guessed from the parameter %j', async (value, { expect }) => {
    await replace(value || ' ');
    expect(await outcomeOf(deployment.startInstance().rootSecret.keys())).toBe(mismatch);
  });

  test('stands in no log line and in no item of the table', async ({ expect }) => {
    const instance = deployment.startInstance();
    const keys = await instance.rootSecret.keys();
    const { parameters, dynamo } = deployment.clients();
    const value = (await parameters.find(parameterName)) ?? '';
    const { items } = await dynamo.query('pennyworth', { pk: 'ROOT' });
    const seen = JSON.stringify([items, instance.logLines]);
    expect(items).toEqual([{ pk: 'ROOT', sk: 'F', v: 1, f: keys.fingerprint, created_at: expect.any(String) }]);
    expect(seen).not.toContain(value.slice(3));
  });

  test('out of reach is 503 and tried again', async ({ expect }) => {
    await deployment.ssm.close();
    expect(await outcomeOf(deployment.startInstance().rootSecret.keys())).toBe('503 auth_unavailable');
  });
});

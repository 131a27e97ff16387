import { afterAll, beforeAll, expect, test } from 'vitest';
import { AuditList } from '../../../shared/api/audit.ts';
import { Key } from '../../../shared/api/keys.ts';
import { signIn } from '../../contract/sign-in.ts';
import { type Cloud, type Deployment, deploy, startCloud } from './function.ts';

// A refused attempt is written after its answer, and Lambda freezes when the invocation returns: it must be there by then.

let cloud: Cloud;
let deployment: Deployment;
let token: string;
beforeAll(async () => {
  cloud = await startCloud();
  deployment = await deploy(cloud, { env: { POWERTOOLS_SERVICE_NAME: 'my-gateway' } });
  token = await signIn(cloud.stack.dev, cloud.stack.dev.user);
});
afterAll(async () => {
  await deployment?.stop();
  await cloud?.stack.stop();
});

async function call(path: string, credential: string, method = 'GET', body?: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' };
  const init = { method, headers, body: body === undefined ? null : JSON.stringify(body) };
  return (await fetch(`${deployment.url}${path}`, init)).json();
}

test('the next invocation finds the row of the one before', async () => {
  const { id, key = '' } = Key.parse(await call('/v1/keys', token, 'POST', { name: 'narrow', scopes: ['usage'] }));
  await call('/v1/models', key);
  const trail = async () => AuditList.parse(await call(`/v1/audit?target=${id}&action=key.refuse`, token)).data;
  expect(await trail()).toMatchObject([{ reason: 'insufficient_scope', actor_key: id }]);
  await call(`/v1/keys/${id}`, token, 'DELETE');
  await call('/v1/models', key);
  expect(await trail()).toMatchObject([{ reason: 'key_revoked' }, { reason: 'insufficient_scope' }]);
  expect(deployment.lambda.log()).toContain('"SuspiciousActivity":1,"event":"suspicious"');
});

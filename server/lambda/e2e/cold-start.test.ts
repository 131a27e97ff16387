import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerJson, startScriptedServer } from '../../aws/scripted-server.ts';
import { type Cloud, deploy, startCloud } from './function.ts';

// Cold starts that cannot succeed, or not yet: every answer says so without saying what is missing; the log says what.

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud?.stack.stop());

test('a missing variable is a 500 that names no secret; the log names the variable', async () => {
  const broken = await deploy(cloud, { env: { PENNYWORTH_TABLE: undefined } });
  try {
    const response = await fetch(`${broken.url}/v1/messages`, { method: 'POST', body: '{}' });
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ type: 'error', error: { type: 'api_error' } });
    expect(text).not.toMatch(/PENNYWORTH|arn:|pool/i);
    expect(broken.lambda.log()).toMatch(/cold_start_failed.*PENNYWORTH_TABLE/);
  } finally {
    await broken.stop();
  }
});

test('another secret than the one the table was made with is told as that', async () => {
  const broken = await deploy(cloud, { env: { PENNYWORTH_ROOT_SECRET_PARAMETER: '/pennyworth/denied' } });
  try {
    const response = await fetch(`${broken.url}/v1/me`, { headers: { 'x-api-key': cloud.stack.dev.api_key } });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { code: 'root_secret_mismatch' } });
  } finally {
    await broken.stop();
  }
});

const denied = { __type: 'AccessDeniedException', message: 'not authorized to perform: ssm:GetParameter' };

test('without the right to read the operator’s document it is a 500, until the right is there', async () => {
  let isAllowed = false;
  await using ssm = await startScriptedServer((_, response) =>
    isAllowed ? answerJson(response, 200, { Parameter: { Value: '{}' } }) : answerJson(response, 400, denied),
  );
  const env = { PENNYWORTH_CONFIG_PARAMETER: '/pennyworth/planted', AWS_ENDPOINT_URL_SSM: ssm.url };
  const deployment = await deploy(cloud, { env });
  try {
    const broken = await fetch(`${deployment.url}/v1/hello`);
    const text = await broken.text();
    expect(broken.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'gateway_misconfigured' } });
    expect(text).not.toMatch(/PENNYWORTH|planted|ssm/i);
    expect(deployment.lambda.log()).toMatch(
      /cold_start_failed.*PENNYWORTH_CONFIG_PARAMETER: \/pennyworth\/planted cannot be read: AccessDeniedException/,
    );
    isAllowed = true;
    await new Promise((resolve) => setTimeout(resolve, 3_100));
    expect((await fetch(`${deployment.url}/v1/hello`)).status).toBe(200);
  } finally {
    await deployment.stop();
  }
});

test('without the right to read the root secret no key is taken, and the log says why', async () => {
  await using ssm = await startScriptedServer((_, response) => answerJson(response, 400, denied));
  const deployment = await deploy(cloud, { env: { AWS_ENDPOINT_URL_SSM: ssm.url } });
  try {
    const response = await fetch(`${deployment.url}/v1/me`, { headers: { 'x-api-key': cloud.stack.dev.api_key } });
    const text = await response.text();
    expect(response.status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'auth_unavailable' } });
    expect(text).not.toMatch(/ssm|parameter/i);
    expect(deployment.lambda.log()).toMatch(/auth_unavailable.*AccessDeniedException/);
  } finally {
    await deployment.stop();
  }
});

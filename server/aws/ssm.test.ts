import { expect, test } from 'vitest';
import { answerJson, startScriptedServer } from './scripted-server.ts';
import { createParameters } from './ssm.ts';

async function startParameters(status: number, body: unknown) {
  const server = await startScriptedServer((_, response) => answerJson(response, status, body));
  const environment = { AWS_ENDPOINT_URL_SSM: server.url };
  const credentials = () => ({ accessKeyId: 'AKIA1', secretAccessKey: 'secret' });
  const parameters = createParameters({ region: 'us-west-2', credentials, environment });
  return { parameters, server, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test('a parameter is read decrypted', async () => {
  await using context = await startParameters(200, {
    Parameter: { Name: '/p', Type: 'SecureString', Value: 'secret' },
  });
  expect(await context.parameters.find('/p')).toBe('secret');
  expect(context.server.requests[0]).toMatchObject({
    body: '{"Name":"/p","WithDecryption":true}',
    headers: { 'x-amz-target': 'AmazonSSM.GetParameter' },
  });
});

test('an absent parameter is undefined', async () => {
  await using context = await startParameters(400, { __type: 'ParameterNotFound' });
  expect(await context.parameters.find('/p')).toBeUndefined();
});

test('a parameter is made as a SecureString and never overwritten', async () => {
  await using fresh = await startParameters(200, { Tier: 'Standard', Version: 1 });
  expect(await fresh.parameters.create('/p', 'secret')).toBe('created');
  expect(JSON.parse(fresh.server.requests[0]?.body ?? '')).toEqual({
    Name: '/p',
    Value: 'secret',
    Type: 'SecureString',
    Overwrite: false,
  });
  await using taken = await startParameters(400, { __type: 'ParameterAlreadyExists', message: 'exists' });
  expect(await taken.parameters.create('/p', 'secret')).toBe('exists');
});

test('a missing right is an error of both', async () => {
  await using context = await startParameters(400, { __type: 'AccessDeniedException', Message: 'not authorized' });
  const expected = { name: 'AccessDeniedException', message: 'not authorized', service: 'ssm' };
  await expect(context.parameters.find('/p')).rejects.toMatchObject(expected);
  await expect(context.parameters.create('/p', 'v')).rejects.toMatchObject(expected);
});

test('an answer without a value is an error, not an empty secret', async () => {
  await using context = await startParameters(200, { Parameter: {} });
  await expect(context.parameters.find('/p')).rejects.toMatchObject({ name: 'UnreadableAnswerError' });
});

test('without credentials nothing is sent, and the error says what to set', async () => {
  await using server = await startScriptedServer((_, response) => answerJson(response, 200, {}));
  const environment = { AWS_ENDPOINT_URL: server.url };
  const credentials = () => Promise.reject(new Error('no provider has any'));
  const parameters = createParameters({ region: 'us-west-2', credentials, environment });
  await expect(parameters.find('/p')).rejects.toMatchObject({
    name: 'CredentialsProviderError',
    message: expect.stringContaining('AWS_ACCESS_KEY_ID'),
    status: 0,
    attempts: 1,
  });
  expect(server.connections.total).toBe(0);
});

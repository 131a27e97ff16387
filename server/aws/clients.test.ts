import { expect, test } from 'vitest';
import { createAwsClients } from './clients.ts';
import { answerJson, startScriptedServer } from './scripted-server.ts';

test('the clients work with nothing but the variables of the environment', async () => {
  await using server = await startScriptedServer(({ headers }, response) => {
    if (headers['x-amz-target'] === 'AmazonSSM.GetParameter') answerJson(response, 200, { Parameter: { Value: 'v' } });
    else answerJson(response, 200, { Username: 'ada', Enabled: true });
  });
  const { dynamo, cognito, parameters, bedrock } = createAwsClients({
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL: server.url,
    AWS_ACCESS_KEY_ID: 'AKIA1',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
  });
  await dynamo.getItem('table', { pk: 'a', sk: 'b' });
  await cognito.adminGetUser('pool', 'ada');
  await parameters.find('/p');
  await bedrock.converse('amazon.nova-lite-v1:0', {}, { signal: new AbortController().signal });
  const scopes = server.requests.map(({ headers }) => /eu-central-1\/[\w-]+/.exec(headers.authorization ?? '')?.[0]);
  expect(scopes).toEqual(['dynamodb', 'cognito-idp', 'ssm', 'bedrock'].map((service) => `eu-central-1/${service}`));
  expect(server.requests.map(({ headers }) => headers['x-amz-security-token'])).toEqual(Array(4).fill('token'));
});

test('a variable that cannot be used stops the start with its name', () => {
  expect(() => createAwsClients({ AWS_ENDPOINT_URL_SSM: 'localhost:1' })).toThrow(/^AWS_ENDPOINT_URL_SSM /);
});

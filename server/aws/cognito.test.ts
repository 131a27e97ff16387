import { expect, test } from 'vitest';
import { createCognitoReader } from './cognito.ts';
import { answerJson, startScriptedServer } from './scripted-server.ts';

async function startCognito(status: number, body: unknown) {
  const server = await startScriptedServer((_, response) => answerJson(response, status, body));
  const environment = { AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: server.url };
  const credentials = () => ({ accessKeyId: 'AKIA1', secretAccessKey: 'secret' });
  const reader = createCognitoReader({ region: 'us-west-2', credentials, environment });
  return { reader, server, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test('a person is read with attributes and second factors', async () => {
  await using context = await startCognito(200, {
    Enabled: true,
    UserAttributes: [
      { Name: 'email', Value: 'ada@example.com' },
      { Name: 'custom:k01', Value: '{"v":1}' },
      { Name: 'name' },
    ],
    UserCreateDate: 1.761e9,
    UserMFASettingList: ['SOFTWARE_TOKEN_MFA'],
    UserStatus: 'CONFIRMED',
    Username: 'ada',
  });
  expect(await context.reader.adminGetUser('us-west-2_Ab', 'ada')).toEqual({
    username: 'ada',
    enabled: true,
    status: 'CONFIRMED',
    createdAt: 1.761e12,
    attributes: new Map([
      ['email', 'ada@example.com'],
      ['custom:k01', '{"v":1}'],
      ['name', ''],
    ]),
    mfaSettings: ['SOFTWARE_TOKEN_MFA'],
  });
  expect(context.server.requests[0]).toMatchObject({
    body: '{"UserPoolId":"us-west-2_Ab","Username":"ada"}',
    headers: {
      'x-amz-target': 'AWSCognitoIdentityProviderService.AdminGetUser',
      'content-type': 'application/x-amz-json-1.1',
    },
  });
});

test('a person without second factors has none', async () => {
  await using context = await startCognito(200, { Username: 'ada', Enabled: false, UserStatus: 'UNCONFIRMED' });
  expect(await context.reader.adminGetUser('us-west-2_Ab', 'ada')).toEqual({
    username: 'ada',
    enabled: false,
    status: 'UNCONFIRMED',
    createdAt: 0,
    attributes: new Map(),
    mfaSettings: [],
  });
});

test('nobody is undefined, a missing pool is an error', async () => {
  await using nobody = await startCognito(400, { __type: 'UserNotFoundException', message: 'User does not exist.' });
  expect(await nobody.reader.adminGetUser('us-west-2_Ab', 'ada')).toBeUndefined();
  await using noPool = await startCognito(400, { __type: 'ResourceNotFoundException', message: 'no pool' });
  await expect(noPool.reader.adminGetUser('us-west-2_Ab', 'ada')).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'no pool',
    status: 400,
    attempts: 1,
  });
});

test('the groups of a person are read from all pages', async () => {
  const pages = [{ Groups: [{ GroupName: 'admin' }, {}], NextToken: 'more' }, { Groups: [{ GroupName: 'red' }] }];
  await using server = await startScriptedServer((_, response) => answerJson(response, 200, pages.shift()));
  const environment = { AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: server.url };
  const credentials = () => ({ accessKeyId: 'AKIA1', secretAccessKey: 'secret' });
  const reader = createCognitoReader({ region: 'us-west-2', credentials, environment });
  expect(await reader.adminListGroupsForUser('us-west-2_Ab', 'ada')).toEqual(['admin', 'red']);
  expect(server.requests.map(({ body }) => JSON.parse(body).NextToken)).toEqual([undefined, 'more']);
});

test('the groups of nobody are undefined, an answer without groups is an error', async () => {
  await using nobody = await startCognito(400, { __type: 'UserNotFoundException', message: 'User does not exist.' });
  expect(await nobody.reader.adminListGroupsForUser('us-west-2_Ab', 'ada')).toBeUndefined();
  await using broken = await startCognito(200, {});
  const read = broken.reader.adminListGroupsForUser('us-west-2_Ab', 'ada');
  await expect(read).rejects.toMatchObject({ name: 'UnreadableAnswerError' });
});

test('an answer without a person in it is an error, not somebody', async () => {
  await using context = await startCognito(200, {});
  const read = context.reader.adminGetUser('us-west-2_Ab', 'ada');
  await expect(read).rejects.toMatchObject({ name: 'UnreadableAnswerError' });
});

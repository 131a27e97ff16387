import {
  AdminListGroupsForUserCommand,
  CognitoIdentityProviderClient,
  CreateGroupCommand,
  ListUsersCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerJson, startScriptedServer } from '../aws/scripted-server.ts';
import { Deployment } from '../keys/test-deployment.ts';
import { createLogger } from '../observe/logger.ts';
import { type AdminPool, type CustomResourceEvent, isCustomResourceEvent, makeFirstAdmin } from './first-admin.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await Deployment.start();
  const group = { UserPoolId: deployment.userPoolId, GroupName: 'admin' };
  await deployment.admin.send(new CreateGroupCommand(group));
});
afterAll(() => deployment.close());

const ids = { StackId: 'arn:aws:cloudformation:x', RequestId: 'r1', LogicalResourceId: 'FirstAdmin' };

/** What CloudFormation is told, and what is logged. */
async function run(
  RequestType: CustomResourceEvent['RequestType'],
  Email: unknown,
  pool: AdminPool = { cognito: deployment.admin, userPoolId: deployment.userPoolId },
) {
  await using server = await startScriptedServer((_, response) => response.end());
  const lines: string[] = [];
  const event = {
    ...ids,
    RequestType,
    ResponseURL: `${server.url}/outcome?X-Amz-Signature=abc`,
    ResourceProperties: { Email },
  };
  const logger = createLogger((line) => lines.push(line));
  await makeFirstAdmin(event, pool, logger);
  expect(server.requests).toMatchObject([{ method: 'PUT', url: '/outcome?X-Amz-Signature=abc' }]);
  expect(server.requests[0]?.headers['content-type'] ?? '').toBe('');
  return { told: JSON.parse(server.requests[0]?.body ?? ''), lines };
}

async function adminsWith(email: string): Promise<readonly (string | undefined)[]> {
  const { userPoolId: UserPoolId, admin } = deployment;
  const { Users = [] } = await admin.send(new ListUsersCommand({ UserPoolId, Filter: `email = "${email}"` }));
  const groups = Users.map(({ Username }) => admin.send(new AdminListGroupsForUserCommand({ UserPoolId, Username })));
  return (await Promise.all(groups)).map(({ Groups }) => Groups?.[0]?.GroupName);
}

test('the person is invited once and in the group, however often the stack asks', async () => {
  const succeeded = { ...ids, Status: 'SUCCESS', PhysicalResourceId: 'first-admin' };
  expect((await run('Create', 'ada@example.com')).told).toEqual(succeeded);
  expect((await run('Update', 'ada@example.com')).told).toEqual(succeeded);
  expect(await adminsWith('ada@example.com')).toEqual(['admin']);
  const { Users } = await deployment.admin.send(
    new ListUsersCommand({ UserPoolId: deployment.userPoolId, Filter: 'email = "ada@example.com"' }),
  );
  expect(Users?.[0]).toMatchObject({
    UserStatus: 'FORCE_CHANGE_PASSWORD',
    Username: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
});

test('another address adds, and neither it nor a deleted resource removes anyone', async () => {
  await run('Create', 'bea@example.com');
  await run('Update', 'cem@example.com');
  expect((await run('Delete', 'cem@example.com')).told).toMatchObject({ Status: 'SUCCESS' });
  expect(await adminsWith('bea@example.com')).toEqual(['admin']);
  expect(await adminsWith('cem@example.com')).toEqual(['admin']);
});

test('capitals make no other person', async () => {
  await run('Create', 'Eve@Example.com');
  expect((await run('Update', 'eve@example.COM')).told).toMatchObject({ Status: 'SUCCESS' });
  expect(await adminsWith('eve@example.com')).toEqual(['admin']);
});

test('of several with the address it is the one who has it verified', async () => {
  const user = (Username: string, email_verified: string) => ({
    Username,
    Attributes: [{ Name: 'email_verified', Value: email_verified }],
  });
  await using cognito = await startScriptedServer(({ headers }, response) => {
    const isList = headers['x-amz-target']?.toString().endsWith('ListUsers');
    answerJson(response, 200, isList ? { Users: [user('other', 'false'), user('ada', 'true')] } : {});
  });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new CognitoIdentityProviderClient({ region: 'us-west-2', endpoint: cognito.url, credentials });
  await run('Create', 'ada@example.com', { cognito: client, userPoolId: 'p' });
  expect(JSON.parse(cognito.requests.at(-1)?.body ?? '')).toMatchObject({ Username: 'ada', GroupName: 'admin' });
  client.destroy();
});

test('a role that is not known everywhere yet is waited for, not for ever', async () => {
  let denials = 2;
  await using cognito = await startScriptedServer(({ headers }, response) => {
    const isList = headers['x-amz-target']?.toString().endsWith('ListUsers');
    if (isList && denials-- > 0) answerJson(response, 400, { __type: 'AccessDeniedException', message: 'not yet' });
    else answerJson(response, 200, isList ? { Users: [{ Username: 'ada' }] } : {});
  });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new CognitoIdentityProviderClient({ region: 'us-west-2', endpoint: cognito.url, credentials });
  const ask = async () =>
    (await run('Create', 'ada@example.com', { cognito: client, userPoolId: 'p', pauseMs: 1 })).told;
  expect(await ask()).toMatchObject({ Status: 'SUCCESS' });
  denials = 1_000;
  expect(await ask()).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('AccessDeniedException') });
  expect(denials).toBe(988);
  client.destroy();
});

test.each([['no address'], ['a"b@example.com'], [''], [7], [undefined]])(
  '%j is refused, and the stack is told why',
  async (email) => {
    const { told, lines } = await run('Create', email);
    expect(told).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('AdminEmail') });
    expect(lines.join()).toContain('first_admin_failed');
  },
);

test('a pool that cannot be reached fails the stack instead of letting it wait', async () => {
  const { told } = await run('Create', 'dan@example.com', {
    cognito: deployment.admin,
    userPoolId: 'us-west-2_absent',
  });
  expect(told).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('ResourceNotFoundException') });
});

test('only CloudFormation’s events are taken', () => {
  const event = { ...ids, RequestType: 'Create', ResponseURL: 'https://x', ResourceProperties: {} };
  expect(isCustomResourceEvent(event)).toBe(true);
  for (const other of [null, {}, { ...event, ResponseURL: undefined, RequestType: undefined }, { Records: [] }]) {
    expect(isCustomResourceEvent(other)).toBe(other !== null && 'RequestType' in other);
  }
});

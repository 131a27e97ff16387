import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AdminAddUserToGroupCommand,
  AdminGetUserCommand,
  AdminListGroupsForUserCommand,
  AdminUpdateUserAttributesCommand,
  CreateGroupCommand,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
  DeleteUserPoolCommand,
  DescribeUserPoolClientCommand,
  DescribeUserPoolCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  InitiateAuthCommand,
  ListUserPoolClientsCommand,
  ListUserPoolsCommand,
  ListUsersCommand,
  RespondToAuthChallengeCommand,
  SignUpCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startCognito } from './emulator.ts';
import { defaultLimits } from './limits.ts';
import {
  connect,
  createPool,
  createUser,
  goodPassword,
  required,
  signIn,
  signInForTokens,
  startPool,
  type TestPool,
} from './testing.ts';

let folder: string;
const open: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cognito-'));
});
afterEach(async () => {
  for (const running of open.splice(0)) await running.close();
  await rm(folder, { recursive: true });
});

function keep<T extends { close(): Promise<void> }>(running: T): T {
  open.push(running);
  return running;
}

const portOf = (url: string) => Number(new URL(url).port);

/** The same pool behind another emulator. */
async function reopen(pool: TestPool): Promise<TestPool> {
  const emulator = keep(await startCognito({ dataDir: folder, port: portOf(pool.url) }));
  return { ...pool, url: emulator.url, sdk: connect(emulator.url), calls: emulator.calls };
}

async function expectEverything(pool: TestPool, tokens: Awaited<ReturnType<typeof signInForTokens>>): Promise<void> {
  const target = { UserPoolId: pool.userPoolId, Username: 'anna' };
  expect(await pool.sdk.send(new GetUserCommand({ AccessToken: tokens.access }))).toMatchObject({ Username: 'anna' });
  const { ClientId, RefreshToken } = { ClientId: pool.clientId, RefreshToken: tokens.refresh };
  const { AuthenticationResult } = await pool.sdk.send(
    new GetTokensFromRefreshTokenCommand({ ClientId, RefreshToken }),
  );
  expect(AuthenticationResult).toMatchObject({ TokenType: 'Bearer' });
  expect(await signIn(pool, 'anna@example.com', goodPassword)).toMatchObject({ kind: 'tokens' });
  const { UserAttributes } = await pool.sdk.send(new AdminGetUserCommand(target));
  expect(UserAttributes).toContainEqual({ Name: 'custom:k01', Value: 'last write' });
  const { Groups } = await pool.sdk.send(new AdminListGroupsForUserCommand(target));
  expect(Groups?.map((group) => group.GroupName)).toEqual(['admin']);
}

async function fill(pool: TestPool): Promise<Awaited<ReturnType<typeof signInForTokens>>> {
  await createUser(pool, 'anna');
  const target = { UserPoolId: pool.userPoolId, Username: 'anna' };
  await pool.sdk.send(new CreateGroupCommand({ UserPoolId: pool.userPoolId, GroupName: 'admin' }));
  await pool.sdk.send(new AdminAddUserToGroupCommand({ ...target, GroupName: 'admin' }));
  const tokens = await signInForTokens(pool, 'anna');
  const UserAttributes = [{ Name: 'custom:k01', Value: 'last write' }];
  await pool.sdk.send(new AdminUpdateUserAttributesCommand({ ...target, UserAttributes }));
  return tokens;
}

describe('the state', () => {
  test('is the same after a restart in the same folder, tokens included, and holds no password or token', async () => {
    const pool = await startPool({ emulator: { dataDir: folder } });
    const tokens = await fill(pool);
    const described = await pool.sdk.send(new DescribeUserPoolCommand({ UserPoolId: pool.userPoolId }));
    await pool.close();
    const file = path.join(folder, 'cognito.jsonl');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, 'utf8');
    for (const secret of [goodPassword, tokens.refresh, tokens.access]) expect(text).not.toContain(secret);
    const again = await reopen(pool);
    await expectEverything(again, tokens);
    const { UserPool } = await again.sdk.send(new DescribeUserPoolCommand({ UserPoolId: pool.userPoolId }));
    expect(UserPool).toEqual(described.UserPool);
  });

  test('survives kill -9 right after an answer', async () => {
    const entry = new URL('./emulator.ts', import.meta.url).href;
    const script = `const { startCognito } = await import('${entry}');
      console.log((await startCognito({ dataDir: ${JSON.stringify(folder)} })).url);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const url = await new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(`${data}`.trim())));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const pool = await createPool({ url, calls: new Map(), close: async () => void child.kill('SIGKILL') });
    const tokens = await fill(pool);
    await pool.close();
    await ended;
    await expectEverything(await reopen(pool), tokens);
  });

  test('is only in memory without a folder', async () => {
    const pool = keep(await startPool());
    await createUser(pool, 'anna');
    const other = keep(await startCognito({}));
    const { UserPools } = await connect(other.url).send(new ListUserPoolsCommand({ MaxResults: 60 }));
    expect(UserPools).toEqual([]);
  });

  test('is left alone when the port is taken', async () => {
    const pool = keep(await startPool({ emulator: { dataDir: folder } }));
    const elsewhere = await mkdtemp(path.join(tmpdir(), 'cognito-'));
    await expect(startCognito({ dataDir: elsewhere, port: portOf(pool.url) })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    await rm(elsewhere, { recursive: true });
  });
});

describe('a call', () => {
  test.for([
    ['a wrong secret', { accessKeyId: 'local', secretAccessKey: 'wrong' }, 'InvalidSignatureException'],
    ['an unknown key id', { accessKeyId: 'other', secretAccessKey: 'local' }, 'UnrecognizedClientException'],
  ] as const)('that an admin makes is refused with %s', async ([, credentials, name], { expect }) => {
    const pool = keep(await startPool());
    const stranger = connect(pool.url, credentials);
    const input = { UserPoolId: pool.userPoolId, Username: 'anna' };
    await expect(stranger.send(new AdminGetUserCommand(input))).rejects.toMatchObject({ name });
    stranger.destroy();
  });

  test('is refused unsigned, for another service, changed, unknown, or not in JSON; and all are counted', async () => {
    const pool = keep(await startPool());
    const post = async (operation: string, body: string, headers: Record<string, string> = {}) => {
      const response = await fetch(pool.url, {
        method: 'POST',
        headers: { 'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`, ...headers },
        body,
      });
      const type = response.headers.get('x-amzn-errortype');
      const answer: unknown = await response.json();
      expect(answer).toMatchObject({ __type: type });
      return [response.status, type];
    };
    expect(await post('AdminGetUser', '{}')).toEqual([400, 'MissingAuthenticationTokenException']);
    expect(await post('AdminConjureUser', '{}')).toEqual([400, 'UnknownOperationException']);
    expect(await post('GetUser', '{')).toEqual([400, 'SerializationException']);
    expect(await post('GetUser', '[]')).toEqual([400, 'InvalidParameterException']);
    expect(await post('GetUser', '{}')).toEqual([400, 'InvalidParameterException']);
    await expect(
      pool.sdk.send(new SignUpCommand({ ClientId: pool.clientId, Username: 'anna', Password: goodPassword })),
    ).rejects.toMatchObject({ name: 'UnknownOperationException' });
    expect(Object.fromEntries(pool.calls)).toEqual({
      CreateUserPool: 1,
      CreateUserPoolClient: 1,
      AdminGetUser: 1,
      AdminConjureUser: 1,
      GetUser: 3,
      SignUp: 1,
    });
  });

  test('names the member that is missing', async () => {
    const pool = keep(await startPool());
    const answer = await fetch(pool.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth' },
      body: JSON.stringify({ AuthFlow: 'USER_SRP_AUTH', ClientId: null }),
    });
    expect(await answer.json()).toEqual({
      __type: 'InvalidParameterException',
      message:
        "1 validation error detected: Value null at 'clientId' failed to satisfy constraint: Member must not be null",
    });
  });

  test('is refused when its person is asked for too often, for this person alone', async () => {
    let time = Date.now();
    const limits = { user: { read: 10, write: 2 } };
    const pool = keep(await startPool({ emulator: { now: () => time, limits } }));
    await createUser(pool, 'anna');
    await createUser(pool, 'berta');
    const read = async (Username: string) =>
      pool.sdk.send(new AdminGetUserCommand({ UserPoolId: pool.userPoolId, Username })).then(
        () => 'ok',
        (error: Error) => error.name,
      );
    const many = await Promise.all(Array.from({ length: 25 }, () => read('anna')));
    expect(many.filter((result) => result === 'ok')).toHaveLength(10);
    expect(new Set(many)).toEqual(new Set(['ok', 'TooManyRequestsException']));
    expect(await read('berta')).toBe('ok');
    time += 100;
    expect([await read('anna'), await read('anna')]).toEqual(['ok', 'TooManyRequestsException']);
    limits.user.read = 1000;
    time += 1000;
    expect(await Promise.all(Array.from({ length: 25 }, () => read('anna')))).toEqual(Array(25).fill('ok'));
  });

  test('is refused when its account makes too many of its kind', async () => {
    const time = Date.now();
    const pool = keep(await startPool({ emulator: { now: () => time, limits: { account: { UserCreation: 3 } } } }));
    for (const name of ['a', 'b', 'c']) await createUser(pool, name);
    await expect(createUser(pool, 'd')).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      message: 'Rate exceeded',
      $metadata: { httpStatusCode: 400 },
    });
    expect(await signIn(pool, 'a', goodPassword)).toMatchObject({ kind: 'tokens' });
  });

  test('is refused by Cognito’s own quotas, which answers to challenges have apart from sign-ins', async () => {
    let time = Date.now();
    const pool = keep(await startPool({ emulator: { now: () => time, limits: defaultLimits } }));
    const count = async (times: number, send: () => Promise<unknown>) => {
      const sent = await Promise.allSettled(Array.from({ length: times }, send));
      return sent.filter((result) => result.status === 'fulfilled' || result.reason.name !== 'TooManyRequestsException')
        .length;
    };
    const { sdk, userPoolId: UserPoolId, clientId: ClientId } = pool;
    const start = () => sdk.send(new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_SRP_AUTH' }));
    const answer = () => sdk.send(new RespondToAuthChallengeCommand({ ClientId, ChallengeName: 'PASSWORD_VERIFIER' }));
    expect(await count(35, () => sdk.send(new ListUsersCommand({ UserPoolId })))).toBe(30);
    expect(await count(365, answer)).toBe(365);
    expect(await count(120, start)).toBe(115);
    expect(await count(1, answer)).toBe(0);
    time += 1000;
    expect(await count(125, start)).toBe(120);
    expect(await count(365, answer)).toBe(360);
  });
});

describe('a pool', () => {
  test('is described as it was made, with its defaults', async () => {
    const pool = keep(await startPool());
    const { UserPool } = await pool.sdk.send(new DescribeUserPoolCommand({ UserPoolId: pool.userPoolId }));
    expect(UserPool).toMatchObject({
      Id: expect.stringMatching(/^us-west-2_[0-9A-Za-z]{9}$/),
      Arn: `arn:aws:cognito-idp:us-west-2:123456789012:userpool/${pool.userPoolId}`,
      Name: 'test',
      AliasAttributes: ['email'],
      MfaConfiguration: 'OFF',
      DeletionProtection: 'INACTIVE',
      Policies: { PasswordPolicy: { MinimumLength: 8, RequireSymbols: true, TemporaryPasswordValidityDays: 7 } },
    });
    const names = required(UserPool?.SchemaAttributes).map((attribute) => attribute.Name);
    expect(names).toEqual(expect.arrayContaining(['sub', 'email', 'custom:k01', 'custom:policy']));
    const { UserPoolClients } = await pool.sdk.send(new ListUserPoolClientsCommand({ UserPoolId: pool.userPoolId }));
    expect(UserPoolClients).toEqual([{ ClientId: pool.clientId, ClientName: 'test', UserPoolId: pool.userPoolId }]);
    const { UserPoolClient } = await pool.sdk.send(
      new DescribeUserPoolClientCommand({ UserPoolId: pool.userPoolId, ClientId: pool.clientId }),
    );
    expect(UserPoolClient).toMatchObject({
      ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'],
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 },
      EnableTokenRevocation: true,
      RefreshTokenValidity: 30,
    });
  });

  test('takes a new policy, keeps what is chosen once, and goes only when nothing protects it', async () => {
    const pool = keep(await startPool());
    const target = { UserPoolId: pool.userPoolId };
    await createUser(pool, 'anna');
    const PasswordPolicy = { MinimumLength: 20 };
    await pool.sdk.send(
      new UpdateUserPoolCommand({ ...target, Policies: { PasswordPolicy }, DeletionProtection: 'ACTIVE' }),
    );
    const { UserPool } = await pool.sdk.send(new DescribeUserPoolCommand(target));
    expect(UserPool).toMatchObject({ AliasAttributes: ['email'], Policies: { PasswordPolicy } });
    await expect(createUser(pool, 'berta')).rejects.toMatchObject({ name: 'InvalidPasswordException' });
    await expect(pool.sdk.send(new DeleteUserPoolCommand(target))).rejects.toThrow('deletion protection is activated');
    await pool.sdk.send(new UpdateUserPoolCommand(target));
    await pool.sdk.send(new DeleteUserPoolCommand(target));
    await expect(pool.sdk.send(new DescribeUserPoolCommand(target))).rejects.toThrow(
      `User pool ${pool.userPoolId} does not exist.`,
    );
    await expect(signIn(pool, 'anna', goodPassword)).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
  });

  test.for<Partial<CreateUserPoolCommandInput>>([
    { LambdaConfig: { PreSignUp: 'arn:aws:lambda:us-west-2:123456789012:function:x' } },
    { UsernameAttributes: ['email'] },
    { AliasAttributes: ['phone_number'] },
    { SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::123456789012:role/x' } },
  ])('with %o is refused, because nothing here would act on it', async (settings, { expect }) => {
    const emulator = keep(await startCognito({}));
    const command = new CreateUserPoolCommand({ PoolName: 'x', ...settings });
    await expect(connect(emulator.url).send(command)).rejects.toThrow(Object.keys(settings)[0]);
  });
});

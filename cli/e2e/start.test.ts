import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CognitoIdentityProviderClient, CreateUserPoolCommand } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type LocalStack, startStack } from '../../bin/local-stack.ts';

const root = path.dirname(path.dirname(import.meta.dirname));

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Process ids whose command line names the folder or that descend from `pid`. */
function children(pid: number): number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  const direct = list === '' ? [] : list.split(' ').map(Number);
  return direct.flatMap((child) => [child, ...children(child)]);
}

async function ask(stack: LocalStack): Promise<string> {
  const client = new OpenAI({ baseURL: `${stack.dev.url}/v1`, apiKey: stack.dev.api_key, maxRetries: 0 });
  const answer = await client.chat.completions.create({
    model: stack.dev.model,
    messages: [{ role: 'user', content: 'Hello!' }],
  });
  return answer.choices[0]?.message.content ?? '';
}

describe('one folder over several starts', () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'pennyworth-start-'));
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  test('is ready soon, writes dev.json for its owner only, and ends with everything on SIGTERM', async ({ expect }) => {
    const stack = await startStack({ dataDir });
    expect(stack.readyAfterMs).toBeLessThan(25_000);
    const file = path.join(dataDir, 'dev.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject(stack.dev);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await ask(stack)).toContain('simulated answer');
    const family = [stack.dev.pid, ...children(stack.dev.pid)];
    expect(family.length).toBe(2);
    const asked = performance.now();
    expect(await stack.stop()).toBe(0);
    expect(performance.now() - asked).toBeLessThan(10_000);
    expect(family.filter(isAlive)).toEqual([]);
    expect(existsSync(file)).toBe(true);
  });

  test('keeps key, people and ledger over kill -9 of the gateway, whose emulators end with it', async ({ expect }) => {
    const first = await startStack({ dataDir });
    await ask(first);
    const family = [first.dev.pid, ...children(first.dev.pid)];
    await first.stop('SIGKILL');
    await expect.poll(() => family.filter(isAlive), { timeout: 10_000 }).toEqual([]);
    const second = await startStack({ dataDir });
    try {
      const { api_key, user, admin } = second.dev;
      expect({ api_key, user, admin }).toEqual({
        api_key: first.dev.api_key,
        user: first.dev.user,
        admin: first.dev.admin,
      });
      expect(await ask(second)).toContain('simulated answer');
    } finally {
      await second.stop();
    }
  });

  test('a call whose gateway is killed between reserve and settle stays held, and the next call works', async ({
    expect,
  }) => {
    const first = await startStack({ dataDir });
    const response = await fetch(`${first.dev.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${first.dev.api_key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: first.dev.model,
        stream: true,
        messages: [{ role: 'user', content: 'Slowly. [[sim:{"text":["a","b","c"],"chunkDelayMs":5000}]]' }],
      }),
    });
    const id = response.headers.get('x-request-id') ?? '';
    await first.stop('SIGKILL');
    await response.text().catch(() => undefined);
    const second = await startStack({ dataDir });
    try {
      const dynamo = new DynamoDBClient({
        endpoint: second.dev.endpoints['dynamodb'] ?? '',
        region: second.dev.region,
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      });
      const { Item } = await dynamo.send(
        new GetItemCommand({
          TableName: second.dev.env['PENNYWORTH_TABLE'],
          Key: { pk: { S: `U#${second.dev.user.username}` }, sk: { S: 'B' } },
        }),
      );
      dynamo.destroy();
      const hold = Item?.['r']?.M?.[id]?.M;
      expect(Number(hold?.['e']?.N)).toBeGreaterThan(0);
      expect(Number(hold?.['x']?.N)).toBeGreaterThan(Date.now());
      expect(await ask(second)).toContain('simulated answer');
    } finally {
      await second.stop();
    }
  });

  test('a gateway whose emulators die ends by itself', async ({ expect }) => {
    const stack = await startStack({ dataDir });
    const [emulators] = children(stack.dev.pid);
    if (emulators === undefined) throw new Error('no emulator process');
    process.kill(emulators, 'SIGKILL');
    await expect.poll(() => isAlive(stack.dev.pid), { timeout: 10_000 }).toBe(false);
    expect(await stack.stop()).toBe(1);
  });

  test('refuses a folder that another stack uses, and a port that is taken, in one line', async ({ expect }) => {
    const stack = await startStack({ dataDir });
    try {
      await expect(startStack({ dataDir })).rejects.toThrow(/in use by process/);
      const port = new URL(stack.dev.url).port;
      await expect(startStack({ args: ['--port', port] })).rejects.toThrow(`port ${port} is taken`);
    } finally {
      await stack.stop();
    }
  });
});

describe('two stacks', () => {
  let first: LocalStack;
  let second: LocalStack;
  beforeAll(async () => {
    [first, second] = await Promise.all([startStack(), startStack()]);
  });
  afterAll(async () => {
    await Promise.all([first.stop(), second.stop()]);
  });

  test('run side by side and do not know each other’s keys', async ({ expect }) => {
    expect(await Promise.all([ask(first), ask(second)])).toHaveLength(2);
    const stranger = new OpenAI({ baseURL: `${second.dev.url}/v1`, apiKey: first.dev.api_key, maxRetries: 0 });
    await expect(stranger.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });

  test('an endpoint that is set is obeyed, and what is missing behind it is made', async ({ expect }) => {
    const { endpoints } = second.dev;
    const env = {
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: endpoints['bedrock_runtime'] ?? '',
      AWS_ENDPOINT_URL_DYNAMODB: endpoints['dynamodb'] ?? '',
      AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: endpoints['cognito_identity_provider'] ?? '',
      // Tables of its own: the other stack's carry the fingerprint of another root secret.
      PENNYWORTH_TABLE: 'pennyworth-third',
      PENNYWORTH_AUDIT_TABLE: 'pennyworth-third-audit',
    };
    const third = await startStack({ env });
    try {
      expect(third.dev.endpoints).toMatchObject({
        bedrock_runtime: endpoints['bedrock_runtime'],
        dynamodb: endpoints['dynamodb'],
        cognito_identity_provider: endpoints['cognito_identity_provider'],
      });
      // Found by name, not made a second time.
      expect(third.dev.user_pool_id).toBe(second.dev.user_pool_id);
      expect(third.dev.client_id).toBe(second.dev.client_id);
      expect(await ask(third)).toContain('simulated answer');
    } finally {
      await third.stop();
    }
  });

  test('a pool that a variable names is the one that is used', async ({ expect }) => {
    const region = 'us-west-2';
    const endpoint = second.dev.endpoints['cognito_identity_provider'] ?? '';
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const cognito = new CognitoIdentityProviderClient({ region, endpoint, credentials });
    const { UserPool } = await cognito.send(
      new CreateUserPoolCommand({
        PoolName: 'mine',
        AliasAttributes: ['email'],
        Schema: [{ Name: 'k01', AttributeDataType: 'String', Mutable: true }],
      }),
    );
    cognito.destroy();
    const env = {
      AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: endpoint,
      PENNYWORTH_USER_POOL_ID: UserPool?.Id ?? '',
    };
    const stack = await startStack({ env });
    try {
      expect(stack.dev.user_pool_id).toBe(UserPool?.Id);
      expect(await ask(stack)).toContain('simulated answer');
    } finally {
      await stack.stop();
    }
  });

  test('a table of another root secret is never written over', async ({ expect }) => {
    const env = { AWS_ENDPOINT_URL_DYNAMODB: second.dev.endpoints['dynamodb'] ?? '' };
    await expect(startStack({ env })).rejects.toThrow(/root secret/i);
  });
});

describe('npm start', () => {
  const start = (dataDir: string) =>
    spawn('npm', ['start', '--silent', '--', '--json', '--port', '0', '--data', dataDir], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });

  test.for([
    { name: 'SIGTERM to npm’s own process', signal: 'SIGTERM' as const, group: false },
    { name: 'SIGTERM to the group', signal: 'SIGTERM' as const, group: true },
    { name: 'Ctrl-C (SIGINT to the group)', signal: 'SIGINT' as const, group: true },
  ])('ends whole on $name', async ({ signal, group }, { expect }) => {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'pennyworth-npm-'));
    const npm = start(dataDir);
    const { pid } = npm;
    if (pid === undefined) throw new Error('npm did not start');
    const exited = new Promise<void>((resolve) => npm.once('exit', () => resolve()));
    const line = await new Promise<string>((resolve) => npm.stdout.once('data', (text) => resolve(String(text))));
    expect(line.split('\n')).toHaveLength(2);
    expect(JSON.parse(line)).toHaveProperty('api_key');
    const family = [pid, ...children(pid)];
    process.kill(group ? -pid : pid, signal);
    await exited;
    await expect.poll(() => family.filter(isAlive), { timeout: 10_000 }).toEqual([]);
    rmSync(dataDir, { recursive: true, force: true });
  });
});

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Emulator } from '../emulator.ts';
import { startSsm } from '../services-for-tests.ts';

const now = Date.now();
let dataDir: string;
let emulator: Emulator;
let client: SSMClient;

function connect(url: string, accessKeyId = 'local', secretAccessKey = 'local') {
  const credentials = { accessKeyId, secretAccessKey };
  return new SSMClient({ endpoint: url, region: 'us-west-2', credentials, maxAttempts: 1 });
}

beforeEach(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'ssm-'));
  emulator = await startSsm({ dataDir, now: () => now });
  client = connect(emulator.url);
});
afterEach(async () => {
  client.destroy();
  await emulator.close();
  rmSync(dataDir, { recursive: true });
});

const put = (Name: string, Value: string, Overwrite = false) =>
  client.send(new PutParameterCommand({ Name, Value, Type: 'SecureString', Overwrite }));

test('a secret is readable only with decryption, and made only once without Overwrite', async () => {
  expect((await put('/app/secret', 'one')).Version).toBe(1);
  await expect(put('/app/secret', 'two')).rejects.toMatchObject({
    name: 'ParameterAlreadyExists',
    message: 'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
  });
  const open = await client.send(new GetParameterCommand({ Name: '/app/secret', WithDecryption: true }));
  expect(open.Parameter).toEqual({
    Name: '/app/secret',
    Type: 'SecureString',
    Value: 'one',
    Version: 1,
    LastModifiedDate: new Date(now),
    ARN: 'arn:aws:ssm:us-west-2:000000000000:parameter/app/secret',
    DataType: 'text',
  });
  const sealed = await client.send(new GetParameterCommand({ Name: '/app/secret' }));
  expect(sealed.Parameter?.Value).toMatch(/^[\w+/=]{88}$/);
  expect((await put('/app/secret', 'two', true)).Version).toBe(2);
});

test('of 20 first writers at once one wins', async () => {
  const results = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => put('root', `${index}`)));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('several, and those of a path, page by page', async () => {
  for (const name of ['/a/1', '/a/2', '/a/b/3', '/other']) await put(name, name);
  const several = await client.send(new GetParametersCommand({ Names: ['/a/1', '/none'], WithDecryption: true }));
  expect(several.Parameters?.map(({ Value }) => Value)).toEqual(['/a/1']);
  expect(several.InvalidParameters).toEqual(['/none']);
  const base = { Path: '/a', WithDecryption: true };
  const flat = await client.send(new GetParametersByPathCommand(base));
  expect(flat.Parameters?.map(({ Value }) => Value)).toEqual(['/a/1', '/a/2']);
  const first = await client.send(new GetParametersByPathCommand({ ...base, Recursive: true, MaxResults: 2 }));
  const rest = await client.send(
    new GetParametersByPathCommand({ ...base, Recursive: true, NextToken: first.NextToken }),
  );
  expect([first, rest].map(({ Parameters }) => Parameters?.map(({ Value }) => Value))).toEqual([
    ['/a/1', '/a/2'],
    ['/a/b/3'],
  ]);
});

test('what is there and what is gone survive a restart, in a file for its owner only', async () => {
  await put('kept', 'x');
  await put('gone', 'x');
  await client.send(new DeleteParameterCommand({ Name: 'gone' }));
  await emulator.close();
  client.destroy();
  emulator = await startSsm({ dataDir, now: () => now });
  client = connect(emulator.url);
  const kept = await client.send(new GetParameterCommand({ Name: 'kept', WithDecryption: true }));
  expect(kept.Parameter?.Value).toBe('x');
  await expect(client.send(new GetParameterCommand({ Name: 'gone' }))).rejects.toMatchObject({
    name: 'ParameterNotFound',
  });
  expect(statSync(path.join(dataDir, 'ssm.jsonl')).mode & 0o777).toBe(0o600);
});

const refused: readonly [string, string, string][] = [
  ['Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).', 'aws/x', 'v'],
  ['Parameter name must be a fully qualified name.', 'a/b', 'v'],
  [
    "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
    'a',
    '',
  ],
  [
    'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.',
    'a',
    'x'.repeat(4097),
  ],
];
test.for(refused)('a parameter is refused: %s', async ([message, name, value], { expect }) => {
  await expect(put(name, value)).rejects.toMatchObject({ name: 'ValidationException', message });
});

test.for([
  ['an unknown key', 'x', 'local', 'UnrecognizedClientException'],
  ['another secret', 'local', 'x', 'InvalidSignatureException'],
] as const)('%s is refused', async ([, id, secret, name], { expect }) => {
  const stranger = connect(emulator.url, id, secret);
  await expect(stranger.send(new GetParameterCommand({ Name: 'a' }))).rejects.toMatchObject({ name });
  stranger.destroy();
});

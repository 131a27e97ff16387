import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, test } from 'vitest';
import { type LocalStack, startStack } from '../../bin/local-stack.ts';
import { Key } from '../../shared/api/keys.ts';
import { type ScriptedServer, startScriptedServer } from '../aws/scripted-server.ts';
import { formsOf, halfABudget, sayCanaries } from './canaries.ts';
import { signIn } from './sign-in.ts';

let stack: LocalStack;
let sns: ScriptedServer;
beforeAll(async () => {
  sns = await startScriptedServer((_, response) => response.end('<PublishResponse/>'));
  const topic = 'arn:aws:sns:us-west-2:123456789012:pennyworth-alarms';
  stack = await startStack({ env: { PENNYWORTH_TOPIC_ARN: topic, AWS_ENDPOINT_URL_SNS: sns.url } });
});
afterAll(async () => {
  await stack?.stop();
  await sns?.[Symbol.asyncDispose]();
});

/** Everything the emulators keep: tables, people, parameters, objects. */
function storedText(): string {
  const folder = path.join(stack.dataDir, 'emulators');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((file) => readFileSync(path.join(file.parentPath, file.name), 'latin1')).join('\n');
}

/** Every row of a table, as DynamoDB has it. */
async function rowsOf(table: string | undefined): Promise<readonly object[]> {
  const { endpoints, region } = stack.dev;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const dynamo = new DynamoDBClient({ endpoint: endpoints['dynamodb'] ?? '', region, credentials });
  const rows: object[] = [];
  let from: object | undefined;
  do {
    const start = from && { ExclusiveStartKey: { ...from } };
    const { Items = [], LastEvaluatedKey } = await dynamo.send(new ScanCommand({ TableName: table, ...start }));
    rows.push(...Items);
    from = LastEvaluatedKey;
  } while (from);
  dynamo.destroy();
  return rows;
}

test('what a caller says stands in no row, log line, stored file or notice, whether the call works or fails', async ({
  expect,
}) => {
  const { url, api_key, model, env, user, admin } = stack.dev;
  const { planted, unexpected } = await sayCanaries(url, api_key, model);
  expect(unexpected).toEqual([]);
  const post = async (route: string, credential: string, body: object): Promise<unknown> => {
    const headers = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' };
    return (await fetch(`${url}${route}`, { method: 'POST', headers, body: JSON.stringify(body) })).json();
  };
  const name = `canaryname${crypto.randomUUID().slice(0, 8)}`;
  const token = await signIn(stack.dev, user);
  const budgets = [{ period: 'day', limit_usd: '0.03' }];
  const { key } = Key.parse(await post('/v1/keys', token, { name, budgets }));
  await post('/v1/chat/completions', key ?? '', { model, ...halfABudget });
  for (let waited = 0; sns.requests.length === 0 && waited < 100; waited++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const keys = [api_key, key ?? ''].flatMap((each) => [each, each.slice(-49)]);
  const secrets = [...planted, ...keys, token, user.password, admin.password].flatMap(formsOf);
  const told = {
    log: stack.log(),
    'stored data': storedText(),
    table: JSON.stringify(await rowsOf(env['PENNYWORTH_TABLE'])),
    'audit table': JSON.stringify(await rowsOf(env['PENNYWORTH_AUDIT_TABLE'])),
    notices: sns.requests.map(({ body }) => decodeURIComponent(body)).join('\n'),
  };
  for (const [where, text] of Object.entries(told)) {
    expect(
      secrets.filter((secret) => text.includes(secret)),
      `in the ${where}`,
    ).toEqual([]);
  }
  // Who it is by e-mail stands in the pool alone, and a key's name where people read it.
  expect([user.email, name].filter((each) => told.log.includes(each))).toEqual([]);
  expect([user.email, name].filter((each) => told.table.includes(each))).toEqual([]);
  expect(told.notices).not.toContain(user.email);
  // The looks are at the right places: the calls themselves are there.
  expect(told['stored data']).toContain('/v1/chat/completions');
  expect(told.table).toContain('/v1/messages');
  expect(told['audit table']).toContain('key.create');
  expect(told.notices).toContain(name);
  expect(told.log).toContain('budget_threshold');
});

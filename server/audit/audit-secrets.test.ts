import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AdminGetUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, test } from 'vitest';
import * as z from 'zod/mini';
import { type Gateway, startGateway } from '../auth/test-gateway.ts';
import type { Item } from '../aws/dynamodb.ts';
import { Deployment } from '../keys/test-deployment.ts';

let deployment: Deployment;
let gateway: Gateway;
beforeAll(async () => {
  deployment = await Deployment.start();
  gateway = await startGateway(deployment);
});
afterAll(() => Promise.all([gateway.close(), deployment.close()]));

const Made = z.object({ id: z.string(), key: z.string() });

async function post(pathname: string, credential: string, body: object): Promise<string> {
  const { text } = await gateway.call(pathname, credential, { method: 'POST', body: JSON.stringify(body) });
  return text;
}

async function rowsAfter(count: number): Promise<readonly Item[]> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const items = await deployment.trail();
    if (items.length >= count) return items;
    await delay(20);
  }
  throw new Error(`there are not ${count} rows`);
}

/** What digests of keys stand in a person's slots. */
async function digestsOf(username: string): Promise<readonly string[]> {
  const who = { UserPoolId: deployment.userPoolId, Username: username };
  const { UserAttributes = [] } = await deployment.admin.send(new AdminGetUserCommand(who));
  const slots = UserAttributes.flatMap(({ Name, Value }) => (Name?.startsWith('custom:k') && Value ? [Value] : []));
  return slots.flatMap((slot) => z.parse(z.object({ h: z.optional(z.string()) }), JSON.parse(slot)).h ?? []);
}

test('no secret, no prompt and no credential stands in the trail; a name only where it is what changed', async ({
  expect,
}) => {
  const planted = { name: 'planted-name', prompt: 'planted-prompt', model: 'planted-model', query: 'planted-query' };
  const ann = await deployment.createPerson();
  const { accessToken, idToken } = await deployment.signIn(ann);
  const text = await post('/v1/keys', accessToken, { name: planted.name, scopes: ['usage'], models: ['nova-*'] });
  const made = Made.parse(JSON.parse(text));
  const narrow = Made.parse(JSON.parse(await post('/v1/keys', accessToken, { name: 'narrow', models: ['nova-*'] })));
  const digests = await digestsOf(ann);
  const prompt = { messages: [{ role: 'user', content: planted.prompt }] };
  // Refused: by scope, by model, by role, and after revocation; each with something planted where a caller may write.
  await post('/v1/chat/completions', made.key, { model: planted.model, ...prompt });
  await post('/v1/chat/completions', narrow.key, { model: 'claude-sonnet-4-5', ...prompt });
  await gateway.call(`/v1/keys?all=true&cursor=${planted.query}`, accessToken);
  await gateway.call(`/v1/keys/${made.id}`, accessToken, { method: 'DELETE' });
  await gateway.call('/v1/models', made.key, {
    headers: { 'user-agent': planted.query, 'x-forwarded-for': planted.query },
  });

  const rows = await rowsAfter(7);
  expect(
    rows
      .map(({ action, reason }) => (reason === undefined ? action : `${String(action)} ${String(reason)}`))
      .toSorted(),
  ).toEqual([
    'key.create',
    'key.create',
    'key.refuse insufficient_scope',
    'key.refuse key_revoked',
    'key.refuse model_not_allowed',
    'key.revoke',
    'user.refuse forbidden',
  ]);
  expect(digests).toHaveLength(2);
  const { name, ...never } = planted;
  const secrets = [...Object.values(never), ...digests, accessToken, idToken, made.key, narrow.key];
  // A part of a key is as bad as the whole.
  const parts = [made.key, narrow.key].flatMap((key) => [key.slice(26, 71), key.slice(-16), key.slice(0, 30)]);
  for (const row of rows) {
    const written = JSON.stringify(row);
    for (const secret of [...secrets, ...parts]) expect(written).not.toContain(secret);
    const { before: _before, after: _after, ...others } = row;
    expect(JSON.stringify(others)).not.toContain(name);
  }
  // Nor does the log or a metric have any of it.
  const told = [...gateway.logLines, ...gateway.metricLines].join('');
  for (const secret of [...secrets, ...parts, name]) expect(told).not.toContain(secret);
});

test('only the trail knows its table, and it is given nothing that changes or deletes', async ({ expect }) => {
  const server = path.dirname(import.meta.dirname);
  const knowing: string[] = [];
  for (const file of await readdir(server, { recursive: true })) {
    if (!file.endsWith('.ts') || /^(local|contract)\/|test/.test(file)) continue;
    if (/auditTable|AUDIT_TABLE/.test(await readFile(path.join(server, file), 'utf8'))) knowing.push(file);
  }
  expect(knowing.toSorted()).toEqual(['context.ts', 'settings.ts']);
  const context = await readFile(path.join(server, 'context.ts'), 'utf8');
  const uses = [...context.matchAll(/(\w+)\(\{[^}]*auditTable[^}]*\}\)/g)].map(([, name]) => name);
  expect(uses).toEqual(['createAuditTrail', 'createAuditReader']);
  for (const file of ['audit-trail.ts', 'audit-reader.ts']) {
    const source = await readFile(path.join(import.meta.dirname, file), 'utf8');
    expect(source).toMatch(/Pick<DynamoClient, '(putItem|query)'>/);
    expect(source).not.toMatch(/updateItem|deleteItem/);
  }
});

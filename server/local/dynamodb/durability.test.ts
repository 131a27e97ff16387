import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { PutItemCommand, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connect, createCommand } from './client-for-tests.ts';
import { startDynamo } from './emulator.ts';

let dataDir: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'dynamodb-'));
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(dataDir, { recursive: true });
});

/** An emulator in a process of its own, to be killed. */
async function spawnEmulator(): Promise<{ url: string; process: ChildProcess }> {
  const program = `
    const { startDynamo } = await import(${JSON.stringify(new URL('./emulator.ts', import.meta.url).href)});
    console.log((await startDynamo({ dataDir: process.argv[1] })).url);`;
  child = spawn(process.execPath, ['--input-type=module', '-e', program, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new Error('the child has no output');
  const [url] = await once(createInterface(child.stdout), 'line');
  return { url: String(url), process: child };
}

async function allSortKeys(url: string): Promise<readonly string[]> {
  const client = connect(url);
  const query: QueryCommandInput = {
    TableName: 'table',
    KeyConditionExpression: 'pk = :p',
    ExpressionAttributeValues: { ':p': { S: 'p' } },
  };
  const { Items } = await client.send(new QueryCommand(query));
  client.destroy();
  return (Items ?? []).map((item) => item['sk']?.S ?? '');
}

test('every acknowledged write is there after kill -9 in the middle of 500, behind a line cut short', async () => {
  const first = await spawnEmulator();
  const client = connect(first.url);
  await client.send(createCommand('table'));
  const acknowledged: string[] = [];
  const exited = once(first.process, 'exit');
  const put = async (index: number) => {
    const sk = String(index).padStart(3, '0');
    const Item = { pk: { S: 'p' }, sk: { S: sk }, text: { S: 'ü'.repeat(300) } };
    await client.send(new PutItemCommand({ TableName: 'table', Item }));
    acknowledged.push(sk);
    if (acknowledged.length === 250) first.process.kill('SIGKILL');
  };
  await Promise.allSettled(Array.from({ length: 500 }, (_, index) => put(index)));
  await exited;
  client.destroy();
  expect(acknowledged.length).toBeGreaterThanOrEqual(250);
  expect(acknowledged.length).toBeLessThan(500);

  appendFileSync(path.join(dataDir, 'dynamodb.jsonl'), '{"kind":"put","table":"table","item":{"pk":{"S":"p');
  const second = await startDynamo({ dataDir });
  const kept = await allSortKeys(second.url);
  expect(acknowledged.filter((sk) => !kept.includes(sk))).toEqual([]);
  await second.close();

  const third = await startDynamo({ dataDir });
  expect(await allSortKeys(third.url)).toEqual(kept);
  await third.close();
});

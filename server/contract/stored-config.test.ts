import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, test } from 'vitest';
import { type LocalStack, startStack } from '../../bin/local-stack.ts';
import { Key } from '../../shared/api/keys.ts';
import { pngOf } from './media-files.ts';
import { signIn } from './sign-in.ts';

// What the operator's document does to stored responses, what lies where they are stored, and what happens when nothing
// can be stored: on a stack of its own.

const model = 'claude-sonnet-4-5';
const dataDir = mkdtempSync(path.join(tmpdir(), 'pennyworth-'));
let stack: LocalStack;
/** By two keys of the same person. */
let [kept, unkept]: OpenAI[] = [];

const connect = (apiKey: string) => new OpenAI({ baseURL: `${stack.dev.url}/v1`, apiKey, maxRetries: 0 });
const start = async (config: object, env: Readonly<Record<string, string>> = {}) => {
  stack = await startStack({ dataDir, env: { PENNYWORTH_CONFIG: JSON.stringify(config), ...env } });
};

/** Where a bucket should be; answers as `answer` says, once the bucket is there. */
let answer: (response: ServerResponse) => void = () => undefined;
const isBucket = ({ url }: IncomingMessage) => url?.split('?')[0]?.split('/').filter(Boolean).length === 1;
const brokenS3 = createServer((request, response) => {
  request.resume();
  request.once('end', () => (isBucket(request) ? response.end() : answer(response)));
});

beforeAll(async () => {
  await start({});
  const token = await signIn(stack.dev, stack.dev.user);
  const response = await fetch(`${stack.dev.url}/v1/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'unkept' }),
  });
  const key = Key.parse(await response.json());
  await stack.stop();
  await start({ stored_responses: { keys: { [key.id]: 'off' }, days: 2 } });
  [kept, unkept] = [connect(stack.dev.api_key), connect(key.key ?? '')];
});
afterAll(async () => {
  await stack.stop();
  brokenS3.closeAllConnections();
  brokenS3.close();
  rmSync(dataDir, { recursive: true, force: true });
});
beforeEach(() => {
  answer = (response) => response.writeHead(500).end();
});

const ask = async (client: OpenAI | undefined, fields: Partial<OpenAI.Responses.ResponseCreateParamsNonStreaming>) => {
  if (!client) throw new Error('no client');
  const { data, response } = await client.responses.create({ model, input: 'Hello', ...fields }).withResponse();
  return { data, dropped: response.headers.get('x-pennyworth-dropped') };
};

/** A picture with a text behind its end, so that it is too long for the table. */
function pictureOf(text: string): OpenAI.Responses.ResponseInputImage {
  const bytes = Buffer.concat([Buffer.from(pngOf(8, 8), 'base64'), Buffer.from(text)]);
  return { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${bytes.toString('base64')}` };
}

/** Every file below the data folder, with its path. */
const files = () =>
  readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

test('a key that the operator turned storing off for: nothing is kept, and who asked for it is told', async ({
  expect,
}) => {
  const silent = await ask(unkept, {});
  expect(silent).toMatchObject({ data: { store: false }, dropped: null });
  expect(await ask(unkept, { store: true })).toMatchObject({ data: { store: false }, dropped: 'store' });
  await expect(unkept?.responses.retrieve(silent.data.id)).rejects.toMatchObject({ status: 404 });
  expect(await ask(kept, { store: true })).toMatchObject({ data: { store: true }, dropped: null });
});

test('a response ends after the operator’s days, by the table’s own clock', async ({ expect }) => {
  const { data } = await ask(kept, {});
  const dynamo = new DynamoDBClient({
    endpoint: stack.dev.endpoints['dynamodb'] ?? '',
    region: stack.dev.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: stack.dev.env['PENNYWORTH_TABLE'] }));
  dynamo.destroy();
  const item = Items.find(({ sk }) => sk?.S === `response#${data.id}`);
  expect(item).toMatchObject({ pk: { S: `S#${stack.dev.user.username}` }, v: { N: '1' } });
  expect(Math.abs(Number(item?.['ttl']?.N) - (Date.now() / 1000 + 2 * 24 * 3600))).toBeLessThan(60);
});

test('nothing of a stored conversation can be read where it lies, nor in the log', async ({ expect }) => {
  const planted = (place: string) => `planted-${place}-7c1e95`;
  const tool = { type: 'function' as const, name: 'f', description: planted('tool'), parameters: {}, strict: false };
  const script = { reasoning: planted('thought'), toolCalls: [{ name: 'f', input: { secret: planted('argument') } }] };
  const first = await ask(kept, {
    instructions: planted('instructions'),
    tools: [tool],
    reasoning: { effort: 'low' },
    metadata: { run: planted('metadata') },
    input: `${planted('prompt')} [[sim:${JSON.stringify(script)}]]`,
  });
  const call = first.data.output.find((item) => item.type === 'function_call');
  const second = await ask(kept, {
    tools: [tool],
    previous_response_id: first.data.id,
    input: [
      { type: 'function_call_output', call_id: call?.call_id ?? '', output: planted('result') },
      {
        role: 'user',
        content: [pictureOf(planted('picture').repeat(20_000))],
      },
    ],
  });
  const whole = JSON.stringify(await kept?.responses.inputItems.list(second.data.id, { limit: 100 }));
  for (const place of ['prompt', 'argument', 'thought', 'result']) expect(whole).toContain(planted(place));
  expect(files().some((name) => name.endsWith('.content'))).toBe(true);
  const lying = [...files().map((name) => readFileSync(name)), Buffer.from(stack.log())];
  expect(lying.some((bytes) => bytes.includes(`response#${first.data.id}`))).toBe(true);
  // As it stands, and in each of the three ways it may lie in base64.
  const forms = ['7c1e95', ...['', 'x', 'xx'].map((before) => inBase64(`${before}planted-`, before.length))];
  expect(inBase64('xplanted-', 1).length).toBeGreaterThan(6);
  for (const form of forms) expect(lying.filter((bytes) => bytes.includes(form))).toEqual([]);
});

/** What of a text stands in base64 whatever comes before and after it. */
function inBase64(text: string, before: number): string {
  return Buffer.from(text)
    .toString('base64')
    .slice(before === 0 ? 0 : 4, Math.floor(Buffer.byteLength(text) / 3) * 4);
}

test('a response outlives a kill', async ({ expect }) => {
  const { data } = await ask(kept, {});
  await stack.stop('SIGKILL');
  await start({});
  kept = connect(stack.dev.api_key);
  expect((await kept.responses.retrieve(data.id)).output).toEqual(data.output);
  const next = await ask(kept, { previous_response_id: data.id });
  expect(next.data.previous_response_id).toBe(data.id);
});

test('an answer that cannot be stored is told all the same, as not stored', async ({ expect }) => {
  await stack.stop();
  const port = await new Promise<number>((resolve) => {
    brokenS3.listen(0, '127.0.0.1', () => {
      const address = brokenS3.address();
      resolve(typeof address === 'object' ? (address?.port ?? 0) : 0);
    });
  });
  await start({}, { AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` });
  kept = connect(stack.dev.api_key);
  const input = [{ role: 'user' as const, content: [pictureOf('x'.repeat(400_000))] }];
  const sync = await ask(kept, { input });
  expect(sync.data).toMatchObject({ status: 'completed', store: false });
  await expect(kept.responses.retrieve(sync.data.id)).rejects.toMatchObject({ status: 404 });
  expect(stack.log()).toContain('store_failed');
  // One that never answers holds the end of the answer for some seconds, not longer.
  answer = () => undefined;
  const startedAt = performance.now();
  let last: OpenAI.Responses.Response | undefined;
  for await (const event of await kept.responses.create({ model, input, stream: true })) {
    if (event.type === 'response.completed') last = event.response;
  }
  expect(last).toMatchObject({ status: 'completed', store: false });
  expect(performance.now() - startedAt).toBeLessThan(9_000);
  expect(stack.log()).toContain('store_abandoned');
  // What is short enough for the table does not need the bucket.
  expect((await ask(kept, {})).data).toMatchObject({ store: true });
});

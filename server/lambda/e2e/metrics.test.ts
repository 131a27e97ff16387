import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formsOf, sayCanaries } from '../../contract/canaries.ts';
import { type Cloud, type Deployment, deploy, newestCallOf, startCloud } from './function.ts';

// What the function tells CloudWatch and X-Ray of its calls, and that the local stack tells nothing.

let cloud: Cloud;
let daemon: Socket;
let deployment: Deployment;
let openai: OpenAI;
const datagrams: string[] = [];
beforeAll(async () => {
  daemon = createSocket('udp4').on('message', (datagram) => datagrams.push(datagram.toString('utf8')));
  daemon.bind(0, '127.0.0.1');
  await once(daemon, 'listening');
  cloud = await startCloud();
  deployment = await deploy(cloud, {
    env: {
      POWERTOOLS_SERVICE_NAME: 'my-gateway',
      POWERTOOLS_METRICS_NAMESPACE: 'Pennyworth',
      AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon.address().port}`,
    },
  });
  openai = clientOf(deployment.url);
});
afterAll(async () => {
  await deployment?.stop();
  await cloud?.stack.stop();
  daemon?.close();
});

const clientOf = (url: string) => new OpenAI({ baseURL: `${url}/v1`, apiKey: cloud.stack.dev.api_key, maxRetries: 0 });

const model = 'claude-sonnet-4-5';
const planted = 'planted-words-of-a-prompt';
const messages = [{ role: 'user' as const, content: `${planted} [[sim:{"text":"One two three.","chunks":3}]]` }];

async function streamOne(client: OpenAI): Promise<void> {
  const stream = await client.chat.completions.create({ model, messages, stream: true });
  for await (const _ of stream);
}

interface Line {
  readonly event?: string;
  readonly [name: string]: unknown;
}

const figuresIn = (log: string): Line[] =>
  log.split('\n').flatMap((line) => (line.includes('"_aws"') ? [JSON.parse(line)] : []));

/** The log arrives by a pipe, after the answer. */
async function newFigures(lambda: Deployment['lambda'], before: number): Promise<Line> {
  for (;;) {
    const line = figuresIn(lambda.log())[before];
    if (line) return line;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const newestCall = () => newestCallOf(cloud, deployment);

test('a streamed call is one line of figures, and they are those of its ledger row', async () => {
  const before = figuresIn(deployment.lambda.log()).length;
  await streamOne(openai);
  const line = await newFigures(deployment.lambda, before);
  const call = await newestCall();
  expect(line).toMatchObject({
    service: 'my-gateway',
    event: 'call',
    request_id: call['request_id'],
    endpoint: '/v1/chat/completions',
    status: 'ok',
    Errors: 0,
    CacheReadTokens: call['cache_read_tokens'],
    InputTokens: call['input_tokens'],
    OutputTokens: call['output_tokens'],
    DurationMs: call['duration_ms'],
    UnpricedCalls: 0,
    TimeToFirstByte: expect.any(Number),
  });
  expect(Math.round(Number(line['CostUsd']) * 1e9)).toBe(call['cost_nano_usd']);
  expect(line['OutputTokens']).toBeGreaterThan(0);
  expect(Number(line['ReservedUsd'])).toBeGreaterThanOrEqual(Number(line['CostUsd']));
});

test('a call that the provider fails, and a refused credential, are counted as that', async () => {
  const before = figuresIn(deployment.lambda.log()).length;
  const failing = [{ role: 'user' as const, content: '[[sim:{"fail":{"type":"ThrottlingException"}}]]' }];
  await expect(openai.chat.completions.create({ model, messages: failing })).rejects.toThrow();
  expect(await newFigures(deployment.lambda, before)).toMatchObject({ Errors: 1, error_code: 'rate_limit_exceeded' });
  const refused = await fetch(`${deployment.url}/v1/me`, { headers: { 'x-api-key': 'planted-credential' } });
  expect(await newFigures(deployment.lambda, before + 1)).toMatchObject({
    ClientErrors: 1,
    event: 'unauthorized',
    request_id: refused.headers.get('x-request-id'),
  });
});

test('a request that is not sampled sends no segment; a sampled one its four parts', async () => {
  expect(datagrams).toEqual([]);
  deployment.lambda.traceId = 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1';
  await streamOne(openai);
  while (datagrams.length < 4) await new Promise((resolve) => setTimeout(resolve, 20));
  const documents = datagrams.map((datagram) => JSON.parse(datagram.split('\n')[1] ?? ''));
  expect(documents.map(({ name }) => name)).toEqual(['auth', 'admit', 'upstream', 'settle']);
  const { request_id: requestId } = await newestCall();
  for (const document of documents) {
    expect(document).toMatchObject({
      parent_id: '9a9197af755a6419',
      annotations: { request_id: requestId },
    });
    expect(document.end_time).toBeGreaterThanOrEqual(document.start_time);
  }
});

test('nothing of what was said, of the key or of its owner is told, whether calls work or fail', async () => {
  const { user, api_key: key } = cloud.stack.dev;
  // Sampled, so that the traces are looked at too.
  const before = datagrams.length;
  const { planted: words, unexpected } = await sayCanaries(deployment.url, key, model);
  expect(unexpected).toEqual([]);
  await newestCall();
  const told = [deployment.lambda.log(), ...datagrams].join('\n');
  const secrets = [
    ...words,
    planted,
    'planted-credential',
    key,
    key.slice(0, 20),
    key.slice(-49),
    user.username,
    user.email,
  ];
  expect(secrets.flatMap(formsOf).filter((secret) => told.includes(secret))).toEqual([]);
  expect(datagrams.length).toBeGreaterThan(before + 40);
  expect(figuresIn(told).filter(({ endpoint }) => endpoint === '/v1/messages')).toHaveLength(2);
});

test('the local stack has no figures', async () => {
  await streamOne(clientOf(cloud.stack.dev.url));
  expect(cloud.stack.log()).not.toContain('_aws');
});

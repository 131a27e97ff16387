import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cloud, type Deployment, deploy, startCloud } from './function.ts';

// The MCP server of the real bundle, which has a copy of zod of its own, and no session to come back to.

let cloud: Cloud;
let deployment: Deployment;
beforeAll(async () => {
  cloud = await startCloud();
  deployment = await deploy(cloud, { stage: 'prod' });
});
afterAll(async () => {
  await deployment?.stop();
  await cloud?.stack.stop();
});

const clientInfo = { name: 'lambda-test', version: '1.0.0' };

/** How a client is told where to go, with its key. */
function connectionTo(url: string) {
  const headers = { authorization: `Bearer ${cloud.stack.dev.api_key}` };
  return [new URL(`${url}/mcp`), { requestInit: { headers } }] as const;
}

async function connect(url: string): Promise<Client> {
  const client = new Client(clientInfo, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new StreamableHTTPClientTransport(...connectionTo(url)));
  return client;
}

test('offers what the local stack offers, with the same schemas', async () => {
  const [lambda, local] = await Promise.all([connect(deployment.url), connect(cloud.stack.dev.url)]);
  expect((await lambda.listTools()).tools).toEqual((await local.listTools()).tools);
  expect((await lambda.listResources()).resources).toEqual((await local.listResources()).resources);
  expect((await lambda.listPrompts()).prompts).toEqual((await local.listPrompts()).prompts);
});

test('answers calls of both generations of clients', async () => {
  const modern = await connect(deployment.url);
  const called = await modern.callTool({ name: 'list_models', arguments: {} });
  expect(called.structuredContent).toMatchObject({ models: expect.any(Array) });
  const legacy = new LegacyClient(clientInfo);
  await legacy.connect(new LegacyTransport(...connectionTo(deployment.url)));
  expect(await legacy.callTool({ name: 'list_models', arguments: {} })).toMatchObject({
    structuredContent: { models: expect.any(Array) },
  });
  await legacy.close();
});

test('a chat is answered with its progress, and the pages of doc/ are in the bundle', async () => {
  const client = await connect(deployment.url);
  const told: number[] = [];
  const prompt = 'Please. [[sim:{"chunks":40,"chunkDelayMs":20}]]';
  const called = await client.callTool(
    { name: 'chat', arguments: { model: 'nova-lite', prompt } },
    { onprogress: ({ progress }) => void told.push(progress) },
  );
  expect(called.structuredContent).toMatchObject({ model: 'nova-lite', cost_usd: expect.stringMatching(/^0\.0/) });
  expect(told.length).toBeGreaterThan(0);
  expect(told).toEqual(told.toSorted((a, b) => a - b));
  const { contents } = await client.readResource({ uri: 'pennyworth://doc/mcp.md' });
  expect(contents).toMatchObject([{ mimeType: 'text/markdown', text: expect.stringContaining('budget_remaining') }]);
});

test('GET, which old clients try, is refused at once', async () => {
  const [endpoint, { requestInit }] = connectionTo(deployment.url);
  const response = await fetch(endpoint, requestInit);
  expect(response.status).toBe(405);
});

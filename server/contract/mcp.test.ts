import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { describe, inject, test } from 'vitest';
import { postMessage as post } from './mcp-clients.ts';

const { url, api_key: apiKey } = inject('dev');
const endpoint = new URL(`${url}/mcp`);
const requestInit = { headers: { authorization: `Bearer ${apiKey}` } };
const clientInfo = { name: 'contract-test', version: '1.0.0' };

const listTools = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

test('the SDK’s client of the first generation lists and calls', async ({ expect }) => {
  const client = new LegacyClient(clientInfo);
  await client.connect(new LegacyTransport(endpoint, { requestInit }));
  expect(client.getServerVersion()).toMatchObject({ name: 'pennyworth', title: 'Pennyworth' });
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toContain('list_models');
  const result = await client.callTool({ name: 'list_models', arguments: {} });
  expect(result.structuredContent).toMatchObject({
    models: expect.arrayContaining([expect.objectContaining({ id: 'nova-lite', maker: 'amazon' })]),
  });
  await client.close();
});

test('the SDK’s client of the second generation does so in the stateless revision', async ({ expect }) => {
  const client = new Client(clientInfo, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new StreamableHTTPClientTransport(endpoint, { requestInit }));
  expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toContain('list_models');
  const result = await client.callTool({ name: 'list_models', arguments: {} });
  expect(result.isError).toBeUndefined();
  await client.close();
});

describe('what is refused', () => {
  test('GET and DELETE: there is no session and no stream of the server’s own', async ({ expect }) => {
    for (const method of ['GET', 'DELETE']) {
      const response = await fetch(endpoint, { method, headers: { authorization: `Bearer ${apiKey}` } });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('POST');
      expect(await response.json()).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32_000 } });
    }
  });

  test('no credential, with the words of HTTP', async ({ expect }) => {
    const response = await post(listTools, { authorization: '' });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(await response.json()).toMatchObject({ error: { data: { code: 'invalid_api_key' } } });
  });

  test('a page of another site', async ({ expect }) => {
    const foreign = await post(listTools, { origin: 'https://evil.example' });
    expect(foreign.status).toBe(403);
    expect(await foreign.json()).toMatchObject({ error: { data: { code: 'foreign_origin' } } });
    for (const origin of ['https://app.example.com', url]) expect((await post(listTools, { origin })).status).toBe(200);
  });

  test('a batch, however long, and what is no message', async ({ expect }) => {
    const batch = await post(Array.from({ length: 10_000 }, (_, id) => ({ ...listTools, id })));
    expect(batch.status).toBe(400);
    expect(await batch.json()).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32_600 } });
    const broken = await post('{"jsonrpc":');
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ error: { code: -32_700 } });
    for (const message of [null, 7, 'tools/list', {}, { jsonrpc: '1.0', id: 1, method: 'ping' }]) {
      const response = await post(JSON.stringify(message));
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ jsonrpc: '2.0', error: { code: expect.any(Number) } });
    }
  });
});

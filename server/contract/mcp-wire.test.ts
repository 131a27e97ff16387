import { expect, test } from 'vitest';
import { postMessage, soon } from './mcp-clients.ts';

// What the SDKs' clients do not show: the HTTP around a call of a tool in the stateless revision.

const revision = '2026-07-28';

async function callTool(name: string, input: object, headers: Readonly<Record<string, string>> = {}) {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': revision,
    'io.modelcontextprotocol/clientInfo': { name: 'contract-test', version: '1.0.0' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const envelope = { 'mcp-protocol-version': revision, 'mcp-method': 'tools/call', 'mcp-name': name };
  const params = { name, arguments: input, _meta: meta };
  const response = await postMessage(
    { jsonrpc: '2.0', id: 1, method: 'tools/call', params },
    { ...envelope, ...headers },
  );
  return { type: response.headers.get('content-type'), text: await response.text() };
}

const question = { model: 'nova-lite', prompt: 'Hi' };

test('what may take minutes is a stream from the start, what is quick one body', async () => {
  const chat = await callTool('chat', question);
  expect(chat.type).toContain('text/event-stream');
  expect(chat.text).toContain('This is a simulated answer');
  expect((await callTool('quote', question)).type).toContain('application/json');
});

test('x-pennyworth-strict and x-pennyworth-tag hold for chat as for every call', async () => {
  const strict = { 'x-pennyworth-strict': 'true' };
  for (const tool of ['chat', 'quote']) {
    const refused = await callTool(tool, { ...question, max_output_tokens: 9_999_999 }, strict);
    expect(refused.text).toContain('Not kept for this model: max_output_tokens');
  }
  const tag = `mcp-${crypto.randomUUID()}`;
  await callTool('chat', question, { 'x-pennyworth-tag': tag });
  await expect
    .poll(async () => (await callTool('usage_by', { group_by: 'tag', tag })).text, soon)
    .toContain(`"group":"${tag}"`);
  expect((await callTool('chat', question, { 'x-pennyworth-tag': 'two words' })).text).toContain('x-pennyworth-tag: ');
});

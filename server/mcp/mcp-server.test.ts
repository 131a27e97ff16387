import { describe, expect, test } from 'vitest';
import { createContext } from '../context.ts';
import { createLogger } from '../observe/logger.ts';
import { testPerson } from '../people/test-person.ts';
import type { AuthenticatedCall } from '../route.ts';
import { createMcp } from './mcp-server.ts';
import type { McpTool, Surface } from './surface.ts';

const context = createContext({
  environment: {
    PENNYWORTH_TABLE: 'table',
    PENNYWORTH_AUDIT_TABLE: 'audit',
    PENNYWORTH_BUCKET: 'bucket',
    PENNYWORTH_USER_POOL_ID: 'us-west-2_abc',
    PENNYWORTH_CLIENT_ID: 'client',
    PENNYWORTH_ROOT_SECRET_PARAMETER: '/root',
  },
  version: '0.0.0',
  logger: createLogger(() => undefined),
});

function callOf(clientLeft?: AbortSignal): AuthenticatedCall {
  const request = {
    method: 'POST',
    path: '/mcp',
    query: new URLSearchParams(),
    headers: { accept: ['application/json, text/event-stream'] },
    sourceIp: undefined,
    baseUrl: 'http://127.0.0.1:8787',
    readBody: async () => new Uint8Array(),
    ...(clientLeft && { clientLeft }),
  };
  const identity = { kind: 'token', client: 'cli', person: testPerson, groups: [], team: null } as const;
  return { requestId: 'req_1', request, params: {}, identity, context, startedAt: Date.now() };
}

/** One tool that takes its time to be found; how often it has run. */
function slowlyFound(mayTakeLong: boolean) {
  let find: () => void = () => undefined;
  const found = new Promise<void>((resolve) => {
    find = resolve;
  });
  let runs = 0;
  const tool: McpTool = {
    name: 'pay',
    access: 'inference',
    inputSchema: { type: 'object' },
    run: async () => {
      runs++;
      return { content: [] };
    },
  };
  const surface: Surface = {
    resources: [],
    resourceTemplates: [],
    prompts: [],
    tools: async () => [tool],
    mayTakeLong: () => mayTakeLong,
    findTool: () => found.then(() => tool),
  };
  return { surface, find, runs: () => runs };
}

const message = { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'pay', arguments: {} } };

async function textOf(body: string | AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of typeof body === 'string' ? [body] : body) text += piece;
  return text;
}

describe.each([
  ['in a stream', true],
  ['at once', false],
])('a tool that is answered %s', (_, mayTakeLong) => {
  test.each([
    ['not', 0, 1],
    ['by a notice', 1, 0],
    ['by closing the connection', 2, 0],
  ])('and was cancelled %s while it was looked for runs as often as it should', async (__, way, runs) => {
    const slow = slowlyFound(mayTakeLong);
    const mcp = createMcp([slow.surface]);
    const leaving = new AbortController();
    const answering = mcp.answer(callOf(leaving.signal), message);
    if (way === 1) {
      const notice = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } };
      await mcp.answer(callOf(), notice);
    }
    if (way === 2) leaving.abort();
    slow.find();
    const { body, finish } = await answering;
    const told = await textOf(body);
    await finish?.({ clientClosed: false });
    expect(slow.runs()).toBe(runs);
    expect(told.includes('"result"')).toBe(runs === 1);
  });
});

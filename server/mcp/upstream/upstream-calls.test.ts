import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { inputRequired } from '@modelcontextprotocol/server';
import { describe, expect, test } from 'vitest';
import { echo, startStateless, startWithSessions } from './test-servers.ts';
import { answerJson, connect, hostile, type Message } from './test-upstream.ts';

describe('a call', () => {
  const asStream = { 'content-type': 'text/event-stream' };

  test.each<[string, (message: Message, response: ServerResponse) => unknown, object]>([
    [
      'of 50 MB',
      ({ id }, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write(`{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"`);
        for (let piece = 0; piece < 50; piece++) response.write('x'.repeat(1_000_000));
        response.end('"}]}}');
      },
      { status: 502, code: 'upstream_error', message: expect.stringContaining('longer than the 1000000 bytes') },
    ],
    [
      'of 50 MB in an event',
      (_, response) => {
        response.writeHead(200, asStream);
        for (let piece = 0; piece < 50; piece++) response.write(`data: ${'x'.repeat(1_000_000)}`);
        response.end();
      },
      { status: 502, code: 'upstream_error', message: expect.stringContaining('longer than the 1000000 bytes') },
    ],
    [
      'of 50 MB that come as 50 KB',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
        response.end(gzipSync(Buffer.alloc(50_000_000, 'x')));
      },
      { status: 502, code: 'upstream_error', message: expect.stringContaining('longer than the 1000000 bytes') },
    ],
    [
      'that never ends',
      (_, response) => {
        response.writeHead(200, asStream);
        const timer = setInterval(() => response.write(': still here\n\n'), 20);
        response.on('close', () => clearInterval(timer));
      },
      { status: 504, code: 'upstream_timeout' },
    ],
    ['that is not answered', () => undefined, { status: 504, code: 'upstream_timeout' }],
    [
      'that breaks off',
      (_, response) => response.writeHead(200, asStream).end('data: {"jsonrpc"'),
      { status: 502, code: 'upstream_error', message: expect.stringContaining('broke off') },
    ],
    [
      'whose connection dies',
      (_, response) => response.destroy(),
      { status: 503, code: 'upstream_unavailable', message: expect.stringContaining('cannot be reached') },
    ],
    [
      'that is led to another host',
      (_, response) => response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
      { status: 502, code: 'upstream_error', message: expect.stringContaining('never followed') },
    ],
    [
      'that is answered by a page',
      (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hello</h1>'),
      { status: 502, code: 'upstream_error' },
    ],
    [
      'that is no JSON',
      (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"jsonrpc":'),
      { status: 502, code: 'upstream_error', message: 'The MCP server "up" answered with what cannot be read.' },
    ],
    [
      'that fails with the server’s own words',
      (_, response) => answerJson(response, 500, { secret: 'a stack of theirs' }),
      { status: 502, code: 'upstream_error', message: 'The MCP server "up" answered with status 500.' },
    ],
    [
      'that is refused by the protocol',
      ({ id }, response) =>
        answerJson(response, 200, { jsonrpc: '2.0', id, error: { code: -32_602, message: 'Unknown tool: echo' } }),
      { status: 502, code: 'upstream_error', message: expect.stringContaining('Unknown tool: echo') },
    ],
    [
      'whose result is none',
      ({ id }, response) => answerJson(response, 200, { jsonrpc: '2.0', id, result: { content: [{ type: 7 }] } }),
      { status: 502, code: 'upstream_error' },
    ],
    [
      'whose result is nested without end',
      ({ id }, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
        response.end(`{"jsonrpc":"2.0","id":${id},"result":{"content":[],"structuredContent":{"a":${deep}}}}`);
      },
      { status: 502, code: 'upstream_error' },
    ],
  ])('%s ends in words of ours', async (_, answer, error) => {
    await using server = await hostile(answer);
    const { call } = connect(server, { timeout_seconds: 'status' in error && error.status === 504 ? 1 : 60 });
    await expect(call('echo')).rejects.toMatchObject(error);
    await expect.poll(() => server.busy.size).toBe(0);
  });

  test('that asks without end while it answers gets few answers of ours', async () => {
    const ping = (index: number) => `data: {"jsonrpc":"2.0","id":"p${index}","method":"ping"}\n\n`;
    await using server = await hostile(({ id, method }, response) => {
      if (method !== 'tools/call') return response.writeHead(202).end();
      response.writeHead(200, asStream);
      for (let index = 0; index < 5_000; index++) response.write(ping(index));
      return response.end(`data: {"jsonrpc":"2.0","id":${id},"result":{"content":[]}}\n\n`);
    });
    const { call } = connect(server);
    expect(await call('echo')).toEqual({ content: [] });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const replies = server.requests.filter(({ body }) => !body.includes('method'));
    expect(replies.length).toBeGreaterThan(0);
    expect(replies.length).toBeLessThanOrEqual(20);
  });

  test('that asks for something back is an error of the tool', async () => {
    await using server = await startStateless({
      tools: [echo],
      call: async () =>
        inputRequired({
          inputRequests: {
            name: inputRequired.elicit({ message: 'Your name?', requestedSchema: { type: 'object', properties: {} } }),
          },
        }),
    });
    const { call } = connect(server);
    await expect(call('echo')).rejects.toMatchObject({ code: 'upstream_error' });
  });

  test.each([
    ['2026-07-28', startStateless],
    ['2025-11-25', startWithSessions],
  ])('that its caller cancels is cancelled at the server too: %s', async (_, start) => {
    await using server = await start({ tools: [echo], call: () => new Promise(() => undefined) });
    const { upstream, call } = connect(server);
    await upstream.tools();
    const leaving = new AbortController();
    const calling = call('echo', {}, leaving.signal);
    await expect.poll(() => server.requests.at(-1)?.body).toContain('tools/call');
    leaving.abort();
    await expect(calling).rejects.toMatchObject({ code: 'upstream_error' });
    if (start === startWithSessions) await expect.poll(() => server.requests.at(-1)?.body).toContain('cancelled');
  });
});

describe('a call that is refused', () => {
  const refusal = { jsonrpc: '2.0', id: null, error: { code: -32_000, message: 'Not today.' } };
  const session = { 'mcp-session-id': 'one' };
  test.each<[string, { status: number; body: object; headers?: Record<string, string>; sent: number; told?: string }]>([
    ['with 401', { status: 401, body: refusal, sent: 2 }],
    ['with 404, for its session is over', { status: 404, body: refusal, headers: session, sent: 2 }],
    ['with 404, by what does not speak the protocol', { status: 404, body: {}, sent: 2 }],
    ['with 400, by what does not speak the protocol', { status: 400, body: {}, sent: 2 }],
    [
      'with 404 in the words of the protocol',
      { status: 404, body: refusal, sent: 1, told: 'refused: Not today. (-32000)' },
    ],
    [
      'with 400 in the words of the protocol',
      { status: 400, body: refusal, sent: 1, told: 'refused: Not today. (-32000)' },
    ],
    [
      'with 400 in the words of the protocol, in a session',
      { status: 400, body: refusal, headers: session, sent: 1, told: 'refused: Not today. (-32000)' },
    ],
    ['with 403', { status: 403, body: {}, sent: 1, told: 'answered with status 403.' }],
    ['with 500', { status: 500, body: {}, sent: 1, told: 'answered with status 500.' }],
  ])('%s is sent again only where surely nothing was done', async (_, { status, body, headers, sent, told }) => {
    let done = 0;
    await using server = await hostile(({ id }, response) => {
      if (++done === 1) return answerJson(response, status, body);
      return answerJson(response, 200, { jsonrpc: '2.0', id, result: { content: [] } });
    }, headers);
    const upstream = connect(server);
    const called = upstream.call('echo');
    if (told === undefined) expect(await called).toEqual({ content: [] });
    else await expect(called).rejects.toMatchObject({ message: `The MCP server "up" ${told}` });
    expect([done, upstream.sent.repeats]).toEqual([sent, sent - 1]);
  });

  test('by many at once is sent by all over one new connection', async () => {
    const first: ServerResponse[] = [];
    await using server = await hostile(({ id }, response) => {
      if (first.length === 20) {
        answerJson(response, 200, { jsonrpc: '2.0', id, result: { content: [] } });
        return;
      }
      first.push(response);
      // One after the other, so that some come while the new connection is being made.
      if (first.length === 20)
        for (const [index, each] of first.entries()) setTimeout(() => answerJson(each, 404, {}), index);
    });
    const { call } = connect(server);
    await Promise.all(Array.from({ length: 20 }, () => call('echo')));
    expect(server.requests.filter(({ body }) => body.includes('"initialize"'))).toHaveLength(2);
  });
});

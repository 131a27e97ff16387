import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as LegacyStdioTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type LocalStack, startStack } from '../../bin/local-stack.ts';
import { program, runPiped } from '../testing/built-program.ts';

// The built command against a whole gateway, and genuine MCP clients that start it.

let stack: LocalStack;
const config = mkdtempSync(path.join(tmpdir(), 'pennyworth-mcp-'));
beforeAll(async () => {
  stack = await startStack({ args: ['--mcp-fixtures'] });
});
afterAll(async () => {
  await stack?.stop();
  rmSync(config, { recursive: true, force: true });
});

const variables = (key = stack.dev.api_key) => ({ PENNYWORTH_URL: stack.dev.url, PENNYWORTH_API_KEY: key });
const run = (args: readonly string[], input = '', key?: string) => runPiped(args, config, input, variables(key));

describe('mcp tools', () => {
  test('lists what the key may call', ({ expect }) => {
    const { status, stdout, stderr } = run(['mcp', 'tools']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('list_models\tList models\tyes\n');
    const { data, next } = JSON.parse(run(['mcp', 'tools', '--json']).stdout);
    expect(next).toBeNull();
    expect(data).toContainEqual(expect.objectContaining({ name: 'list_models', inputSchema: expect.any(Object) }));
  });

  test('says what is wrong with the key, and with the address', ({ expect }) => {
    const wrong = run(['mcp', 'tools'], '', 'pnw_wrong');
    expect([wrong.status, wrong.stdout]).toEqual([4, '']);
    expect(wrong.stderr).toContain('check PENNYWORTH_API_KEY');
    const nobody = runPiped(['mcp', 'tools'], config, '', { ...variables(), PENNYWORTH_URL: 'http://127.0.0.1:1' });
    expect(nobody.status).toBe(7);
    expect(nobody.stderr).toContain('cannot be reached');
  });
});

describe('mcp call', () => {
  test('prints the text of a result, or all of it', ({ expect }) => {
    const { status, stdout, stderr } = run(['mcp', 'call', 'test_multiple_content_types']);
    expect([status, stdout]).toEqual([0, 'Multiple content types test:\n']);
    expect(stderr).toContain('part of type image');
    const json = run(['mcp', 'call', 'test_multiple_content_types', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      content: [{ type: 'text' }, { type: 'image' }, { type: 'resource' }],
    });
  });

  test('takes its arguments from the command line or from stdin', ({ expect }) => {
    const given = '{"region":"eu-west-1"}';
    expect(run(['mcp', 'call', 'test_custom_headers', given])).toMatchObject({ status: 0, stdout: `${given}\n` });
    expect(run(['mcp', 'call', 'test_custom_headers', '-'], given)).toMatchObject({ status: 0, stdout: `${given}\n` });
    for (const wrong of ['[]', '{', '7', 'null']) {
      expect(run(['mcp', 'call', 'test_custom_headers', wrong])).toMatchObject({ status: 2, stdout: '' });
    }
  });

  test('a tool that fails is a command that fails, in its words', ({ expect }) => {
    const { status, stdout, stderr } = run(['mcp', 'call', 'test_error_handling']);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('This tool intentionally returns an error for testing');
    const unknown = run(['mcp', 'call', 'no_such_tool', '--json']);
    expect([unknown.status, unknown.stdout]).toEqual([1, '']);
    expect(unknown.stderr).toContain('Unknown tool: no_such_tool');
  });
});

describe('mcp serve', () => {
  const command = () => ({
    command: process.execPath,
    args: [program, 'mcp', 'serve'],
    env: { ...variables(), PENNYWORTH_CONFIG_DIR: config, PATH: process.env['PATH'] ?? '' },
  });
  const clientInfo = { name: 'stdio-test', version: '1.0.0' };

  test('clients of both generations list, call, follow progress and are told of failures', async ({ expect }) => {
    const modern = new Client(clientInfo, { versionNegotiation: { mode: 'auto' } });
    await modern.connect(new StdioClientTransport(command()));
    const legacy = new LegacyClient(clientInfo);
    await legacy.connect(new LegacyStdioTransport(command()));
    expect(modern.getNegotiatedProtocolVersion()).toBe('2026-07-28');
    expect((await modern.listTools()).tools.map(({ name }) => name)).toEqual(
      (await legacy.listTools()).tools.map(({ name }) => name),
    );
    const progress: number[] = [];
    const follow = { onprogress: ({ progress: done }: { progress: number }) => progress.push(done) };
    await legacy.callTool({ name: 'test_tool_with_progress' }, undefined, follow);
    expect(progress).toEqual([0, 50, 100]);
    expect(await modern.callTool({ name: 'test_error_handling' })).toMatchObject({ isError: true });
    await expect(legacy.callTool({ name: 'no_such_tool' })).rejects.toThrow('Unknown tool');
    await modern.close();
    await legacy.close();
  });

  test('a wrong key is the answer to the first request, with the next step', ({ expect }) => {
    const first = { jsonrpc: '2.0', id: 7, method: 'tools/list' };
    const { status, stdout } = run(['mcp', 'serve'], `${JSON.stringify(first)}\n`, 'pnw_wrong');
    expect(status).toBe(0);
    const { id, error } = JSON.parse(stdout);
    expect([id, error.code]).toEqual([7, -32_000]);
    expect(error.message).toContain('check PENNYWORTH_API_KEY');
  });

  test('what comes by a pipe is answered to the end; a line that is no message stops nothing', ({ expect }) => {
    const calls = [1, 2, 3].map((id) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name: 'test_simple_text' },
    }));
    const input = ['{"no":"message"}', ...calls.map((call) => JSON.stringify(call)), ''].join('\n');
    const { status, stdout, stderr } = run(['mcp', 'serve'], input);
    expect(status).toBe(0);
    const answers = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const [results, refusals] = [answers.filter(({ result }) => result), answers.filter(({ error }) => error)];
    expect(results.map(({ id }) => id).sort()).toEqual([1, 2, 3]);
    expect(results.every(({ result }) => result.content[0].type === 'text')).toBe(true);
    expect(refusals).toMatchObject([{ id: null, error: { code: -32_600 } }]);
    expect(stderr).toBe('');
  });

  /** The bridge as a program has it: lines in, lines out. */
  function startBridge({ url, api_key: key } = stack.dev) {
    const gateway = { PENNYWORTH_URL: url, PENNYWORTH_API_KEY: key, PENNYWORTH_CONFIG_DIR: config };
    const env = { ...process.env, ...gateway };
    const child = spawn(process.execPath, [program, 'mcp', 'serve'], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const ended = once(child, 'exit').then(([code]) => code);
    return {
      child,
      ended,
      send: (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`),
      next: async () => JSON.parse((await lines.next()).value ?? 'null'),
    };
  }
  const slowCall = (id: number) => ({
    id,
    method: 'tools/call',
    params: { name: 'chat', arguments: { model: 'nova-lite', prompt: '[[sim:{"text":"Late.","delayMs":4000}]]' } },
  });

  test('a cancelled call, and one whose id is used again, are waited for no longer', async ({ expect }) => {
    const { send, next, child, ended } = startBridge();
    send(slowCall(1));
    send({ method: 'notifications/cancelled', params: { requestId: 1 } });
    send({ id: 2, method: 'ping' });
    expect(await next()).toMatchObject({ id: 2, result: {} });
    child.stdin.end();
    expect(await ended).toBe(0);
  });

  test('Ctrl-C ends it at once, also while a call runs', async ({ expect }) => {
    const { send, next, child, ended } = startBridge();
    send({ id: 1, method: 'ping' });
    await next();
    send(slowCall(2));
    const startedAt = performance.now();
    child.kill('SIGINT');
    await ended;
    expect(performance.now() - startedAt).toBeLessThan(3_500);
  });

  test('a request whose connection breaks gets an error, which says that it may be billed', async ({ expect }) => {
    const mortal = await startStack();
    const { send, next, child, ended } = startBridge(mortal.dev);
    send({ ...slowCall(3), params: { ...slowCall(3).params, _meta: { progressToken: 1 } } });
    await setTimeout(1_500);
    process.kill(mortal.dev.pid, 'SIGKILL');
    expect(await next()).toMatchObject({ id: 3, error: { message: expect.stringContaining('billed') } });
    child.stdin.end();
    expect(await ended).toBe(0);
    await mortal.stop();
  });

  test('the protocol’s own errors come through as they are; what cannot be read is refused by its id', async ({
    expect,
  }) => {
    const { send, next, child, ended } = startBridge();
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    send({ id: 'a', method: 'no/such/method', params: { _meta } });
    expect(await next()).toMatchObject({ id: 'a', error: { code: -32_601 } });
    send({ id: 9, method: 'ping', params: [1] });
    expect(await next()).toMatchObject({ id: 9, error: { code: -32_600 } });
    child.stdin.write(`${'x'.repeat(11_000_000)}\n`);
    expect(await next()).toMatchObject({ id: null, error: { code: -32_600 } });
    child.stdin.write('{\n');
    expect(await next()).toMatchObject({ id: null, error: { code: -32_700 } });
    send({ id: 10, method: 'ping' });
    expect(await next()).toMatchObject({ id: 10, result: {} });
    child.stdin.end();
    expect(await ended).toBe(0);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from 'vitest';
import packageFile from '../package.json' with { type: 'json' };
import { exampleKey, exampleModel, signInFiles } from './testing/examples.ts';
import { answer, ScriptedGateway } from './testing/gateway.ts';
import { Terminal } from './testing/terminal.ts';

// The program as a process of its own: exit codes, signals, pipes that break, a closed stdin.

const program = path.join(import.meta.dirname, 'main.ts');
const gateway = new ScriptedGateway();
let terminal: Terminal;
beforeAll(() => gateway.start());
afterAll(() => gateway.stop());
beforeEach(() => {
  gateway.reset();
  terminal = new Terminal();
});
afterEach(() => terminal.remove());

function start(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [program, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, PENNYWORTH_CONFIG_DIR: terminal.folder, ...env },
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, out, err }));
  return { child, ended };
}

test('prints its version', async ({ expect }) => {
  const shown = { code: 0, signal: null, out: `${packageFile.version}\n`, err: '' };
  expect(await start(['--version']).ended).toEqual(shown);
});

test.for([
  [['login', 'http://127.0.0.1:1'], 7],
  [['login'], 2],
  [['logout'], 0],
  [['whoami'], 3],
  [['keys', 'create', 'x'], 3],
  [['keys', 'list'], 3],
  [['keys', 'show', 'x'], 3],
  [['keys', 'revoke', 'x'], 3],
  [['usage'], 3],
  [['usage', 'calls'], 3],
  [['models', 'list'], 3],
  [['chat'], 2],
  [['chat', 'hi'], 3],
  [['deploy', 'doctor'], 3],
  [['dev', '--port', 'x'], 2],
] as const)('%j with a closed stdin and nothing set up ends at once with %s', async ([argv, code], { expect }) => {
  const startedAt = performance.now();
  const outcome = await start(argv).ended;
  expect([outcome.code, outcome.out]).toEqual([code, '']);
  expect(outcome.err).not.toMatch(/\p{Cc}(?<!\n)/u);
  expect(outcome.err).toMatch(/.\n$/);
  expect(outcome.err).not.toMatch(/ {4}at |Warning: Detected|node:/);
  // A hang guard: the bar is 2 s on a quiet machine.
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

test('colours a pipe only when it is forced to', async ({ expect }) => {
  const plain = await start(['keyz']).ended;
  const forced = await start(['keyz'], { FORCE_COLOR: '1' }).ended;
  expect([plain.err.split(' ')[0], forced.err.split(' ')[0]]).toEqual(['Error:', '\u001b[31mError:\u001b[39m']);
});

describe('signed in', () => {
  beforeEach(() => signInFiles(terminal.folder, gateway.url, new Date(Date.now() + 3600_000).toISOString()));

  test('ends quietly when its reader leaves', async ({ expect }) => {
    const names = Array.from({ length: 20_000 }, (_, index) => ({ ...exampleKey, name: `key ${index}` }));
    gateway.on('GET /v1/keys', answer(200, { data: names, next: null }));
    const { child, ended } = start(['keys', 'list']);
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await ended).toMatchObject({ code: 0, err: '' });
  });

  test('writes everything into a slow pipe before it ends', async ({ expect }) => {
    const models = Array.from({ length: 3_000 }, (_, index) => ({ ...exampleModel, id: `model-${index}` }));
    gateway.on('GET /v1/models', answer(200, { object: 'list', data: models }));
    const { child, ended } = start(['models', 'list', '--json']);
    child.stdout.pause();
    setTimeout(() => child.stdout.resume(), 300);
    const { code, out } = await ended;
    expect([code, JSON.parse(out).data.length]).toEqual([0, 3_000]);
  });

  test('a command that failed does not wait for a request it gave up', async ({ expect }) => {
    gateway.on('GET /v1/keys', () => {});
    const startedAt = performance.now();
    expect(await start(['keys', 'list', '--timeout', '0.3']).ended).toMatchObject({ code: 7 });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test('SIGINT stops an answer with 0, and any other command as signals do', async ({ expect }) => {
    gateway.on('POST /v1/chat/completions', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[{"delta":{"content":"Once"}}]}\n\n');
    });
    const chat = start(['chat', '-m', 'm', 'Tell']);
    chat.child.stdout.once('data', () => chat.child.kill('SIGINT'));
    expect(await chat.ended).toEqual({
      code: 0,
      signal: null,
      out: 'Once\n',
      err: 'Stopped. The gateway still bills the answer to its end.\n',
    });
    gateway.on('GET /v1/keys', () => setTimeout(() => list.child.kill('SIGINT'), 20));
    const list = start(['keys', 'list']);
    expect(await list.ended).toMatchObject({ code: null, signal: 'SIGINT', out: '' });
  });

  test('goes through the proxy of the environment, but not to this machine', async ({ expect }) => {
    const asked: string[] = [];
    const proxy = createServer().on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      socket.end('HTTP/1.1 502 No\r\n\r\n');
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const address = proxy.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port}`, HTTP_PROXY: `http://127.0.0.1:${port}` };
    gateway.on('GET /v1/keys', answer(200, { data: [], next: null }));
    expect(await start(['keys', 'list'], env).ended).toMatchObject({ code: 0, err: '' });
    const remote = { ...env, PENNYWORTH_URL: 'https://gateway.invalid', PENNYWORTH_API_KEY: 'pnw_x' };
    expect(await start(['models', 'list'], remote).ended).toMatchObject({ code: 7 });
    expect(asked).toEqual(['gateway.invalid:443']);
    proxy.close();
  });
});

import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';

// bin/smoke.ts asks a deployed gateway after each deployment; here it asks the local one, and one that is none.

const { url } = inject('dev');
const program = path.join(path.dirname(path.dirname(import.meta.dirname)), 'bin', 'smoke.ts');
const pages = createServer((_, response) => response.writeHead(200).end('<html>Welcome</html>'));
let pagesUrl = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
  const address = pages.address();
  if (typeof address === 'object' && address) pagesUrl = `http://127.0.0.1:${address.port}`;
});
afterAll(() => pages.close());

function smoke(...args: readonly string[]): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
  const env = { ...process.env, SMOKE_PATIENCE_MS: '0', NODE_NO_WARNINGS: '1' };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...args], { env }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, lines: `${stdout}${stderr}`.trim().split('\n') });
    });
  });
}

const names = [
  'GET /v1/hello',
  'GET /v1/version',
  'GET /v1/models without a key',
  'GET /v1/no-such-path',
  'OPTIONS /v1/models',
];

it.each(['', '/', '/v1', '/v1/'])('finds a gateway well by its address with "%s" at the end', async (end) => {
  expect(await smoke(`${url}${end}`)).toEqual({ code: 0, lines: names.map((name) => `ok    ${name}`) });
});

it('says when another version answers', async () => {
  const { code, lines } = await smoke(url, 'abc1234');
  expect(code).toBe(1);
  expect(lines.filter((line) => line.startsWith('FAIL'))).toEqual([
    'FAIL  GET /v1/version: expected 200 with git_sha abc1234; it answers something else',
  ]);
});

it('says of every question that something else answers, or nothing', async () => {
  const [other, none] = await Promise.all([smoke(pagesUrl), smoke('http://127.0.0.1:9')]);
  for (const { code, lines } of [other, none]) {
    expect(code).toBe(1);
    expect(lines.filter((line) => line.startsWith('FAIL'))).toHaveLength(names.length);
  }
});

it('wants an address', async () => {
  expect((await smoke()).code).toBe(2);
});

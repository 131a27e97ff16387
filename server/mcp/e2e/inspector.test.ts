import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { inject, test } from 'vitest';
import { oauthToken } from './oauth-token.ts';

// The Inspector's command line, as its makers publish it.

const { endpoint, apiKey, packages } = inject('mcp');
const program = path.join(packages, 'node_modules', '.bin', 'mcp-inspector');

async function inspect(method: string, args: readonly string[] = [], key = apiKey) {
  const connection = [endpoint, '--transport', 'http', '--header', `Authorization: Bearer ${key}`];
  const child = spawn(process.execPath, [program, '--cli', ...connection, '--method', method, ...args]);
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('exit', resolve)),
  ]);
  return { code, stdout, stderr };
}

test('lists the tools, whose schemas every client can read', async ({ expect }) => {
  const { code, stdout, stderr } = await inspect('tools/list', ['--strict']);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    tools: expect.arrayContaining([expect.objectContaining({ name: 'list_models' })]),
  });
});

test('calls one, and sees one fail', async ({ expect }) => {
  const called = await inspect('tools/call', ['--tool-name', 'list_models']);
  expect(called.code, called.stderr).toBe(0);
  expect(JSON.parse(called.stdout)).toMatchObject({ structuredContent: { models: expect.any(Array) } });
  const failed = await inspect('tools/call', ['--tool-name', 'test_error_handling']);
  expect(JSON.parse(failed.stdout)).toMatchObject({ isError: true });
  expect(failed.code).not.toBe(0);
});

test.for(['resources/list', 'resources/templates/list', 'prompts/list'])('%s', async (method, { expect }) => {
  const { code, stdout, stderr } = await inspect(method);
  expect(code, stderr).toBe(0);
  expect(Object.values(JSON.parse(stdout))[0]).not.toHaveLength(0);
});

test('a wrong key is told', async ({ expect }) => {
  const { code, stderr } = await inspect('tools/list', [], `${apiKey.slice(0, -1)}${apiKey.endsWith('a') ? 'b' : 'a'}`);
  expect(code).not.toBe(0);
  // It would go on to sign in, and there is nobody to do so.
  expect(stderr).toContain('auth_required');
});

test('a token got by OAuth does what a key does', async ({ expect }) => {
  const { code, stdout, stderr } = await inspect('tools/call', ['--tool-name', 'list_models'], await oauthToken());
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ structuredContent: { models: expect.any(Array) } });
});

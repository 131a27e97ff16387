import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { answerJson, startScriptedServer } from '../server/aws/scripted-server.ts';

async function smoke(url: string, env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'smoke.ts'), url], {
    env: { PATH: process.env['PATH'], SMOKE_PATIENCE_MS: '0', ...env },
  });
  const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return { out, code };
}

const unresolved = 'https://api.no-such-name.invalid';

test('a name without an address is a fault', async () => {
  expect(await smoke(unresolved)).toMatchObject({ code: 1, out: expect.stringContaining('FAIL  GET /v1/hello') });
});

test('where its record is made after the deployment it is a warning that says what to do', async () => {
  const { code, out } = await smoke(unresolved, { SMOKE_SKIP_UNRESOLVED: 'true' });
  expect(code).toBe(0);
  expect(out).toMatch(/^::warning::api\.no-such-name\.invalid has no address yet.*DomainTarget/);
});

test('one with an address is asked all the same', async () => {
  await using server = await startScriptedServer((_, response) => answerJson(response, 500, {}));
  const { code, out } = await smoke(server.url, { SMOKE_SKIP_UNRESOLVED: 'true' });
  expect(code).toBe(1);
  expect(out.match(/^FAIL/gm)).toHaveLength(5);
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type LocalStack, startStack } from '../../bin/local-stack.ts';

const root = path.dirname(path.dirname(import.meta.dirname));
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/<!-- run(?:: (\w+))? -->\n```sh\n([\s\S]*?)```/g)].map(
  ([, how = '', text = '']) => ({
    how,
    text,
  }),
);

describe('the commands of the README', () => {
  let stack: LocalStack;
  const configDir = mkdtempSync(path.join(tmpdir(), 'pennyworth-readme-'));
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(async () => {
    await stack.stop();
    rmSync(configDir, { recursive: true, force: true });
  });

  test('are there', ({ expect }) => {
    expect(blocks.map((block) => block.how)).toEqual(['login', '', 'key', '']);
  });

  test('run as they stand, in their order', ({ expect }) => {
    for (const { how, text } of blocks) {
      const { url, api_key, user } = stack.dev;
      // What a reader types or replaces: the address, the key, and the answers to the two questions of login.
      const signIn = how === 'login' ? ` --username ${user.email} --password-stdin` : '';
      const script = text
        .replaceAll('http://127.0.0.1:8787', url)
        .replaceAll('pnw_…', api_key)
        .replace(/^(npx \. login \S+)$/m, `$1${signIn}`);
      const outcome = spawnSync('bash', ['-euo', 'pipefail', '-c', script], {
        cwd: root,
        input: user.password,
        encoding: 'utf8',
        env: { ...process.env, PENNYWORTH_CONFIG_DIR: configDir },
      });
      expect(outcome, `${script}\n${outcome.stderr}`).toMatchObject({ status: 0 });
      if (how === 'key') expect(outcome.stdout).toContain('data: [DONE]');
    }
  });
});

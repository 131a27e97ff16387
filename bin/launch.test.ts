import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'vitest';

test('a current Node runs the task itself and fetches no other', ({ expect }) => {
  const clone = mkdtempSync(path.join(tmpdir(), 'pennyworth-launch-'));
  cpSync(import.meta.dirname, path.join(clone, 'bin'), { recursive: true });
  const outcome = spawnSync(process.execPath, [path.join(clone, 'bin', 'run.js'), 'nonsense'], { encoding: 'utf8' });
  expect(outcome).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('no task "nonsense"') });
  expect(existsSync(path.join(clone, '.cache'))).toBe(false);
  rmSync(clone, { recursive: true, force: true });
});

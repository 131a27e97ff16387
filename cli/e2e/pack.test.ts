import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { startStack } from '../../bin/local-stack.ts';
import { minimumNode } from '../../bin/node-version.js';

const root = path.dirname(path.dirname(import.meta.dirname));
const folder = mkdtempSync(path.join(tmpdir(), 'pennyworth-pack-'));
const program = path.join(folder, 'node_modules', 'pennyworth', 'bin', 'pennyworth.js');

beforeAll(() => {
  const options = { cwd: root, encoding: 'utf8' as const };
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], options);
  const [{ filename }] = JSON.parse(packed);
  writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', path.join(folder, filename)], {
    cwd: folder,
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const manifest = (): { version: string; engines: { node: string } } =>
  JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

test('installs as one package, without a launcher of its own Node', ({ expect }) => {
  const packages = readdirSync(path.join(folder, 'node_modules')).filter((name) => !name.startsWith('.'));
  expect(packages).toEqual(['pennyworth']);
  expect(readdirSync(path.dirname(program)).toSorted()).toEqual(['node-version.js', 'pennyworth.js']);
});

test('stays small: the tarball, and what every command loads first', ({ expect }) => {
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  expect(statSync(path.join(folder, tarball)).size).toBeLessThan(1_600_000);
  const entry = path.join(folder, 'node_modules', 'pennyworth', 'dist', 'cli', 'main.js');
  expect(statSync(entry).size).toBeLessThan(60 * 1024);
});

test('tells its version', ({ expect }) => {
  const outcome = spawnSync(process.execPath, [program, '--version'], { encoding: 'utf8' });
  expect(outcome).toMatchObject({ status: 0, stdout: `${manifest().version}\n`, stderr: '' });
});

test('runs the local stack from there', async ({ expect }) => {
  const stack = await startStack({ program: [process.execPath, program] });
  const answer = await fetch(`${stack.dev.url}/v1/hello`);
  expect(await answer.json()).toEqual({ status: 'ok' });
  expect(await stack.stop()).toBe(0);
});

test('refuses an older Node in one line with exit code 3', ({ expect }) => {
  const older = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })";
  const outcome = spawnSync(process.execPath, ['--import', `data:text/javascript,${older}`, program, '--version'], {
    encoding: 'utf8',
  });
  expect(outcome).toMatchObject({ status: 3, stdout: '' });
  expect(outcome.stderr).toBe(`pennyworth needs Node ${minimumNode} or newer; this is 20.20.2\n`);
});

test('the version check and package.json name the same Node', ({ expect }) => {
  expect(manifest().engines.node).toBe(`>=${minimumNode}`);
});

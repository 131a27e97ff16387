import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Installs packages of npm into `.cache/<name>`, each at its exact version, unless they are there already. Their scripts
 * never run.
 * @param versions by the name under `node_modules`; a value may be an alias, `npm:<package>@<version>`
 * @returns the folder that has their `node_modules`
 * @throws Error when npm fails
 */
export function installPackages(name: string, versions: Readonly<Record<string, string>>): string {
  const folder = path.join(path.dirname(import.meta.dirname), '.cache', name);
  const manifest = `${JSON.stringify({ private: true, dependencies: versions }, undefined, 2)}\n`;
  const done = path.join(folder, 'installed.json');
  if (existsSync(done) && readFileSync(done, 'utf8') === manifest) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), manifest);
  const named = Object.entries(versions).map((pair) => pair.join('@'));
  process.stdout.write(`Installing ${named.join(', ')}\n`);
  const { status } = spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`npm install in ${folder} ended with ${status}`);
  writeFileSync(done, manifest);
  return folder;
}

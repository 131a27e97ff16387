import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

const version = '4.0.2';
const root = path.dirname(path.dirname(import.meta.dirname));

/**
 * The genuine runtime interface client of AWS, from npm into .cache/ on the first use: its install script compiles an
 * addon, for which a machine of ours need have no tools, so it is no dependency and its scripts never run.
 */
export function installRuntimeClient(): string {
  const folder = path.join(root, '.cache', 'lambda', `aws-lambda-ric-${version}`);
  const main = path.join(folder, 'node_modules', 'aws-lambda-ric', 'index.mjs');
  if (existsSync(main)) return main;
  process.stderr.write(`installing aws-lambda-ric ${version} into .cache/\n`);
  mkdirSync(folder, { recursive: true });
  const args = ['install', '--prefix', folder, '--ignore-scripts', '--no-save', '--no-audit', '--no-fund'];
  execFileSync('npm', [...args, `aws-lambda-ric@${version}`], { stdio: ['ignore', 'ignore', 'inherit'] });
  return main;
}

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

export const root = path.dirname(path.dirname(import.meta.dirname));
export const cacheFolder = path.join(root, '.cache', 'template');

/** What a program said. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  /** Both streams, as a person would have read them. */
  readonly text: string;
}

/** Runs a program at the root of the clone. AWS's tools are told a region, and not to call home. */
export function run(program: string, args: readonly string[], input = ''): Promise<Output> {
  const env = { ...process.env, AWS_DEFAULT_REGION: 'us-west-2', SAM_CLI_TELEMETRY: '0', LOG_LEVEL: 'ERROR' };
  const child = spawn(program, [...args], { cwd: root, env });
  let stdout = '';
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    stdout += piece;
    text += piece;
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  // A program that ends without reading all of it says so by its exit code.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, stdout, text }));
  });
}

/**
 * Installs the Python packages of a list like `bin/template/sam.txt`, each at its exact version, once for each state of
 * that list.
 * @returns the folder of their programs
 * @throws Error where there is no Python 3, or its packages cannot be had
 */
export async function pythonTools(list: `bin/${string}/${string}.txt`): Promise<string> {
  const fingerprint = createHash('sha256')
    .update(await readFile(path.join(root, list)))
    .digest('hex')
    .slice(0, 8);
  const { dir, name } = path.parse(list);
  const folder = path.join(root, '.cache', path.basename(dir), `${name}-${fingerprint}`);
  const programs = path.join(folder, 'bin');
  const stamp = path.join(folder, 'installed');
  if (existsSync(stamp)) return programs;
  process.stderr.write(`installing the packages of ${list} into .cache/ (once)\n`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(path.dirname(folder), { recursive: true });
  await mustRun('python3', ['-m', 'venv', folder]);
  await mustRun(path.join(programs, 'pip'), ['install', '--quiet', '--no-deps', '--requirement', list]);
  await writeFile(stamp, '');
  return programs;
}

async function mustRun(program: string, args: readonly string[]): Promise<void> {
  const { code, text } = await run(program, args);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${text}`);
}

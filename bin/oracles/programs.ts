import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pythonTools, root, run } from '../template/python-tools.ts';

/** A program of others on a port of 127.0.0.1. */
export interface Program {
  readonly url: string;
  stop(): Promise<void>;
}

/** moto, which knows Cognito, DynamoDB, S3 and SSM. It is installed into .cache/ on the first use. */
export async function startMoto(): Promise<Program> {
  const programs = await pythonTools('bin/oracles/moto.txt');
  return startProgram(path.join(programs, 'python'), ['bin/oracles/serve_moto.py']);
}

/** DynamoDB Local, which AWS makes from the code of DynamoDB. Maven puts it into .cache/ on the first use. */
export async function startDynamoLocal(): Promise<Program> {
  const jars = await installDynamoLocal();
  const libraries = `-Dsqlite4java.library.path=${jars}`;
  return startProgram('java', [libraries, '-cp', path.join(jars, '*'), 'bin/oracles/DynamoOnLoopback.java']);
}

async function installDynamoLocal(): Promise<string> {
  const pom = 'bin/oracles/pom.xml';
  const text = await readFile(path.join(root, pom));
  const fingerprint = createHash('sha256').update(text).digest('hex').slice(0, 8);
  const jars = path.join(root, '.cache', 'oracles', `dynamodb-local-${fingerprint}`);
  const stamp = path.join(jars, 'installed');
  if (existsSync(stamp)) return jars;
  process.stderr.write(`fetching what ${pom} names into .cache/ (once)\n`);
  await rm(jars, { recursive: true, force: true });
  await mkdir(jars, { recursive: true });
  const copy = ['-B', '-q', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`];
  const { code, text: said } = await run('mvn', copy).catch((cause: unknown) => {
    throw new Error('DynamoDB Local needs Java 17 and Maven (mvn); `-- --project moto` does without both.', { cause });
  });
  if (code !== 0) throw new Error(`mvn ${copy.join(' ')} ended with ${code}:\n${said}`);
  await writeFile(stamp, '');
  return jars;
}

/** Starts a program that says `port <number>` once it listens, and that ends with its input, even if we are killed. */
async function startProgram(program: string, args: readonly string[]): Promise<Program> {
  const child = spawn(program, [...args], { cwd: root, stdio: ['pipe', 'pipe', 'ignore'] });
  return {
    url: `http://127.0.0.1:${await portOf(child, program)}`,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function portOf(child: ChildProcess, program: string): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code} before it listened`)));
    if (!child.stdout) return;
    createInterface(child.stdout).on('line', (line) => {
      const port = /^port (\d+)$/.exec(line)?.[1];
      if (port !== undefined) resolve(port);
    });
  });
}

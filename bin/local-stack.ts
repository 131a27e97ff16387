import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as z from 'zod/mini';

const root = path.dirname(import.meta.dirname);

const Person = z.object({ username: z.string(), email: z.string(), password: z.string() });

/** What tests, demo and bench read of dev.json. */
const Dev = z.object({
  url: z.string(),
  api_key: z.string(),
  model: z.string(),
  pid: z.number(),
  user: Person,
  admin: z.extend(Person, { totp_secret: z.nullable(z.string()) }),
  region: z.string(),
  user_pool_id: z.string(),
  client_id: z.string(),
  endpoints: z.record(z.string(), z.string()),
  env: z.record(z.string(), z.string()),
});

export interface LocalStack {
  readonly dev: z.infer<typeof Dev>;
  readonly process: ChildProcess;
  readonly dataDir: string;
  /** ms from the start of the process to the line that says it is ready. */
  readonly readyAfterMs: number;
  /** What the server logged so far. */
  log(): string;
  /** Exit code; null when a signal ended it. The folder is removed unless the caller brought it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface StackOptions {
  readonly dataDir?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Of the program that is started instead of this clone's command: an installed package, for example. */
  readonly program?: readonly [string, ...string[]];
}

/** Variables of this process that would lead a stack elsewhere than a test means it to go. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|PENNYWORTH_)/.test(name));
  return Object.fromEntries(kept);
}

/** Starts `pennyworth dev --json` on a free port and waits until it is ready. */
export async function startStack(options: StackOptions = {}): Promise<LocalStack> {
  const dataDir = options.dataDir ?? mkdtempSync(path.join(tmpdir(), 'pennyworth-'));
  const [command, ...first] = options.program ?? [process.execPath, path.join(root, 'bin', 'pennyworth.js')];
  const startedAt = performance.now();
  const child = spawn(command, [...first, 'dev', '--json', '--port', '0', '--data', dataDir, ...(options.args ?? [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...cleanEnvironment(), ...options.env },
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const line = await firstLine(child, exited, () => log);
  return {
    dev: Dev.parse(JSON.parse(line)),
    process: child,
    dataDir,
    readyAfterMs: performance.now() - startedAt,
    log: () => log,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const code = await exited;
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
      return code;
    },
  };
}

function firstLine(child: ChildProcess, exited: Promise<number | null>, log: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
    });
    void exited.then((code) => reject(new Error(`the local stack ended with code ${code}:\n${log()}`)));
  });
}

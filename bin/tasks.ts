import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);

/** The newest change of any file that goes into the bundles, in ms since the epoch. */
function newestSource(): number {
  const folders = ['cli', 'doc', 'server', 'shared'];
  const files = ['package.json', 'bin/build.ts'].map((name) => path.join(root, name));
  for (const folder of folders) {
    for (const entry of readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && !entry.name.endsWith('.test.ts')) files.push(path.join(entry.parentPath, entry.name));
    }
  }
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}

async function buildIfStale(): Promise<void> {
  const stamp = path.join(root, 'dist', 'built');
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= newestSource()) return;
  const { build } = await import('./build.ts');
  await build();
}

/** Runs a tool of node_modules/.bin in this terminal; its exit code is returned. */
function tool(name: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(name, [...args], { cwd: root, stdio: 'inherit' });
    const forward = (signal: NodeJS.Signals) => child.kill(signal);
    process.once('SIGINT', forward);
    process.once('SIGTERM', forward);
    child.once('error', (error) => {
      process.stderr.write(`${name}: ${error.message}\n`);
      resolve(1);
    });
    child.once('exit', (code) => {
      process.off('SIGINT', forward);
      process.off('SIGTERM', forward);
      resolve(code ?? 1);
    });
  });
}

async function tools(...commands: readonly (readonly [string, ...string[]])[]): Promise<void> {
  for (const [name, ...args] of commands) {
    const code = await tool(name, args);
    if (code !== 0) {
      process.exitCode = code;
      return;
    }
  }
}

const tasks: Record<string, (args: readonly string[]) => Promise<void>> = {
  build: async () => (await import('./build.ts')).build(),
  start: async (args) => {
    await buildIfStale();
    process.argv = [process.execPath, path.join(root, 'bin', 'pennyworth.js'), 'dev', ...args];
    await import(path.join(root, 'dist', 'cli', 'main.js'));
  },
  demo: async () => {
    await buildIfStale();
    await import('./demo.ts');
  },
  bench: async ([what = 'main', ...args]) => {
    await buildIfStale();
    if (what === 'month') await (await import('./bench/month.ts')).measureMonth(...args.map(Number));
    else await import('./bench/main.ts');
  },
  check: () => tools(['biome', 'ci', '.'], ['tsc'], ['knip'], ['publint', '--strict']),
  fix: () => tools(['biome', 'check', '--write', '.']),
  test: async (args) => {
    await buildIfStale();
    await tools(['vitest', 'run', ...args]);
  },
  'test:lambda': async (args) => {
    await buildIfStale();
    await tools(['vitest', 'run', '--config', 'bin/lambda/vitest.config.ts', ...args]);
  },
  'test:oracles': (args) => tools(['vitest', 'run', '--config', 'bin/oracles/vitest.config.ts', ...args]),
  'test:agents': async (args) => {
    await buildIfStale();
    await (await import('./agents/main.ts')).testAgents(args);
  },
  'test:mcp': async (args) => {
    await buildIfStale();
    await tools(['vitest', 'run', '--config', 'bin/mcp/vitest.config.ts', ...args]);
  },
  'test:template': async (args) => {
    await buildIfStale();
    await (await import('./template/main.ts')).checkTemplate(args);
  },
  'test:timing': async (args) => {
    await buildIfStale();
    await (await import('./timing/main.ts')).testTiming(args);
  },
  'test:histories': async ([count = '10000', ...args]) => {
    process.env['PENNYWORTH_TEST_HISTORIES'] = count;
    await tools(['vitest', 'run', '--project', 'unit', 'server/money/histories.test.ts', ...args]);
  },
  'test:mutate': async (args) => (await import('./mutate/main.ts')).mutate(args),
};

export async function runTask(name: string, args: readonly string[]): Promise<void> {
  const task = tasks[name];
  if (!task) {
    process.stderr.write(`bin/run.js: no task "${name}"; there are ${Object.keys(tasks).join(', ')}\n`);
    process.exitCode = 2;
    return;
  }
  await task(args);
}

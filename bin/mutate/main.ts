import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import * as z from 'zod/mini';
import { applyMutation, type Mutation } from './apply.ts';
import { mutations } from './rules.ts';

// Mutation tests of the translator: takes one rule out at a time and expects a test to fail. Works on a copy, so that
// the tree stays as it is.

const root = path.dirname(path.dirname(import.meta.dirname));
const copied = ['server', 'shared', 'package.json', 'tsconfig.json'];
const timeoutMs = 120_000;
/** Rules tried at once, each in a copy of its own: most of a run's time is the start of the tests. */
const lanes = Math.min(4, availableParallelism());

/** What became of a test run: a file that cannot be loaded is no test that failed. */
interface Outcome {
  readonly color: 'green' | 'red' | 'broken';
  /** Names of the tests that failed, and of files that could not be loaded. */
  readonly failed: readonly string[];
}

const Report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

/** One worker for all files of a run: the tests are quick, and what takes time is the start of workers. */
const config = `import { defineConfig } from 'vitest/config';
export default defineConfig({
  cacheDir: '.cache',
  test: {
    include: ['{server,shared}/**/*.test.ts'],
    testTimeout: 20_000,
    pool: 'threads',
    isolate: false,
    maxWorkers: 1,
  },
});
`;

async function copyTree(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'pennyworth-mutate-'));
  for (const name of copied) await cp(path.join(root, name), path.join(folder, name), { recursive: true });
  await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'dir');
  await writeFile(path.join(folder, 'vitest.config.ts'), config);
  return folder;
}

/** Runs these test files once. A run that never ends has noticed the change too. */
async function runTests(folder: string, tests: readonly string[]): Promise<Outcome> {
  const report = path.join(folder, 'report.json');
  await rm(report, { force: true });
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const options = ['run', '--reporter=json', `--outputFile=${report}`];
  const child = spawn(process.execPath, [vitest, ...options, ...tests], { cwd: folder, stdio: 'ignore' });
  let isTimedOut = false;
  const timer = setTimeout(() => {
    isTimedOut = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  clearTimeout(timer);
  if (isTimedOut) return { color: 'red', failed: [`no end after ${timeoutMs / 1_000} s`] };
  return code === 0 ? { color: 'green', failed: [] } : readReport(report, folder);
}

async function readReport(report: string, folder: string): Promise<Outcome> {
  const text = await readFile(report, 'utf8').catch(() => '{"testResults":[]}');
  const files = Report.parse(JSON.parse(text)).testResults.filter(({ status }) => status === 'failed');
  const failed = files.flatMap(({ name, assertionResults }) => {
    const tests = assertionResults.filter(({ status }) => status === 'failed');
    return tests.map(({ fullName }) => `${path.relative(folder, name)}: ${fullName}`);
  });
  if (failed.length > 0) return { color: 'red', failed };
  return { color: 'broken', failed: files.map(({ name }) => path.relative(folder, name)) };
}

/** Whether the tests notice that the rule is gone. @returns what to print of it when they do not */
async function tryOut(folder: string, mutation: Mutation): Promise<string | undefined> {
  const file = path.join(folder, mutation.file);
  const text = await readFile(file, 'utf8');
  let changed: string;
  try {
    changed = applyMutation(text, mutation);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  await writeFile(file, changed);
  const { color } = await runTests(folder, mutation.tests);
  await writeFile(file, text);
  if (color === 'red') return undefined;
  return color === 'green' ? 'all tests stay green' : 'the file cannot be loaded any more, which proves nothing';
}

/**
 * Tries the rules whose name or file contains one of `words`, or all of them, and prints a line for each. The exit code
 * is 1 if any of them can be taken out unnoticed, or if the tests are not green to begin with.
 */
export async function mutate(words: readonly string[]): Promise<void> {
  const chosen = mutations.filter(
    ({ rule, file }) => words.length === 0 || words.some((word) => rule.includes(word) || file.includes(word)),
  );
  if (chosen.length === 0) {
    process.stdout.write(`No rule has ${words.join(' or ')} in its name or file.\n`);
    process.exitCode = 1;
    return;
  }
  const folders = await Promise.all(Array.from({ length: Math.min(lanes, chosen.length) }, copyTree));
  try {
    const tests = [...new Set(chosen.flatMap((mutation) => mutation.tests))];
    const untouched = await runTests(folders[0] ?? root, tests);
    if (untouched.color !== 'green') {
      process.stdout.write(`Not green without any change:\n  ${untouched.failed.join('\n  ')}\n`);
      process.exitCode = 1;
      return;
    }
    let survived = 0;
    const waiting = chosen.values();
    const tryInTurn = async (folder: string) => {
      for (const mutation of waiting) {
        const reason = await tryOut(folder, mutation);
        if (reason !== undefined) survived += 1;
        const { rule, file } = mutation;
        process.stdout.write(
          reason === undefined ? `killed    ${file}: ${rule}\n` : `SURVIVED  ${file}: ${rule} (${reason})\n`,
        );
      }
    };
    await Promise.all(folders.map(tryInTurn));
    process.stdout.write(`${chosen.length - survived} killed, ${survived} survived\n`);
    if (survived > 0) process.exitCode = 1;
  } finally {
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
  }
}

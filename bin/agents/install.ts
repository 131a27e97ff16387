import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.join(path.dirname(path.dirname(import.meta.dirname)), '.cache', 'agents');

/** The clients as their makers publish them, at the versions of which the recordings tell. */
export const versions = {
  '@openai/codex': '0.169.0',
  '@anthropic-ai/claude-code': '2.1.330',
  'opencode-ai': '1.18.33',
} as const;

const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

/** The programs, below `node_modules`. Scripts of packages never run, so that two are taken from their own packages. */
const programs = {
  codex: '@openai/codex/bin/codex.js',
  claude: `@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude`,
  opencode: `opencode-${platform}/bin/opencode`,
} as const;

/**
 * Installs the clients into `.cache/agents`, unless they are there already, and tells where their programs are.
 * @throws Error when npm fails, or has no program for this machine
 */
export function installClients(): Readonly<Record<keyof typeof programs, string>> {
  const manifest = `${JSON.stringify({ private: true, dependencies: versions }, undefined, 2)}\n`;
  const file = path.join(folder, 'package.json');
  const done = path.join(folder, 'installed.json');
  if (!existsSync(done) || readFileSync(done, 'utf8') !== manifest) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, manifest);
    process.stdout.write(
      `Installing ${Object.entries(versions)
        .map((pair) => pair.join('@'))
        .join(', ')}\n`,
    );
    const { status } = spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (status !== 0) throw new Error(`npm install in ${folder} ended with ${status}`);
    writeFileSync(done, manifest);
  }
  return { codex: programOf('codex'), claude: programOf('claude'), opencode: programOf('opencode') };
}

function programOf(name: keyof typeof programs): string {
  const file = path.join(folder, 'node_modules', programs[name]);
  if (!existsSync(file)) throw new Error(`${name} has no program for ${platform}: ${file} is missing`);
  return file;
}

import { existsSync } from 'node:fs';
import path from 'node:path';
import { installPackages } from '../install-packages.ts';

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
  const folder = installPackages('agents', versions);
  const programOf = (name: keyof typeof programs): string => {
    const file = path.join(folder, 'node_modules', programs[name]);
    if (!existsSync(file)) throw new Error(`${name} has no program for ${platform}: ${file} is missing`);
    return file;
  };
  return { codex: programOf('codex'), claude: programOf('claude'), opencode: programOf('opencode') };
}

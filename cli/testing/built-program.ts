import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';

/** The built command, as people run it. */
export const program = path.join(path.dirname(path.dirname(import.meta.dirname)), 'bin', 'pennyworth.js');

export function environmentFor(configDir: string): NodeJS.ProcessEnv {
  return { ...process.env, PENNYWORTH_CONFIG_DIR: configDir, CI: '', LANG: 'C.UTF-8' };
}

/** Runs the built command with pipes on all three streams. */
export function runPiped(
  args: readonly string[],
  configDir: string,
  input = '',
  variables: Readonly<Record<string, string>> = {},
) {
  const env = { ...environmentFor(configDir), ...variables };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { input, encoding: 'utf8', env });
  return { status, stdout, stderr };
}

/** Words to wait for, in this order, and what is typed then: as it stands, or made from what the screen shows. */
type Reply = readonly [string | readonly string[], string | ((screen: string) => string)];

function hasWords(text: string, words: string | readonly string[]): boolean {
  let from = 0;
  for (const word of typeof words === 'string' ? [words] : words) {
    const at = text.indexOf(word, from);
    if (at < 0) return false;
    from = at + word.length;
  }
  return true;
}

/** Runs it in a pseudo-terminal (util-linux `script`), answering each prompt once all of its words have come: what is
 * typed before a question is asked may be thrown away. */
export function inTerminal(
  args: readonly string[],
  configDir: string,
  replies: readonly Reply[] = [],
  look: { readonly columns?: number; readonly env?: Readonly<Record<string, string>> } = {},
) {
  const words = [process.execPath, program, ...args].map((word) => `'${word}'`).join(' ');
  const command = look.columns === undefined ? words : `stty cols ${look.columns}; ${words}`;
  const env = { ...environmentFor(configDir), TERM: 'xterm', COLUMNS: '100', ...look.env };
  const child = spawn('script', ['-qec', command, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  let screen = '';
  let seen = 0;
  const left = [...replies];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    const [next] = left;
    if (!next || !hasWords(screen.slice(seen), next[0])) return;
    left.shift();
    seen = screen.length;
    child.stdin.write(typeof next[1] === 'string' ? next[1] : next[1](screen));
  });
  return new Promise<{ status: number | null; screen: string }>((resolve) => {
    // A question nobody expected: the screen tells more than a test that runs out of time.
    const guard = setTimeout(() => child.kill('SIGKILL'), 25_000);
    child.once('exit', (status) => {
      clearTimeout(guard);
      resolve({ status, screen });
    });
  });
}

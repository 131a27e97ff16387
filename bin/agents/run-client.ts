import { spawn } from 'node:child_process';

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly isTimedOut: boolean;
  readonly seconds: number;
}

/** Variables of this process that a program needs to run at all; everything else would be this person's own set-up. */
const passedOn =
  /^(PATH|TMPDIR|LANG|LC_ALL|SHELL|TERM|HTTPS?_PROXY|NO_PROXY|https?_proxy|no_proxy|npm_config_registry)$/;

/**
 * Runs a program to its end without a terminal, in a process group of its own, which is killed after `limitMs` together
 * with all it started.
 */
export function runClient(
  [command, ...args]: readonly [string, ...string[]],
  options: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    readonly limitMs: number;
    readonly input?: string;
  },
): Promise<Outcome> {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => passedOn.test(name)));
  const startedAt = performance.now();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...inherited, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  child.stdin.once('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (piece: string) => {
      texts[name] += piece;
    });
  }
  let isTimedOut = false;
  const timer = setTimeout(() => {
    isTimedOut = true;
    killGroup(child.pid);
  }, options.limitMs);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => killGroup(child.pid));
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ ...texts, code, isTimedOut, seconds: (performance.now() - startedAt) / 1_000 });
    });
  });
}

/** Also what the program left behind: the group lives on as long as anyone of it does. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}

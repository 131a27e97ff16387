import type { Readable, Writable } from 'node:stream';
import { Chalk, type ChalkInstance } from 'chalk';
import { stripControl } from './output/strip-control.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything of the process that a command can reach; a test brings its own. */
export interface Host {
  readonly env: Environment;
  readonly stdin: Readable;
  readonly stdinIsTty: boolean;
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** ms since the epoch */
  now(): number;
  /** Calls back on Ctrl-C in place of ending the process, until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
}

export interface IoOptions {
  readonly color: boolean;
  readonly input: boolean;
  readonly quiet: boolean;
}

export type ColorLevel = 0 | 1 | 2 | 3;

/** `FORCE_COLOR` as chalk's own documentation defines it: 0 to 3, true, false; anything else counts as true. */
function forcedLevel(value: string): ColorLevel {
  if (value === '0' || value === 'false') return 0;
  if (value === '2') return 2;
  return value === '3' ? 3 : 1;
}

function terminalLevel(env: Environment): ColorLevel {
  if (env['COLORTERM'] === 'truecolor' || env['COLORTERM'] === '24bit') return 3;
  return env['TERM']?.includes('256color') ? 2 : 1;
}

/**
 * Whether one stream gets colours. chalk's own detection ignores NO_COLOR and CLICOLOR, so it is never asked.
 * The order is: flag, NO_COLOR (no-color.org: unless it is empty), FORCE_COLOR, CLICOLOR_FORCE, then the
 * terminal with TERM=dumb and CLICOLOR=0.
 */
export function decideColorLevel(env: Environment, isTty: boolean, allowed: boolean): ColorLevel {
  if (!allowed || env['NO_COLOR']) return 0;
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return forcedLevel(force);
  const clicolorForce = env['CLICOLOR_FORCE'];
  if (clicolorForce && clicolorForce !== '0') return 1;
  if (!isTty || env['TERM'] === 'dumb' || env['CLICOLOR'] === '0') return 0;
  return terminalLevel(env);
}

/** Whether the terminal's character set has block elements, by the locale variables in their order of precedence. */
function hasUnicode(env: Environment): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return /utf-?8/i.test(locale) || env['WT_SESSION'] !== undefined;
}

/** The streams of a command: results go to `out`, everything that is not the result to `err`. */
export class Io {
  readonly out: Host['stdout'];
  readonly err: Host['stderr'];
  readonly isOutTty: boolean;
  readonly stdinIsTty: boolean;
  readonly columns: number;
  /** Where questions and what belongs to them are shown. */
  readonly errColumns: number;
  readonly style: ChalkInstance;
  readonly errStyle: ChalkInstance;
  readonly unicode: boolean;
  /** A question can be asked only where somebody can see it and answer it. */
  readonly canPrompt: boolean;
  readonly quiet: boolean;
  readonly #host: Host;

  constructor(host: Host, options: IoOptions) {
    this.#host = host;
    this.out = host.stdout;
    this.err = host.stderr;
    this.isOutTty = host.stdout.isTTY === true;
    this.stdinIsTty = host.stdinIsTty;
    // A pseudo-terminal that was never given a size says 0.
    this.columns = host.stdout.columns || 80;
    this.errColumns = host.stderr.columns || 80;
    this.style = new Chalk({ level: decideColorLevel(host.env, this.isOutTty, options.color) });
    const errIsTty = host.stderr.isTTY === true;
    this.errStyle = new Chalk({ level: decideColorLevel(host.env, errIsTty, options.color) });
    this.unicode = hasUnicode(host.env);
    const isCi = host.env['CI'] !== undefined && host.env['CI'] !== '' && host.env['CI'] !== 'false';
    this.canPrompt = host.stdinIsTty && errIsTty && options.input && !isCi;
    this.quiet = options.quiet;
  }

  get stdin(): Readable {
    return this.#host.stdin;
  }

  onInterrupt(listener: () => void): () => void {
    return this.#host.onInterrupt(listener);
  }

  /** A result, as it stands. */
  print(text: string): void {
    this.out.write(text);
  }

  /** One line for the person in front; `--quiet` silences it. */
  note(line: string): void {
    if (!this.quiet) this.err.write(`${line}\n`);
  }

  success(line: string): void {
    this.note(`${this.errStyle.green(this.unicode ? '✔' : 'ok')} ${line}`);
  }

  /** A next step below a note. */
  nextStep(line: string): void {
    this.note(`  ${this.errStyle.dim(this.unicode ? '→' : '->')} ${line}`);
  }

  /** Told even with `--quiet`. */
  warn(line: string): void {
    this.err.write(`${this.errStyle.yellow('Warning:')} ${stripControl(line)}\n`);
  }

  /** Everything on stdin, as text; empty where stdin is closed. */
  async readInput(): Promise<string> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const piece of this.#host.stdin) {
      text += typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true });
    }
    return text + decoder.decode();
  }
}

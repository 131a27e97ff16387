import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type { Host } from '../io.ts';
import { run } from '../program.ts';

/** A day in the middle of a month, so that relative times and periods are the same on every machine. */
export const testNow = Date.parse('2026-11-21T12:00:00.000Z');

export interface TerminalOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What is piped in; none: stdin is closed. */
  readonly input?: string | Readable;
  readonly stdinIsTty?: boolean;
  readonly outIsTty?: boolean;
  readonly errIsTty?: boolean;
  readonly columns?: number;
  readonly now?: number;
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** One person's machine: a folder for configuration, and command lines that run in this process. */
export class Terminal {
  readonly #interrupts = new Set<() => void>();
  #folder = newFolder();

  get folder(): string {
    return this.#folder;
  }

  async run(argv: readonly string[], options: TerminalOptions = {}): Promise<Outcome> {
    const out = new Capture(options.outIsTty, options.columns);
    const err = new Capture(options.errIsTty);
    const host: Host = {
      env: { PENNYWORTH_CONFIG_DIR: this.folder, LANG: 'C.UTF-8', TERM: 'xterm-256color', ...options.env },
      stdin: typeof options.input === 'object' ? options.input : Readable.from(options.input ? [options.input] : []),
      stdinIsTty: options.stdinIsTty ?? false,
      stdout: out,
      stderr: err,
      now: () => options.now ?? testNow,
      onInterrupt: (listener) => {
        this.#interrupts.add(listener);
        return () => this.#interrupts.delete(listener);
      },
    };
    const code = await run(argv, host);
    return { code, out: out.text, err: err.text };
  }

  /** The sessions that are kept, by profile. */
  stored(): Record<string, Record<string, string>> {
    return JSON.parse(readFileSync(path.join(this.folder, 'credentials.json'), 'utf8')).profiles;
  }

  /** Ctrl-C. */
  interrupt(): void {
    for (const listener of this.#interrupts) listener();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Another machine from here on, on which nothing was ever done. */
  renew(): void {
    this.remove();
    this.#interrupts.clear();
    this.#folder = newFolder();
  }
}

function newFolder(): string {
  return mkdtempSync(path.join(tmpdir(), 'pennyworth-cli-'));
}

/** A stream that keeps what is written, and may pass for a terminal. */
class Capture extends PassThrough {
  readonly isTTY: boolean;
  readonly columns: number;
  text = '';

  constructor(isTty = false, columns = 120) {
    super();
    this.isTTY = isTty;
    this.columns = columns;
    this.on('data', (piece) => {
      this.text += String(piece);
    });
  }
}

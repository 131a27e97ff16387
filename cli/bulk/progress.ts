import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile, rm, stat, truncate } from 'node:fs/promises';
import * as z from 'zod/mini';
import { UsageError } from '../errors.ts';
import { formatCsv } from '../output/csv.ts';
import { readCsv } from './read-csv.ts';

const Header = z.object({ v: z.literal(1), id: z.string(), input: z.string(), url: z.string() });
const Attempt = z.object({ line: z.number(), attempt: z.number(), time: z.number() });
type Attempt = z.infer<typeof Attempt>;

/** A key that was made, as the output file tells it. */
export interface MadeKey extends Readonly<Record<string, unknown>> {
  readonly line: number;
  readonly name: string;
  readonly user: string;
  readonly id: string;
  readonly key: string;
  readonly expires_at: string | null;
}
const outputColumns = ['line', 'name', 'user', 'id', 'key', 'expires_at'];

/** The gateway remembers an Idempotency-Key for 30 days; a day less, for clocks. */
const rememberedMs = 29 * 86_400_000;

/**
 * How far a file of keys has come, beside its output: which Idempotency-Key each line was sent with, so that a run that
 * was killed at any point goes on without a second key for a line. The output file has the plaintexts.
 */
export class Progress {
  /** Ids of the keys that are in the output file, by line. */
  readonly made: ReadonlyMap<number, string>;
  readonly #id: string;
  readonly #attempts: Map<number, Attempt>;
  readonly #output: FileHandle;
  readonly #progress: FileHandle;
  readonly #path: string;

  private constructor(
    id: string,
    attempts: Map<number, Attempt>,
    made: ReadonlyMap<number, string>,
    files: { readonly output: FileHandle; readonly progress: FileHandle; readonly path: string },
  ) {
    this.made = made;
    this.#id = id;
    this.#attempts = attempts;
    this.#output = files.output;
    this.#progress = files.progress;
    this.#path = files.path;
  }

  /** @throws UsageError when the files are those of something else */
  static async open(output: string, inputText: string, url: string): Promise<Progress> {
    const path = `${output}.progress`;
    const input = createHash('sha256').update(inputText).digest('hex');
    const text = await wholeLines(path);
    if (text === undefined && (await stat(output).catch(() => undefined))) {
      throw new UsageError(`${output} exists already, and is not overwritten`, { hint: 'choose another -o' });
    }
    const lines = (text ?? '').split('\n').filter((line) => line !== '');
    const header =
      lines[0] === undefined ? { v: 1, id: crypto.randomUUID(), input, url } : parse(Header, lines[0], path);
    if (header.input !== input || header.url !== url) {
      throw new UsageError(`${path} belongs to another CSV or another gateway`, { hint: 'choose another -o' });
    }
    const attempts = lines.slice(1).map((line) => parse(Attempt, line, path));
    const progress = await open(path, 'a', 0o600);
    if (lines.length === 0) await progress.appendFile(`${JSON.stringify(header)}\n`);
    const rows = await wholeLines(output);
    const file = await open(output, 'a', 0o600);
    if (!rows) await file.appendFile(formatCsv(outputColumns, []));
    const made = readCsv(rows || formatCsv(outputColumns, [])).records.map(
      ({ cells }) => [Number(cells['line']), cells['id'] ?? ''] as const,
    );
    const byLine = new Map(attempts.map((attempt) => [attempt.line, attempt]));
    return new Progress(header.id, byLine, new Map(made), { output: file, progress, path });
  }

  /**
   * The Idempotency-Key that a line was sent with last, or a first one.
   * @throws UsageError where that was so long ago that nobody knows any more what became of it
   */
  async keyFor(line: number, now: number): Promise<string> {
    const last = this.#attempts.get(line);
    if (!last) return this.nextKeyFor(line, now);
    if (now - last.time < rememberedMs) return this.#keyOf(last);
    throw new UsageError('it was sent a month ago, and whether its key was made is not known', {
      hint: undefined,
      code: 'unknown_outcome',
    });
  }

  /** Another one, written down before it is used. */
  async nextKeyFor(line: number, now: number): Promise<string> {
    const attempt = { line, attempt: (this.#attempts.get(line)?.attempt ?? 0) + 1, time: now };
    await this.#progress.appendFile(`${JSON.stringify(attempt)}\n`);
    this.#attempts.set(line, attempt);
    return this.#keyOf(attempt);
  }

  /** Keeps the plaintext, which nobody can ask for again. */
  async keep(key: MadeKey): Promise<void> {
    const text = formatCsv(outputColumns, [key]);
    await this.#output.appendFile(text.slice(text.indexOf('\n') + 1));
  }

  /** `isDone`: nothing is left to go on with. */
  async close(isDone: boolean): Promise<void> {
    await this.#output.sync();
    await this.#output.close();
    await this.#progress.close();
    if (isDone) await rm(this.#path, { force: true });
  }

  #keyOf({ line, attempt }: Attempt): string {
    return `${this.#id}-${line}-${attempt}`;
  }
}

/** The text of a file up to its last whole line: a machine that lost its power may have written half of the next. */
async function wholeLines(file: string): Promise<string | undefined> {
  const bytes = await readFile(file).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!bytes) return undefined;
  const length = bytes.lastIndexOf('\n') + 1;
  if (length < bytes.length) await truncate(file, length);
  return bytes.subarray(0, length).toString();
}

function parse<T extends z.ZodMiniType>(schema: T, line: string, file: string): z.infer<T> {
  try {
    return schema.parse(JSON.parse(line));
  } catch (cause) {
    throw new UsageError(`${file} cannot be understood`, { hint: 'choose another -o', cause });
  }
}

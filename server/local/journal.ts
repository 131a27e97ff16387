import { closeSync, existsSync, fsync, fsyncSync, mkdirSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';

export interface Journal<T> {
  /** Handed to the operating system before it returns (so kill -9 loses nothing) and synced to disk 20 ms after. */
  append(record: T): void;
  close(): void;
}

const chunkBytes = 1024 * 1024;
/** What a power failure can take. One sync a write would cost more than the write. */
const syncDelayMs = 20;

/**
 * One JSON record a line. At the start the file is replayed and rewritten as the snapshot the caller makes of it; a last
 * line cut short by a power failure is left out.
 * @throws Error naming file and line when another line is no JSON, or the caller cannot replay it
 */
export function openJournal<T>(
  file: string | undefined,
  replay: (record: T) => void,
  snapshot: () => Iterable<T>,
): Journal<T> {
  if (file === undefined) return { append: () => undefined, close: () => undefined };
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  if (existsSync(file)) replayFile(file, replay);
  const fresh = `${file}.new`;
  const descriptor = openSync(fresh, 'w', 0o600);
  let end = writeSnapshot(descriptor, snapshot());
  fsyncSync(descriptor);
  renameSync(fresh, file);
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const sync = () => {
    timer = undefined; // what is appended from now on may be too late for this sync and asks for its own
    fsync(descriptor, () => undefined);
  };
  return {
    append(record) {
      if (closed) throw new Error(`the journal ${file} is closed`); // its descriptor may be another file's by now
      end = writeAt(descriptor, `${JSON.stringify(record)}\n`, end);
      timer ??= setTimeout(sync, syncDelayMs).unref();
    },
    close() {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      fsyncSync(descriptor);
      closeSync(descriptor);
    },
  };
}

function replayFile<T>(file: string, replay: (record: T) => void): void {
  let number = 0;
  for (const line of readLines(file)) {
    number++;
    try {
      replay(JSON.parse(line));
    } catch (cause) {
      throw new Error(`line ${number} of ${file} cannot be read back`, { cause });
    }
  }
}

/** In chunks: a journal may be longer than the longest string. What follows the last line end is left out. */
function* readLines(file: string): Iterable<string> {
  const descriptor = openSync(file, 'r');
  try {
    const chunk = Buffer.alloc(chunkBytes);
    let pieces: Buffer[] = [];
    for (;;) {
      const length = readSync(descriptor, chunk, 0, chunkBytes, null);
      if (length === 0) return;
      let start = 0;
      for (let at = chunk.indexOf(10); at >= 0 && at < length; at = chunk.indexOf(10, start)) {
        yield Buffer.concat([...pieces, chunk.subarray(start, at)]).toString('utf8');
        pieces = [];
        start = at + 1;
      }
      pieces.push(Buffer.from(chunk.subarray(start, length)));
    }
  } finally {
    closeSync(descriptor);
  }
}

/** @returns where the file ends now, in bytes */
function writeSnapshot(descriptor: number, records: Iterable<unknown>): number {
  let end = 0;
  let text = '';
  for (const record of records) {
    text += `${JSON.stringify(record)}\n`;
    if (text.length < chunkBytes) continue;
    end = writeAt(descriptor, text, end);
    text = '';
  }
  return writeAt(descriptor, text, end);
}

/** At a position of its own, so that a write that failed half-way (a full disk) is overwritten by the next. */
function writeAt(descriptor: number, text: string, position: number): number {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    written += writeSync(descriptor, bytes, written, bytes.length - written, position + written);
  }
  return position + written;
}

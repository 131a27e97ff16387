import {
  closeSync,
  existsSync,
  fsync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';

export interface Journal<T> {
  /** Handed to the operating system before it returns (so kill -9 loses nothing) and synced to disk soon after. */
  append(record: T): void;
  close(): void;
}

/**
 * One JSON record a line. At the start the file is replayed and rewritten as the snapshot the caller makes of it; a last
 * line cut short by a power failure is left out.
 */
export function openJournal<T>(
  file: string | undefined,
  replay: (record: T) => void,
  snapshot: () => Iterable<T>,
): Journal<T> {
  if (file === undefined) return { append: () => undefined, close: () => undefined };
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  if (existsSync(file)) {
    const lines = readFileSync(file, 'utf8').split('\n');
    lines.pop(); // what follows the last line end: empty, or a record that was cut short
    for (const line of lines) replay(JSON.parse(line));
  }
  const fresh = `${file}.new`;
  const descriptor = openSync(fresh, 'w', 0o600);
  for (const record of snapshot()) writeSync(descriptor, `${JSON.stringify(record)}\n`);
  fsyncSync(descriptor);
  renameSync(fresh, file);
  let syncing = false;
  let dirty = false;
  let closed = false;
  const sync = () => {
    if (closed) return;
    if (syncing) {
      dirty = true;
      return;
    }
    syncing = true;
    fsync(descriptor, () => {
      syncing = false;
      if (dirty) {
        dirty = false;
        sync();
      }
    });
  };
  return {
    append(record) {
      writeSync(descriptor, `${JSON.stringify(record)}\n`);
      sync();
    },
    close() {
      if (closed) return;
      closed = true;
      fsyncSync(descriptor);
      closeSync(descriptor);
    },
  };
}

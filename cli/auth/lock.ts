import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { FailedError } from '../errors.ts';

/** Older than this, a lock's owner is taken for dead: no work under it takes so long. */
const staleMs = 10_000;
const waitMs = 15_000;
const pollMs = 40;

async function ageMs(file: string): Promise<number | undefined> {
  try {
    return Date.now() - (await stat(file)).mtimeMs;
  } catch {
    return undefined;
  }
}

async function tryLock(file: string, token: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx', 0o600);
    await handle.writeFile(token);
    await handle.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Takes a dead owner's lock away. Two may try at once: one of them could move the fresh lock of a third,
 * so each looks at what it moved and puts a fresh one back.
 */
async function breakStale(file: string, token: string): Promise<void> {
  const age = await ageMs(file);
  if (age === undefined || age < staleMs) return;
  const moved = `${file}.${token}`;
  try {
    await rename(file, moved);
  } catch {
    return;
  }
  const movedAge = await ageMs(moved);
  if (movedAge !== undefined && movedAge < staleMs) await link(moved, file).catch(() => undefined);
  await rm(moved, { force: true });
}

async function unlock(file: string, token: string): Promise<void> {
  const owner = await readFile(file, 'utf8').catch(() => '');
  if (owner === token) await rm(file, { force: true });
}

/**
 * Runs `work` while holding the lock file, against other processes of the same person.
 * @throws FailedError when somebody else holds it for 15 s
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const token = `${process.pid}-${crypto.randomUUID()}`;
  const startedAt = Date.now();
  while (!(await tryLock(file, token))) {
    if (Date.now() - startedAt > waitMs) {
      throw new FailedError('another pennyworth command holds the sign-in file', {
        hint: `remove ${file} if none runs`,
      });
    }
    await breakStale(file, token);
    await sleep(pollMs);
  }
  try {
    return await work();
  } finally {
    await unlock(file, token);
  }
}

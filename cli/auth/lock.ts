import { link, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { FailedError } from '../errors.ts';

/** Older than this, a lock's owner is taken for dead: a living one touches it all the time. */
export const staleMs = 10_000;
const touchMs = 2_000;
const waitMs = 15_000;
const pollMs = 40;

async function ageMs(file: string): Promise<number | undefined> {
  try {
    return Date.now() - (await stat(file)).mtimeMs;
  } catch {
    return undefined;
  }
}

async function isStale(file: string): Promise<boolean> {
  const age = await ageMs(file);
  return age !== undefined && (age >= staleMs || (await isOwnerGone(file)));
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

/** Who holds a lock: a process is known by its id on its own machine only. */
const machine = `${hostname()} ${process.pid} `;

/** Whether the owner is known to be gone; after a crash nobody should have to wait until its lock is old. */
async function isOwnerGone(file: string): Promise<boolean> {
  const owner = await readFile(file, 'utf8').catch(() => '');
  const [host, pid] = owner.split(' ');
  if (host !== hostname() || !pid || !/^\d{1,10}$/.test(pid)) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

/**
 * Takes a dead owner's lock away. Two may try at once: one of them could move the fresh lock of a third,
 * so each looks at what it moved and puts a fresh one back.
 */
async function breakStale(file: string): Promise<void> {
  if (!(await isStale(file))) return;
  const moved = `${file}.${crypto.randomUUID()}`;
  try {
    await rename(file, moved);
  } catch {
    return;
  }
  if (!(await isStale(moved))) await link(moved, file).catch(() => undefined);
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
export async function withLock<T>(file: string, work: () => Promise<T>, what = 'the sign-in file'): Promise<T> {
  const token = `${machine}${crypto.randomUUID()}`;
  const startedAt = Date.now();
  while (!(await tryLock(file, token))) {
    if (Date.now() - startedAt > waitMs) {
      throw new FailedError(`another pennyworth command holds ${what}`, {
        hint: `remove ${file} if none runs`,
      });
    }
    await breakStale(file);
    await sleep(pollMs);
  }
  const touch = () => {
    const now = new Date();
    // A lock that was taken away meanwhile is noticed when it is given back.
    utimes(file, now, now).catch(() => undefined);
  };
  const timer = setInterval(touch, touchMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await unlock(file, token);
  }
}

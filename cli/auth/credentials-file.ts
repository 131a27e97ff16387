import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod/mini';
import { ConfigError } from '../errors.ts';
import { staleMs, withLock } from './lock.ts';

/** What is kept of a sign-in: tokens and where they hold; never the password. */
export const StoredSession = z.object({
  /** The gateway the tokens were made for: they are sent nowhere else. */
  url: z.string(),
  cognito_endpoint: z.string(),
  client_id: z.string(),
  username: z.string(),
  access_token: z.string(),
  id_token: z.string(),
  refresh_token: z.string(),
  /** Of access and id token. */
  expires_at: z.iso.datetime(),
});
export type StoredSession = z.infer<typeof StoredSession>;

const Document = z.object({ version: z.literal(1), profiles: z.record(z.string(), StoredSession) });
export type Sessions = ReadonlyMap<string, StoredSession>;

/** credentials.json: sessions by profile, readable by its owner only, whole after a crash at any moment. */
export class CredentialsFile {
  readonly path: string;

  constructor(folder: string) {
    this.path = path.join(folder, 'credentials.json');
  }

  /** @throws ConfigError when the file cannot be understood */
  async read(): Promise<Sessions> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map();
      throw this.#unusable('cannot be read');
    }
    const document = Document.safeParse(parseJson(text));
    if (!document.success) throw this.#unusable('is damaged or of another version');
    return new Map(Object.entries(document.data.profiles));
  }

  /**
   * Changes the sessions while no other process does. `change` sees what is stored now, and what it returns is stored;
   * the same map means that nothing changes.
   */
  async update(change: (sessions: Sessions) => Promise<Sessions>): Promise<void> {
    await mkdir(path.dirname(this.path), { recursive: true, mode: 0o700 });
    await withLock(`${this.path}.lock`, async () => {
      const before = await this.read();
      const after = await change(before);
      if (after === before) return;
      await this.#removeLeftovers();
      await this.#write(after);
    });
  }

  async #write(sessions: Sessions): Promise<void> {
    const document = { version: 1, profiles: Object.fromEntries(sessions) } satisfies z.infer<typeof Document>;
    const temporary = `${this.path}.${process.pid}-${crypto.randomUUID()}`;
    try {
      const handle = await open(temporary, 'wx', 0o600);
      try {
        await handle.writeFile(`${JSON.stringify(document, null, 2)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, this.path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** What processes that were killed while they wrote have left: it holds tokens. */
  async #removeLeftovers(): Promise<void> {
    const folder = path.dirname(this.path);
    const prefix = `${path.basename(this.path)}.`;
    for (const name of await readdir(folder)) {
      if (!name.startsWith(prefix) || name === `${prefix}lock`) continue;
      const file = path.join(folder, name);
      const writtenAt = await stat(file).then(
        (found) => found.mtimeMs,
        () => Number.POSITIVE_INFINITY,
      );
      if (Date.now() - writtenAt > staleMs) await rm(file, { force: true });
    }
  }

  #unusable(why: string): ConfigError {
    return new ConfigError(`the sign-in file ${this.path} ${why}`, { hint: 'remove it, then run pennyworth login' });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import path from 'node:path';
import * as z from 'zod/mini';
import { ConfigError } from '../errors.ts';
import type { Environment } from '../io.ts';

/** One gateway and one person at it. */
export const ProfileEntry = z.looseObject({
  url: z.string(),
  /** The model `chat` uses unless told otherwise. */
  model: z.optional(z.string()),
});
export type ProfileEntry = z.infer<typeof ProfileEntry>;

/** config.json. Secrets are never in it. Fields of newer versions survive a write by this one. */
const ConfigDocument = z.looseObject({
  /** The profile in use unless --profile or PENNYWORTH_PROFILE name another. */
  profile: z.optional(z.string()),
  profiles: z.optional(z.record(z.string(), ProfileEntry)),
});
type ConfigDocument = z.infer<typeof ConfigDocument>;

/** The person's own configuration file, in the system's usual place or PENNYWORTH_CONFIG_DIR. */
export class ConfigFile {
  readonly #store: { readonly path: string; store: Record<string, unknown> };
  readonly #document: ConfigDocument;

  private constructor(store: { readonly path: string; store: Record<string, unknown> }, document: ConfigDocument) {
    this.#store = store;
    this.#document = document;
  }

  /** @throws ConfigError when it cannot be read or understood */
  static async load(env: Environment): Promise<ConfigFile> {
    const { default: Conf } = await import('conf');
    const folder = env['PENNYWORTH_CONFIG_DIR'];
    const where = folder ? path.join(folder, 'config.json') : 'config.json';
    try {
      const store = new Conf<Record<string, unknown>>({
        projectName: 'pennyworth',
        // Its default would make the folder `pennyworth-nodejs`.
        projectSuffix: '',
        configFileMode: 0o600,
        ...(folder ? { cwd: path.resolve(folder) } : {}),
      });
      const document = ConfigDocument.safeParse(store.store);
      if (document.success) return new ConfigFile(store, document.data);
      const [issue] = document.error.issues;
      const field = issue?.path.map(String).join('.') || 'its top level';
      throw unreadable(store.path, `${field} has the wrong form`);
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      throw unreadable(where, error instanceof Error ? error.message : String(error));
    }
  }

  /** The folder that holds everything this program keeps. */
  get folder(): string {
    return path.dirname(this.#store.path);
  }

  get currentProfile(): string | undefined {
    return this.#document.profile;
  }

  findProfile(name: string): ProfileEntry | undefined {
    const profiles = this.#document.profiles ?? {};
    return Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  }

  /** Sets one profile's address and keeps what else it holds; the first profile becomes the current one. */
  saveProfile(name: string, url: string): void {
    const profiles = { ...this.#document.profiles, [name]: { ...this.findProfile(name), url } };
    this.#store.store = { ...this.#document, profile: this.#document.profile ?? name, profiles };
  }
}

function unreadable(file: string, why: string): ConfigError {
  return new ConfigError(`the configuration ${file} cannot be used: ${why}`, {
    hint: 'mend or remove the file, then run pennyworth login again',
  });
}

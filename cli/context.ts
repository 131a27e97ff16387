import type { ApiClient, Credential } from './api/client.ts';
import type { CredentialsFile } from './auth/credentials-file.ts';
import type { Session } from './auth/session.ts';
import type { ConfigFile } from './config/file.ts';
import type { Profile } from './config/profile.ts';
import { AuthError } from './errors.ts';
import type { Globals } from './globals.ts';
import { type Environment, type Host, Io } from './io.ts';

const defaultTimeoutMs = 30_000;

/** What a command works with. Everything but the streams is loaded when it is first asked for. */
export class Context {
  readonly io: Io;
  readonly globals: Globals;
  readonly env: Environment;
  readonly now: () => number;

  constructor(host: Host, globals: Globals) {
    this.io = new Io(host, globals);
    this.globals = globals;
    this.env = host.env;
    this.now = host.now;
  }

  get timeoutMs(): number {
    return this.globals.timeoutMs ?? defaultTimeoutMs;
  }

  /** One line of `--debug`: what was sent where, never with which credential or body. */
  readonly trace = (line: string): void => {
    if (this.globals.debug) this.io.err.write(`${this.io.errStyle.dim(line)}\n`);
  };

  async config(): Promise<ConfigFile> {
    const { ConfigFile } = await import('./config/file.ts');
    return ConfigFile.load(this.env);
  }

  /** @throws ConfigError when no gateway is known */
  async profile(): Promise<Profile> {
    const { resolveProfile } = await import('./config/profile.ts');
    return resolveProfile(this.globals.profile, this.env, await this.config());
  }

  async credentials(): Promise<CredentialsFile> {
    const { CredentialsFile } = await import('./auth/credentials-file.ts');
    return new CredentialsFile((await this.config()).folder);
  }

  async session(profile: Profile): Promise<Session> {
    const { Session } = await import('./auth/session.ts');
    const { timeoutMs, trace, now } = this;
    return new Session({
      file: await this.credentials(),
      profile: profile.name,
      url: profile.url,
      timeoutMs,
      trace,
      now,
    });
  }

  /** The API as the person signed in: for what keys may not do. */
  async sessionApi(): Promise<ApiClient> {
    const profile = await this.profile();
    return this.apiAt(profile.url, await this.session(profile));
  }

  /** The API with PENNYWORTH_API_KEY where it is set, else as the person signed in. */
  async api(): Promise<ApiClient> {
    const { url, credential } = await this.connection();
    return this.apiAt(url, credential);
  }

  /** Where the gateway is and what it is asked with: PENNYWORTH_API_KEY where it is set, else the session. */
  async connection(): Promise<{ readonly url: string; readonly credential: Credential }> {
    const key = this.env['PENNYWORTH_API_KEY'];
    if (!key) {
      const profile = await this.profile();
      return { url: profile.url, credential: await this.session(profile) };
    }
    // Node's own error about a bad header would show the value.
    if (!/^[!-~]+$/.test(key)) {
      throw new AuthError('PENNYWORTH_API_KEY is not an API key: it has spaces or other foreign characters', {
        hint: 'set it to the key alone, or unset it and run pennyworth login',
      });
    }
    const { url } = await this.profile();
    return { url, credential: { kind: 'key', bearer: async () => key } };
  }

  /** The API at an address; without a credential for what anyone may ask. */
  async apiAt(url: string, credential?: Credential): Promise<ApiClient> {
    const { ApiClient } = await import('./api/client.ts');
    const { obeyProxyVariables } = await import('./api/proxy.ts');
    await obeyProxyVariables(this.env);
    const { timeoutMs, trace } = this;
    return new ApiClient({ url, timeoutMs, trace, ...(credential ? { credential } : {}) });
  }
}

import { ConfigError, UsageError } from '../errors.ts';
import type { Environment } from '../io.ts';
import type { ProfileEntry } from './file.ts';
import { parseGatewayUrl } from './gateway-url.ts';

/** What a command works with: one gateway and one person at it. */
export interface Profile {
  readonly name: string;
  readonly url: string;
  readonly model: string | undefined;
}

/** What is known of profiles, from wherever it is kept. */
interface KnownProfiles {
  readonly currentProfile: string | undefined;
  findProfile(name: string): ProfileEntry | undefined;
}

/**
 * Flag, then PENNYWORTH_PROFILE, then the file, then `default`.
 * @throws UsageError for a name that cannot be one
 */
export function profileNameOf(flag: string | undefined, env: Environment, known: KnownProfiles): string {
  const name = flag ?? (env['PENNYWORTH_PROFILE'] || undefined) ?? known.currentProfile ?? 'default';
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) return name;
  throw new UsageError(`"${name}" cannot be the name of a profile`, {
    hint: 'use letters, digits, dots, dashes and underscores, at most 64',
  });
}

/** PENNYWORTH_URL, then the profile's own address. */
export function findUrl(name: string, env: Environment, known: KnownProfiles): string | undefined {
  const text = env['PENNYWORTH_URL'] || known.findProfile(name)?.url;
  return text === undefined ? undefined : parseGatewayUrl(text);
}

/** @throws ConfigError when no gateway is known */
export function resolveProfile(flag: string | undefined, env: Environment, known: KnownProfiles): Profile {
  const name = profileNameOf(flag, env, known);
  const url = findUrl(name, env, known);
  if (url !== undefined) return { name, url, model: known.findProfile(name)?.model };
  if (name === 'default') {
    throw new ConfigError('no gateway is known yet', { hint: 'pennyworth login https://<gateway>' });
  }
  throw new ConfigError(`there is no profile "${name}"`, {
    hint: `pennyworth login https://<gateway> --profile ${name}`,
  });
}

import type { Credential } from '../api/client.ts';
import type { Context } from '../context.ts';
import { AuthError, FailedError, UpstreamError } from '../errors.ts';
import { type CognitoClient, refreshTokens, revokeToken, type Tokens } from './cognito.ts';
import type { CredentialsFile, StoredSession } from './credentials-file.ts';

/** A token that lives shorter than this is renewed before it is used. */
const renewBeforeMs = 5 * 60_000;

/** What a refresh does not change. */
type SessionPlace = Pick<StoredSession, 'url' | 'cognito_endpoint' | 'client_id' | 'username'>;

/** The stored form of new tokens; `now` in ms since the epoch. */
export function toStoredSession(place: SessionPlace, tokens: Tokens, now: number): StoredSession {
  return {
    url: place.url,
    cognito_endpoint: place.cognito_endpoint,
    client_id: place.client_id,
    username: place.username,
    access_token: tokens.accessToken,
    id_token: tokens.idToken,
    refresh_token: tokens.refreshToken,
    expires_at: new Date(now + tokens.expiresInSeconds * 1000).toISOString(),
  };
}

interface SessionOptions {
  readonly file: CredentialsFile;
  readonly profile: string;
  readonly url: string;
  readonly timeoutMs: number;
  readonly trace: (line: string) => void;
  readonly now: () => number;
}

/** A sign-in as the credential of requests: renewed silently, by one process at a time. */
export class Session implements Credential {
  readonly kind = 'session';
  readonly #options: SessionOptions;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** @throws AuthError when nobody is signed in to this gateway with this profile */
  async getStored(): Promise<StoredSession> {
    const { file, profile, url } = this.#options;
    return this.#check((await file.read()).get(profile), url);
  }

  /** An access token that holds for some minutes. */
  async bearer(): Promise<string> {
    const stored = await this.getStored();
    const leftMs = Date.parse(stored.expires_at) - this.#options.now();
    if (leftMs > renewBeforeMs) return stored.access_token;
    try {
      return await this.#renew(stored.access_token);
    } catch (error) {
      // Cognito out of reach, or a command that holds the file, are no reason to refuse while the token still holds.
      const isPassing = error instanceof UpstreamError || error instanceof FailedError;
      if (isPassing && leftMs > 0) return stored.access_token;
      throw error;
    }
  }

  /** A new access token in place of one that was refused. */
  async renew(refused: string): Promise<string> {
    return this.#renew(refused);
  }

  async #renew(used: string): Promise<string> {
    const { file, profile, url, now } = this.#options;
    let token = '';
    await file.update(async (sessions) => {
      const stored = this.#check(sessions.get(profile), url);
      // Another command was faster: its tokens are the good ones, and with rotation the only ones.
      if (stored.access_token !== used) {
        token = stored.access_token;
        return sessions;
      }
      const tokens = await this.#refresh(stored);
      token = tokens.accessToken;
      return new Map(sessions).set(profile, toStoredSession(stored, tokens, now()));
    });
    return token;
  }

  async #refresh(stored: StoredSession): Promise<Tokens> {
    try {
      return await refreshTokens(clientOf(stored, this.#options), stored.refresh_token);
    } catch (error) {
      // A disabled person could not sign in again either: that is told as it is.
      if (!(error instanceof AuthError) || error.code === 'user_disabled') throw error;
      throw new AuthError('the session has expired', {
        hint: 'pennyworth login',
        code: 'session_expired',
        cause: error,
      });
    }
  }

  #check(stored: StoredSession | undefined, url: string): StoredSession {
    if (stored?.url === url) return stored;
    throw new AuthError(`not signed in to ${url} with the profile "${this.#options.profile}"`, {
      hint: `pennyworth login ${url}`,
      code: 'not_signed_in',
    });
  }
}

/** Others may wait for the sign-in file meanwhile. */
const longestEndMs = 6_000;

/**
 * Ends a session at Cognito.
 * @returns false where that could not be done: it runs out by itself, and the person is told so
 */
export async function endSession(
  stored: Pick<StoredSession, 'cognito_endpoint' | 'client_id' | 'refresh_token'>,
  { io, timeoutMs, trace }: Pick<Context, 'io' | 'timeoutMs' | 'trace'>,
  which = 'the session',
): Promise<boolean> {
  const client = clientOf(stored, { timeoutMs: Math.min(timeoutMs, longestEndMs), trace });
  try {
    await revokeToken(client, stored.refresh_token);
    return true;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    io.warn(`${which} could not be ended at Cognito (${why}); it runs out by itself`);
    return false;
  }
}

/** How Cognito is reached for a stored session. */
export function clientOf(
  stored: Pick<StoredSession, 'cognito_endpoint' | 'client_id'>,
  options: { readonly timeoutMs: number; readonly trace: (line: string) => void },
): CognitoClient {
  const { timeoutMs, trace } = options;
  return { endpoint: stored.cognito_endpoint, clientId: stored.client_id, timeoutMs, trace };
}

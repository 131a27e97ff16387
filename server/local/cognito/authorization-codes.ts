import { hash, randomUUID } from 'node:crypto';
import type { LoginRequest } from './login-request.ts';

const lifetimeMs = 5 * 60_000;

interface Code {
  readonly request: LoginRequest;
  readonly userKey: string;
  readonly expiresAt: number;
}

/** Codes are good once, and for five minutes. In memory only: a restart ends a sign-in that is half done. */
export interface AuthorizationCodes {
  issue(request: LoginRequest, userKey: string): string;
  /** Uses it up. Undefined when it is unknown, used, too old, of another client or address, or the verifier is wrong. */
  redeem(code: string, sent: Redemption): Code | undefined;
}

interface Redemption {
  readonly clientId: string;
  readonly redirectUri: string | undefined;
  readonly verifier: string | undefined;
}

export function createAuthorizationCodes(now: () => number): AuthorizationCodes {
  const codes = new Map<string, Code>();
  return {
    issue(request, userKey) {
      for (const [code, { expiresAt }] of codes) if (expiresAt <= now()) codes.delete(code);
      const code = randomUUID();
      codes.set(code, { request, userKey, expiresAt: now() + lifetimeMs });
      return code;
    },
    redeem(code, { clientId, redirectUri, verifier }) {
      const found = codes.get(code);
      codes.delete(code);
      if (found === undefined || found.expiresAt <= now()) return undefined;
      const { client, redirectUri: asked, challenge } = found.request;
      const digest = verifier === undefined ? undefined : hash('sha256', verifier, 'base64url');
      return client.id === clientId && asked === redirectUri && challenge === digest ? found : undefined;
    },
  };
}

import { hash } from 'node:crypto';
import * as z from 'zod/mini';
import { resolveEndpoint } from '../aws/endpoints.ts';
import type { Clock } from '../clock.ts';
import { unavailable } from '../errors.ts';

/** What a verified access token says that is believed: its groups are those of the sign-in, an hour old at worst. */
interface TokenClaims {
  readonly username: string;
  /** Of a token for MCP only. */
  readonly mcp?: McpClaims;
}

/** What a token of the app client for /mcp is good for, not yet looked at. */
export interface McpClaims {
  readonly clientId: string;
  /** The resources it is bound to (RFC 8707), where it says so. */
  readonly audience: readonly string[] | undefined;
  readonly scopes: readonly string[];
}

export interface Tokens {
  /**
   * Undefined when it is not a good access token of our pool and of the command line's app client, or of the one for MCP.
   * @throws GatewayError 503 `auth_unavailable` when the pool's key set cannot be read.
   */
  verify(token: string, mcpClientId?: string): Promise<TokenClaims | undefined>;
}

export interface TokensOptions {
  /** Also what the key set's address is made of: nothing that a token says leads anywhere. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clock: Clock;
}

const skewSeconds = 60;
const cachedMs = 60_000;
const mostCached = 5_000;
const refetchMs = 60_000;
const fetchTimeoutMs = 3_000;
const largestKeySetBytes = 100_000;

const Claims = z.object({
  username: z.string().check(z.minLength(1)),
  client_id: z.string(),
  scope: z.optional(z.string()),
  aud: z.optional(z.union([z.string(), z.array(z.string())])),
  exp: z.number(),
  iat: z.optional(z.number()),
});

/** The issuer of a user pool: at the Cognito endpoint in force, else at the region's own address. */
export function issuerOf(userPoolId: string, region: string, cognitoEndpoint: string | null): string {
  const endpoint = cognitoEndpoint?.replace(/\/+$/, '') ?? `https://${resolveEndpoint('cognito-idp', region, {}).host}`;
  return `${endpoint}/${userPoolId}`;
}

/**
 * Cognito access tokens, verified by aws-jwt-verify, which is loaded with the first of them. A verified token is known
 * by its SHA-256 for a minute; the person behind it is looked up on every call.
 */
export function createTokens(options: TokensOptions): Tokens {
  const { clock } = options;
  const verified = new Map<string, { readonly claims: TokenClaims; readonly until: number }>();
  let verifier: Promise<Verify> | undefined;
  return {
    async verify(token, mcpClientId) {
      const digest = hash('sha256', token, 'base64url');
      const cached = verified.get(digest);
      if (cached && clock.now() < cached.until) return cached.claims;
      verifier ??= createVerify(options);
      const payload = await (await verifier)(token, mcpClientId);
      if (payload === undefined) return undefined;
      const parsed = Claims.safeParse(payload);
      if (!parsed.success) return undefined;
      const { username, exp, iat = 0 } = parsed.data;
      const now = clock.now();
      const expiresAt = (exp + skewSeconds) * 1000;
      if (now >= expiresAt || (iat - skewSeconds) * 1000 > now) return undefined;
      const claims =
        parsed.data.client_id === options.clientId ? { username } : { username, mcp: mcpClaims(parsed.data) };
      verified.delete(digest);
      verified.set(digest, { claims, until: Math.min(expiresAt, now + cachedMs) });
      for (const oldest of verified.keys()) {
        if (verified.size <= mostCached) break;
        verified.delete(oldest);
      }
      return claims;
    },
  };
}

function mcpClaims({ client_id: clientId, aud, scope = '' }: z.infer<typeof Claims>): McpClaims {
  return { clientId, audience: typeof aud === 'string' ? [aud] : aud, scopes: scope.split(' ') };
}

type Verify = (token: string, mcpClientId: string | undefined) => Promise<unknown>;

/** The key set could not be read: an outage, never the caller's fault. */
class KeySetError extends Error {}

async function createVerify({ issuer, clientId, clock }: TokensOptions): Promise<Verify> {
  const { JwtVerifier } = await import('aws-jwt-verify');
  const { SimpleJwksCache } = await import('aws-jwt-verify/jwk');
  const { decomposeUnverifiedJwt } = await import('aws-jwt-verify/jwt');
  const { JwtBaseError, JwksValidationError, JwkValidationError, WaitPeriodNotYetEndedJwkError } = await import(
    'aws-jwt-verify/error'
  );
  let closedUntil = 0;
  const penaltyBox = {
    async wait() {
      if (clock.now() < closedUntil) throw new WaitPeriodNotYetEndedJwkError('the key set was read a moment ago');
    },
    registerFailedAttempt() {
      closedUntil = clock.now() + refetchMs;
    },
    registerSuccessfulAttempt() {},
  };
  const jwksCache = new SimpleJwksCache({ fetcher: { fetch: fetchKeySet }, penaltyBox });
  const properties = { issuer, audience: null, jwksUri: `${issuer}/.well-known/jwks.json`, graceSeconds: skewSeconds };
  const verifier = JwtVerifier.create(properties, { jwksCache });
  return async (token, mcpClientId) => {
    try {
      // Before any key is looked for: the library would also take ES256 and remember a key for each issuer it is shown.
      const { header, payload } = decomposeUnverifiedJwt(token);
      if (header.alg !== 'RS256' || payload.iss !== issuer) return undefined;
      const { token_use: use, client_id: client } = payload;
      if (use !== 'access' || client === undefined || (client !== clientId && client !== mcpClientId)) return undefined;
      return await verifier.verify(token);
    } catch (error) {
      const isOutage = [KeySetError, JwksValidationError, JwkValidationError].some((kind) => error instanceof kind);
      if (isOutage) {
        throw unavailable(
          'auth_unavailable',
          'The sign-in service does not answer at the moment. Try again.',
          2,
          error,
        );
      }
      if (error instanceof JwtBaseError) return undefined;
      throw error;
    }
  };
}

/** One retry, no redirects, a small answer. */
async function fetchKeySet(uri: string): Promise<ArrayBuffer> {
  for (let attempt = 0; ; attempt++) {
    try {
      const response = await fetch(uri, { redirect: 'error', signal: AbortSignal.timeout(fetchTimeoutMs) });
      const body = await response.arrayBuffer();
      if (!response.ok) throw new Error(`status ${response.status}`);
      if (body.byteLength > largestKeySetBytes) throw new Error(`${body.byteLength} bytes`);
      return body;
    } catch (cause) {
      if (attempt === 1) throw new KeySetError('the key set of the user pool cannot be read', { cause });
    }
  }
}

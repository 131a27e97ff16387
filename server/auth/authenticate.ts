import { parseApiKey } from '../../shared/api-key.ts';
import type { Clock } from '../clock.ts';
import { GatewayError, invalidApiKey, invalidRequest } from '../errors.ts';
import type { HttpRequest } from '../http.ts';
import { createKeyFormat, type KeyFormat } from '../keys/key-format.ts';
import type { StoredKey } from '../keys/stored-key.ts';
import type { Asked, OAuth } from '../oauth/deployment.ts';
import type { People, Person } from '../people/person.ts';
import type { Identity, KeyIdentity, TokenIdentity } from './identity.ts';
import type { RootKeys, RootSecret } from './root-secret.ts';
import { payingTeamOf, payingTeamOfKey } from './teams.ts';
import type { McpClaims, Tokens } from './tokens.ts';

/** @throws GatewayError 401, 400 `conflicting_credentials`, 503 `auth_unavailable` or `root_secret_mismatch` */
export type Authenticate = (headers: HttpRequest['headers'], asked?: Asked) => Promise<Identity>;

export interface AuthenticatorOptions {
  readonly rootSecret: RootSecret;
  readonly people: People;
  readonly tokens: Tokens;
  /** Of the address a token is sent to; loaded with the first token. */
  readonly findOAuth: (asked: Asked) => Promise<OAuth | undefined>;
  readonly clock: Clock;
}

const longestToken = 8_192;

/**
 * Who calls. Nothing about a key is remembered here, only the person in `people`: once that is forgotten, the next call
 * sees what Cognito has.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticate {
  const { rootSecret, people, tokens, findOAuth, clock } = options;
  const formats = new WeakMap<RootKeys, KeyFormat>();
  const formatOf = (keys: RootKeys) => {
    const format = formats.get(keys) ?? createKeyFormat(keys);
    formats.set(keys, format);
    return format;
  };

  const byKey = async (text: string): Promise<KeyIdentity> => {
    const parts = parseApiKey(text);
    if (!parts) throw invalidApiKey();
    const format = formatOf(await rootSecret.keys());
    if (!format.isOurs(parts)) throw invalidApiKey();
    const person = await people.find(parts.username);
    const key = person?.keys.get(parts.slot);
    const matches = format.matches(text, key?.h);
    if (!person || !key) throw invalidApiKey();
    const { username } = person;
    if (!person.enabled)
      throw invalidApiKey(matches ? { username, keyId: key.id, reason: 'person_disabled' } : undefined);
    checkStatus(username, key, { matches, last4: parts.last4, now: clock.now() });
    const expiresAt = key.e === 0 ? null : key.e * 1000;
    const team = payingTeamOfKey(person, key);
    const { id: keyId, sc: scopes, m: models, mt: mcpTools = ['*'] } = key;
    return { kind: 'key', person, keyId, scopes, models, mcpTools, team, expiresAt };
  };

  const byToken = async (token: string, asked: Asked | undefined): Promise<TokenIdentity> => {
    const oauth = asked && (await findOAuth(asked));
    const verified = token.length <= longestToken ? await tokens.verify(token, oauth?.clientId) : undefined;
    const claims = verified?.mcp && !isForUs(verified.mcp, oauth) ? undefined : verified;
    const person: Person | undefined = claims && (await people.find(claims.username));
    if (!claims || !person) throw invalidApiKey();
    if (!person.enabled) throw invalidApiKey({ username: person.username, keyId: null, reason: 'person_disabled' });
    const client = claims.mcp ? 'mcp' : 'cli';
    return { kind: 'token', client, person, groups: person.groups, team: payingTeamOf(person) };
  };

  return async (headers, asked) => {
    const credential = readCredential(headers);
    return await (credential.startsWith('eyJ') ? byToken(credential, asked) : byKey(credential));
  };
}

/** Not every token of the app client: one that names another resource, or was got without the scope, is for something else. */
function isForUs({ clientId, audience, scopes }: McpClaims, oauth: OAuth | undefined): boolean {
  if (oauth === undefined || clientId !== oauth.clientId || !scopes.includes(oauth.cognitoScope)) return false;
  return audience === undefined || audience.includes(oauth.resource);
}

/**
 * A revoked key has no digest left to match. That it was the key of this slot is told by the keyed checksum, which only
 * this deployment can make, and by its last four characters.
 */
function checkStatus(
  username: string,
  key: StoredKey,
  seen: { readonly matches: boolean; readonly last4: string; readonly now: number },
): void {
  if (key.s === 'r' && key.l === seen.last4) throw refusedKey(username, key, 'key_revoked', 'was revoked');
  if (key.s === 'r' || !seen.matches) throw invalidApiKey();
  if (key.e !== 0 && seen.now >= key.e * 1000) throw refusedKey(username, key, 'key_expired', 'has expired');
}

function refusedKey(
  username: string,
  { id: keyId }: StoredKey,
  code: 'key_revoked' | 'key_expired',
  what: string,
): GatewayError {
  return new GatewayError({
    status: 401,
    type: 'invalid_request_error',
    code,
    message: `This API key ${what}. Create a new one with \`pennyworth keys create <name>\`.`,
    headers: { 'www-authenticate': 'Bearer' },
    known: { username, keyId, reason: code },
  });
}

/** Every client sends its key in one of two headers; some send it in both. Two that differ: we never choose. */
function readCredential(headers: HttpRequest['headers']): string {
  const sent = new Set<string>();
  for (const value of headers['authorization'] ?? []) sent.add(withoutScheme(value.trim()));
  for (const value of headers['x-api-key'] ?? []) sent.add(value.trim());
  sent.delete('');
  const [credential, other] = sent;
  if (other !== undefined) {
    throw invalidRequest(
      'Two different credentials were sent. Send one, either as "Authorization: Bearer …" or as "x-api-key".',
      undefined,
      'conflicting_credentials',
    );
  }
  if (credential !== undefined) return credential;
  throw new GatewayError({
    status: 401,
    type: 'invalid_request_error',
    code: 'invalid_api_key',
    message: 'No API key was sent. Send "Authorization: Bearer <key>" or "x-api-key: <key>".',
    headers: { 'www-authenticate': 'Bearer' },
  });
}

const scheme = 'bearer';

/** Another scheme stays as it is: no credential of ours looks like that. */
function withoutScheme(value: string): string {
  const rest = value.slice(scheme.length);
  const isBearer = value.slice(0, scheme.length).toLowerCase() === scheme && (rest === '' || rest.startsWith(' '));
  return isBearer ? rest.trim() : value;
}

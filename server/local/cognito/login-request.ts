import { isAddress } from './oauth-settings.ts';
import type { Context } from './operation.ts';
import { type AppClient, type Grant, type Pool, resourceServerKey } from './state.ts';

/** A request for a code that is in order (https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html). */
export interface LoginRequest {
  readonly client: AppClient;
  readonly pool: Pool;
  readonly redirectUri: string;
  readonly grant: Grant;
  readonly state: string | undefined;
  /** PKCE with S256, the only method. */
  readonly challenge: string | undefined;
  /** `prompt=login`: also a browser that is signed in sees the form. */
  readonly isAnew: boolean;
}

export type ReadLoginRequest =
  | { readonly kind: 'request'; readonly request: LoginRequest }
  /** Told to the client at its own address. */
  | { readonly kind: 'refused'; readonly location: string }
  /** Nobody may be sent anywhere: the person reads it. */
  | { readonly kind: 'fault'; readonly error: string };

/** What of OpenID Connect's `prompt` is played here; Cognito has `none`, `select_account` and `consent` too. */
const prompts: ReadonlySet<string | null> = new Set([null, 'login']);

export function readLoginRequest(context: Context, query: URLSearchParams): ReadLoginRequest {
  const client = context.state.clients.get(query.get('client_id') ?? '');
  const pool = client && context.state.pools.get(client.poolId);
  const redirectUri = query.get('redirect_uri') ?? '';
  if (client === undefined || pool === undefined || !hasDomain(context, pool)) {
    return { kind: 'fault', error: 'invalid_request: Client does not exist.' };
  }
  const { settings } = client;
  if (!settings.CallbackURLs?.includes(redirectUri)) return { kind: 'fault', error: 'redirect_mismatch' };
  const state = query.get('state') ?? undefined;
  const refuse = (error: string, told?: string): ReadLoginRequest => {
    return { kind: 'refused', location: addressOf(redirectUri, { error, error_description: told, state }) };
  };
  const type = query.get('response_type');
  if (type === null) return refuse('invalid_request', 'response_type is required');
  if (type !== 'code' || !settings.AllowedOAuthFlowsUserPoolClient) return refuse('unauthorized_client');
  const challenge = query.get('code_challenge') ?? undefined;
  if (challenge !== undefined && query.get('code_challenge_method') !== 'S256') {
    return refuse('invalid_request', 'code_challenge_method must be S256');
  }
  const allowed = settings.AllowedOAuthScopes ?? [];
  const scopes = query.get('scope')?.split(' ') ?? allowed;
  if (!scopes.every((scope) => allowed.includes(scope))) return refuse('invalid_scope');
  const resource = query.get('resource') ?? undefined;
  // The word is RFC 8707's; what Cognito itself says to a resource that it does not know was not seen.
  if (resource !== undefined && !isResource(context, pool, resource)) return refuse('invalid_target');
  const prompt = query.get('prompt');
  if (!prompts.has(prompt)) return refuse('invalid_request', 'only prompt=login is available here');
  const grant = { scopes, resource };
  const request = { client, pool, redirectUri, grant, state, challenge, isAnew: prompt !== null };
  return { kind: 'request', request };
}

function hasDomain(context: Context, pool: Pool): boolean {
  return [...context.state.domains.values()].some(({ poolId }) => poolId === pool.id);
}

function isResource(context: Context, pool: Pool, resource: string): boolean {
  return isAddress(resource) && context.state.resourceServers.get(resourceServerKey(pool.id, resource)) !== undefined;
}

export function addressOf(uri: string, told: Readonly<Record<string, string | undefined>>): string {
  const address = new URL(uri);
  for (const [name, value] of Object.entries(told)) if (value !== undefined) address.searchParams.set(name, value);
  return address.href;
}

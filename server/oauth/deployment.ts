import type { GatewayError } from '../errors.ts';
import { type HttpRequest, header } from '../http.ts';
import type { Settings } from '../settings.ts';

/** What a client asks for; Cognito's name of it is `<resource>/use`. */
export const mcpScope = 'mcp';

/** OAuth for /mcp as this deployment has it, at the address a request came by. */
export interface OAuth {
  /** The one public app client that every MCP client is given. */
  readonly clientId: string;
  /** Cognito's managed login, without a slash at the end. */
  readonly loginUrl: string;
  /** Of the façade, which is the authorization server that clients see. */
  readonly issuer: string;
  /** The address of /mcp (RFC 8707, RFC 9728): what a token is bound to. */
  readonly resource: string;
  /** The one address to which Cognito sends a browser back. */
  readonly callback: string;
  /** Cognito's name of the scope. */
  readonly cognitoScope: string;
}

/** What of a request tells which deployment it is for. */
export type Asked = Pick<HttpRequest, 'baseUrl' | 'mcpClientId'>;

/** Undefined where the deployment has no app client of its own for /mcp, or no managed login. */
export function findOAuth({ baseUrl, mcpClientId }: Asked, settings: Settings): OAuth | undefined {
  // Of the command line's client tokens are good everywhere: whatever the stage says, no program is given one.
  const told = mcpClientId === settings.clientId ? undefined : mcpClientId;
  const clientId = told ?? settings.mcpClientId;
  const { loginUrl } = settings;
  if (clientId === null || loginUrl === null || baseUrl === '') return undefined;
  const resource = resourceOf(baseUrl);
  return {
    clientId,
    loginUrl,
    issuer: baseUrl,
    resource,
    callback: `${baseUrl}/oauth/callback`,
    cognitoScope: cognitoScopeOf(resource),
  };
}

export function resourceOf(baseUrl: string): string {
  return `${baseUrl}/mcp`;
}

/** Of the resource server in the user pool, whose identifier is the resource. */
export function cognitoScopeOf(resource: string): string {
  return `${resource}/use`;
}

/**
 * The value of `www-authenticate` with a 401 or 403 at /mcp (RFC 6750 §3, RFC 9728 §5.1): where a client learns how to
 * get a token. Without OAuth there is nothing to learn, and a key is the way.
 */
export function bearerChallenge(
  request: Asked,
  settings: Settings,
  error?: 'invalid_token' | 'insufficient_scope',
): string {
  const oauth = findOAuth(request, settings);
  const parts = [
    ...(error === undefined ? [] : [`error="${error}"`]),
    ...(oauth === undefined ? [] : [`resource_metadata="${metadataUrl(oauth)}"`, `scope="${mcpScope}"`]),
  ];
  return parts.length === 0 ? 'Bearer' : `Bearer ${parts.join(', ')}`;
}

/** With the path of the resource behind the well-known word (RFC 9728 §3.1). */
function metadataUrl({ issuer }: OAuth): string {
  return `${issuer}/.well-known/oauth-protected-resource/mcp`;
}

/** At /mcp a refusal also says where a token comes from. */
export function challengeOf(
  { status, code }: GatewayError,
  request: HttpRequest,
  settings: Settings,
): Readonly<Record<string, string>> {
  if (status !== 401 && code !== 'insufficient_scope') return {};
  // No error of its own for whoever sent nothing yet (RFC 6750 §3.1).
  const wrongToken = header(request, 'authorization') === undefined ? undefined : 'invalid_token';
  const error = status === 401 ? wrongToken : 'insufficient_scope';
  return { 'www-authenticate': bearerChallenge(request, settings, error) };
}

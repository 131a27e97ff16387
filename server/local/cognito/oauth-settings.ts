import type { ClientSettings } from './client-settings.ts';
import { invalidParameter } from './faults.ts';
import type { Context } from './operation.ts';

/** Scopes that every pool has. */
const ownScopes: ReadonlySet<string> = new Set([
  'openid',
  'email',
  'phone',
  'profile',
  'aws.cognito.signin.user.admin',
]);

/**
 * An app client's part in the managed login: flows, scopes, and addresses, of which plain http is taken on loopback only
 * ("CallbackURLs" of CreateUserPoolClient). @throws AwsFault InvalidParameterException
 */
export function checkOAuthSettings(context: Context, poolId: string, settings: ClientSettings): void {
  const { AllowedOAuthFlows: flows = [], AllowedOAuthScopes: scopes = [], CallbackURLs: callbacks = [] } = settings;
  for (const uri of [...callbacks, ...(settings.LogoutURLs ?? [])]) {
    if (!isAddress(uri)) throw invalidParameter(`Invalid redirect URI: ${uri}`);
  }
  const other = flows.find((flow) => flow !== 'code');
  if (other !== undefined) throw invalidParameter(`${other} is not available in the local emulator.`);
  const unknown = scopes.find((scope) => !ownScopes.has(scope) && !isCustomScope(context, poolId, scope));
  if (unknown !== undefined) throw invalidParameter(`Invalid scope requested: ${unknown}`);
  if (settings.AllowedOAuthFlowsUserPoolClient && (flows.length === 0 || scopes.length === 0)) {
    throw invalidParameter(
      'AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.',
    );
  }
}

/** Of a resource server of this pool: its identifier, a slash, and the scope's own name. */
function isCustomScope(context: Context, poolId: string, scope: string): boolean {
  return [...context.state.resourceServers.values()].some(
    (server) =>
      server.poolId === poolId && server.scopes.some(({ ScopeName }) => scope === `${server.identifier}/${ScopeName}`),
  );
}

/** An https address, one on loopback, or one of a program's own scheme; without a fragment. */
export function isAddress(text: string): boolean {
  if (!URL.canParse(text) || text.includes('#')) return false;
  const { protocol, hostname } = new URL(text);
  return protocol !== 'http:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

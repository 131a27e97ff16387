import type { CallTarget } from '../catalogue/catalogue.ts';
import { forbidden, type GatewayError } from '../errors.ts';
import type { Identity, TokenIdentity } from './identity.ts';

/**
 * Who may use a route: `anyone` without a credential; `inference`, `usage` and `mcp` a key with that scope or a token; `self`
 * a token only, because keys never manage keys; `admin` and `auditor` a token of that group.
 */
export type Access = 'anyone' | 'inference' | 'usage' | 'mcp' | 'self' | 'admin' | 'auditor';

/** @throws GatewayError 403 `insufficient_scope`, `mfa_required` or `forbidden` */
export function authorize(identity: Identity, access: Access): void {
  const refusal = refusalOf(identity, access);
  if (refusal) throw refusal;
}

/**
 * At the door of a route: a token that an editor or agent was given for MCP opens no other. Behind that door its person
 * calls models with it as with any token. @throws GatewayError 403 `insufficient_scope`
 */
export function checkClient(identity: Identity, access: Access): void {
  if (identity.kind === 'key' || identity.client === 'cli' || access === 'mcp') return;
  throw forbidden(
    'insufficient_scope',
    'This access token is for /mcp only. Create a key with `pennyworth keys create <name>`, or sign in with `pennyworth login`.',
  );
}

/** For what is done otherwise, not refused, by who may not. */
export function isAllowed(identity: Identity, access: Access): boolean {
  return refusalOf(identity, access) === undefined;
}

function refusalOf(identity: Identity, access: Access): GatewayError | undefined {
  if (access === 'anyone') return undefined;
  return identity.kind === 'key' ? refusalOfKey(identity.scopes, access) : refusalOfToken(identity, access);
}

function refusalOfKey(scopes: readonly string[], access: Access): GatewayError | undefined {
  if (scopes.includes(access)) return undefined;
  if (access === 'inference' || access === 'usage' || access === 'mcp') {
    return forbidden(
      'insufficient_scope',
      `This key does not have the scope "${access}". Use a key that has it, or sign in with \`pennyworth login\`.`,
    );
  }
  return tokenNeeded();
}

function tokenNeeded(): GatewayError {
  return forbidden(
    'insufficient_scope',
    'API keys cannot do this. Sign in with `pennyworth login` and send the access token instead.',
  );
}

/** For what only a signed-in person may do. @throws GatewayError 403 `insufficient_scope` for a key */
export function getTokenIdentity(identity: Identity): TokenIdentity {
  if (identity.kind === 'token') return identity;
  throw tokenNeeded();
}

function refusalOfToken(identity: TokenIdentity, access: Access): GatewayError | undefined {
  if (access !== 'admin' && access !== 'auditor') return undefined;
  if (access === 'auditor' && identity.groups.includes('auditor')) return undefined;
  if (!identity.groups.includes('admin')) {
    return forbidden('forbidden', `Only members of the group "${access}" may do this. Ask an administrator.`);
  }
  if (identity.person.mfa) return undefined;
  return forbidden(
    'mfa_required',
    'Administrators need a second factor for this. Set up an authenticator app, then sign in again.',
  );
}

/** A key only narrows what its owner may call. */
export function mayCall(identity: Identity, { model, modelId }: CallTarget): boolean {
  const allow = (patterns: readonly string[]) => isModelAllowed(patterns, model.alias, modelId);
  return allow(identity.person.rights.models) && (identity.kind === 'token' || allow(identity.models));
}

/** Whether one of the patterns covers a model by its alias or by the id that is called. `*` stands for any text. */
export function isModelAllowed(patterns: readonly string[], alias: string, modelId: string): boolean {
  return matchesAny(patterns, alias) || matchesAny(patterns, modelId);
}

/** Whether a key lets its holder see and call an MCP tool, by the name it is listed under. */
export function mayUseTool(identity: Identity, tool: string): boolean {
  return identity.kind === 'token' || matchesAny(identity.mcpTools, tool);
}

/** `*` stands for any text. */
export function matchesAny(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => matchesGlob(pattern, text));
}

/** Each part between two stars is looked for once, from left to right: linear steps, nothing to backtrack. */
function matchesGlob(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let from = first.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}
